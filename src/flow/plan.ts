/**
 * The plan: for every node, row and candidate what will happen, why, and for what price. Pure, so that what
 * `nbflow plan` shows is what a pass then does: an activity plans its own node again with the same functions.
 */
import type { CandidateState } from './candidates';
import { revivedStates } from './candidates';
import { decide } from './decide';
import type { Decision } from './decide';
import { fingerprintRow } from './fingerprint';
import type { Action, Evidence, Plan, PlanOptions, PlannedCandidate, PlannedNode, PlannedRow } from './plan-types';
import { generatedSlots, relinkedReason, staleRemark, voidPickRemarks } from './plan-stills';
import type { PlanContext, View } from './plan-upstream';
import { supplyOf, viewOf } from './plan-upstream';
import type { Generation } from './receipt';
import { currentGeneration, isUnsettled } from './receipt';
import { isSelected, selectedRows } from './select';
import type { CompiledFlow, Generator, GeneratorRow, NodeRef } from './types';

/**
 * The plan of one node, selected or not. Cost: the node and the generators that it depends on, not the file.
 */
export function planNode(
  compiled: CompiledFlow,
  generator: Generator,
  evidence: Evidence,
  options: PlanOptions,
): PlannedNode {
  return planKnown(newContext(compiled, evidence, options), generator);
}

/** The plan of a pass: the selected nodes in an order in which inputs come first. */
export function planPass(compiled: CompiledFlow, evidence: Evidence, options: PlanOptions): Plan {
  const context = newContext(compiled, evidence, options);
  const nodes = compiled.generators
    .filter((generator) => isSelected(generator, options))
    .map((generator) => planKnown(context, generator));
  const totals: Record<Action, number> = { reuse: 0, resume: 0, finish: 0, generate: 0, blocked: 0 };
  let price = 0;
  let saved = 0;
  for (const node of nodes) {
    for (const candidate of node.rows.flatMap((row) => row.candidates)) {
      totals[candidate.action] += 1;
      price += candidate.price;
      if (candidate.action === 'reuse') saved += options.prices[node.kind];
    }
  }
  return { nodes, totals, price, saved };
}

function newContext(compiled: CompiledFlow, evidence: Evidence, options: PlanOptions): PlanContext {
  return { compiled, evidence, options, plans: new Map(), views: new Map() };
}

function planKnown(context: PlanContext, generator: Generator): PlannedNode {
  const known = context.plans.get(generator.key);
  if (known) return known;
  // On a cycle (which `check` refuses) the node meets itself here as one that makes nothing, instead of for ever.
  context.plans.set(generator.key, nodeOf(context, generator, { remarks: [], skip: null, rows: [] }));
  const planned = planFresh(context, generator);
  context.plans.set(generator.key, planned);
  return planned;
}

function planFresh(context: PlanContext, generator: Generator): PlannedNode {
  if (generator.muted) return nodeOf(context, generator, { remarks: [], skip: 'muted in the file', rows: [] });
  const remarks = new Set(voidPickRemarks(context, generator));
  const view = viewOf(context, generator);
  let muted: string | null = null;
  const rows = selectedRows(generator, context.options).map((row): PlannedRow => {
    const upstream = missingInput(context, generator, row);
    const states = view.states.places.filter((place) => place.row === row.row);
    const candidates = states.map((state) => {
      const choice = decideHere(context, { generator, row, view, state, remarks });
      if (choice.decision.action !== 'generate' || upstream === null) return candidateOf(context, generator, choice);
      if (upstream.muted) muted = upstream.reason;
      const decision = { action: 'blocked', reason: upstream.reason, url: null } as const;
      return candidateOf(context, generator, { state, decision });
    });
    const { prompt, references, startFrame, endFrame } = row;
    const fingerprint = fingerprintRow(generator, row, context.evidence.hashes);
    return { row: row.row, prompt, fingerprint, references, startFrame, endFrame, candidates };
  });
  // What is paid for is brought home first, even when the rest of the node can't be made.
  const owed = rows.some((row) => row.candidates.some(({ action }) => action === 'resume' || action === 'finish'));
  const payable = rows.some((row) => row.candidates.some(({ action }) => action === 'generate'));
  if (muted !== null && !owed && !payable) {
    return nodeOf(context, generator, { remarks: [...remarks], skip: muted, rows: [] });
  }
  return nodeOf(context, generator, { remarks: [...remarks], skip: null, rows });
}

