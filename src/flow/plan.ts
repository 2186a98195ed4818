/**
 * The plan: for every node, row and candidate what will happen, why, and for what price. Pure, so that what
 * `nbflow plan` shows is what a pass then does: an activity plans its own node again with the same functions.
 */
import type { CandidateState } from './candidates';
import { decide } from './decide';
import type { Decision } from './decide';
import { fingerprintRow } from './fingerprint';
import type { Action, Evidence, Plan, PlanOptions, PlannedCandidate, PlannedNode, PlannedRow } from './plan-types';
import { generatedSlots, relinkedReason, staleRemark, voidPickRemarks } from './plan-stills';
import type { PlanContext, View } from './plan-upstream';
import { supplyOf, viewOf } from './plan-upstream';
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
      const decision = decideHere(context, { generator, row, view, state, remarks });
      if (decision.action !== 'generate' || upstream === null) return candidateOf(context, generator, state, decision);
      if (upstream.muted) muted = upstream.reason;
      return candidateOf(context, generator, state, { action: 'blocked', reason: upstream.reason, url: null });
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

function decideHere(context: PlanContext, { generator, row, view, state, remarks }: Place): Decision {
  const { evidence, options } = context;
  const decision = decide(state, { generator, row, receipt: view.receipt, evidence });
  const fromEntry = state.entry !== undefined && state.current && state.origin !== 'file';
  if (!fromEntry || decision.action === 'generate' || decision.action === 'blocked') {
    return options.noCache && decision.action === 'generate' && !state.entry
      ? { ...decision, reason: 'made afresh, as asked' }
      : decision;
  }
  const relinked = relinkedReason(context, generator, row, state.entry);
  if (relinked !== null) return { action: 'generate', reason: relinked, url: null };
  if (decision.action === 'resume') return decision;
  const stale = staleRemark(context, planKnown, { generator, row }, state.entry);
  if (stale === null) return decision;
  if (options.refreshStale) return { action: 'generate', reason: stale, url: null };
  remarks.add(stale);
  return decision;
}

function candidateOf(
  { options }: PlanContext,
  generator: Generator,
  state: CandidateState,
  { action, reason, url }: Decision,
): PlannedCandidate {
  const price = action === 'generate' ? options.prices[generator.kind] : 0;
  return { candidate: state.candidate, action, reason, price, url: action === 'reuse' ? url : null };
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