/** The first generated input of a row that neither is there nor comes in this pass. */
function missingInput(
  context: PlanContext,
  generator: Generator,
  row: GeneratorRow,
): { readonly reason: string; readonly muted: boolean } | null {
  for (const { source } of generatedSlots(generator, row)) {
    const supply = supplyOf(context, planKnown, source, row);
    if (supply.state === 'missing') return supply;
  }
  return null;
}

interface Place {
  readonly generator: Generator;
  readonly row: GeneratorRow;
  readonly view: View;
  readonly state: CandidateState;
  readonly remarks: Set<string>;
}

/** A decision, and the state that it is about: an older entry's may be better than the one that counts. */
interface Choice {
  readonly state: CandidateState;
  readonly decision: Decision;
}

function decideHere(context: PlanContext, place: Place): Choice {
  const { state } = place;
  const { options } = context;
  const decision = decideState(context, place, state);
  const fromEntry = state.entry !== undefined && state.current && state.origin !== 'file';
  if (!fromEntry || decision.action === 'generate' || decision.action === 'blocked') {
    const afresh = options.noCache && decision.action === 'generate' && !state.entry;
    return { state, decision: afresh ? { ...decision, reason: 'made afresh, as asked' } : decision };
  }
  const again = outdatedReason(context, place, state.entry, decision);
  if (again === null) return { state, decision };
  return olderChoice(context, place) ?? { state, decision: { action: 'generate', reason: again, url: null } };
}

function decideState(
  { evidence, options }: PlanContext,
  { generator, row, view }: Place,
  state: CandidateState,
): Decision {
  return decide(state, { generator, row, receipt: view.receipt, evidence, onLost: options.onLost });
}

/** Why an output whose own inputs are today's is made again nevertheless: the still it was made from is another now. */
function outdatedReason(
  context: PlanContext,
  { generator, row, remarks }: Pick<Place, 'generator' | 'row' | 'remarks'>,
  entry: Generation,
  { action }: Decision,
): string | null {
  const relinked = relinkedReason(context, generator, row, entry);
  if (relinked !== null) return relinked;
  if (action === 'resume') return null;
  const stale = staleRemark(context, planKnown, { generator, row }, entry);
  if (stale === null || context.options.refreshStale) return stale;
  remarks.add(stale);
  return null;
}

/** A replaced output that was made from today's stills: the link, or the pick, was changed and changed back. */
function olderChoice(context: PlanContext, place: Place): Choice | null {
  const { generator, row, view, state } = place;
  const { candidate } = state;
  const older = revivedStates({ generator, row, candidate, receipt: view.receipt, evidence: context.evidence });
  for (const one of older) {
    const decision = decideState(context, place, one);
    const outdated = outdatedReason(context, { generator, row, remarks: new Set() }, one.entry as Generation, decision);
    if (outdated === null && decision.action !== 'generate') return { state: one, decision };
  }
  return null;
}

function candidateOf(
  { options, evidence }: PlanContext,
  generator: Generator,
  { state, decision: { action, reason, url } }: Choice,
): PlannedCandidate {
  const { candidate } = state;
  const price = action === 'generate' ? options.prices[generator.kind] : 0;
  const receipt = evidence.receipts.get(generator.key);
  const isFromFile = action === 'reuse' || (action === 'finish' && state.origin === 'file');
  const revived = state.revived && state.entry !== undefined && action !== 'generate' && action !== 'blocked';
  const revives = revived ? (receipt?.generations.indexOf(state.entry) ?? null) : null;
  // What was sent meanwhile may be paid for: the node runs, and looks it up before anything takes its place.
  if (action === 'reuse' && isUnsettled(currentGeneration(receipt, state.row, candidate))) {
    const first = `${reason}; what was sent since is looked up first`;
    return { candidate, action: 'finish', reason: first, price, url: null, revives };
  }
  return { candidate, action, reason, price, url: isFromFile ? url : null, revives };
}

function nodeOf(
  { compiled }: PlanContext,
  generator: Generator,
  rest: Pick<PlannedNode, 'remarks' | 'skip' | 'rows'>,
): PlannedNode {
  const { key, tab, account, id, title, kind, scene, naming, gates } = generator;
  const dependsOn = generator.dependsOn.flatMap((from): NodeRef[] => {
    const upstream = compiled.byKey.get(from);
    return upstream ? [{ tab: upstream.tab, id: upstream.id }] : [];
  });
  return { key, tab, account, id, title, kind, scene, naming, dependsOn, gates, ...rest };
}
