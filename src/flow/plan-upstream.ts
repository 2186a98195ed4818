/** What a node's generated inputs will be: there already, coming in this pass, or missing and why. */
import { candidateStates, chooseStill, pickedUsable, stillRow } from './candidates';
import type { CandidateStates, Usable } from './candidates';
import { sceneLabel, productOf, selectorFor } from './labels';
import type { Evidence, PlanOptions, PlannedNode } from './plan-types';
import type { Receipt } from './receipt';
import { isSelected } from './select';
import type { CompiledFlow, Generator, GeneratorRow, Source } from './types';

/** One question about a file; `plans` and `views` remember answers, so a node shared by many is planned once. */
export interface PlanContext {
  readonly compiled: CompiledFlow;
  readonly evidence: Evidence;
  readonly options: PlanOptions;
  readonly plans: Map<string, PlannedNode>;
  readonly views: Map<string, View>;
}

/** A generator as this pass sees it. */
export interface View {
  readonly receipt: Receipt | undefined;
  readonly states: CandidateStates;
}

export type Supply =
  | { readonly state: 'ready'; readonly still: Usable; readonly picked: boolean }
  | { readonly state: 'coming' }
  | { readonly state: 'missing'; readonly reason: string; readonly muted: boolean };

export type Planner = (context: PlanContext, generator: Generator) => PlannedNode;

/** With `noCache`, only what this very pass generated counts for a selected node. */
export function viewOf(context: PlanContext, generator: Generator): View {
  const remembered = context.views.get(generator.key);
  if (remembered) return remembered;
  const { evidence, options } = context;
  const receipt = evidence.receipts.get(generator.key);
  const afresh = options.noCache && isSelected(generator, options) && !generator.muted;
  const view = afresh ? freshView(generator, receipt, context) : plainView(generator, receipt, evidence);
  context.views.set(generator.key, view);
  return view;
}

function plainView(generator: Generator, receipt: Receipt | undefined, evidence: Evidence): View {
  return { receipt, states: candidateStates(generator, receipt, evidence) };
}

function freshView(generator: Generator, receipt: Receipt | undefined, { evidence, options }: PlanContext): View {
  const rows = new Set(options.rows.length === 0 ? generator.rows.map(({ row }) => row) : options.rows);
  const generations = (receipt?.generations ?? []).filter(
    (entry) => !rows.has(entry.row) || (entry.origin === 'generated' && entry.pass === options.pass),
  );
  const own = new Set(generations.map(({ url }) => url));
  // Rows that were not asked for keep what the file lists; with positions gone, only known URLs can be told apart.
  const cachedUrls = generator.cachedUrls.filter((url) => own.has(url));
  const fresh = receipt ? { ...receipt, generations } : undefined;
  return { receipt: fresh, states: candidateStates({ ...generator, cachedUrls, otherUrls: [] }, fresh, evidence) };
}

/** What a generated source gives to a row of its consumer. */
export function supplyOf(
  context: PlanContext,
  planner: Planner,
  source: Source & { kind: 'generated' },
  row: GeneratorRow,
): Supply {
  const upstream = context.compiled.byKey.get(source.from);
  if (!upstream) return missing('the node that it takes its picture from is not a generator of this file');
  const wanted = stillRow(upstream, row);
  if (wanted === null) return missing(`${sceneLabel(upstream)} has no row ${row.row}`);
  const view = viewOf(context, upstream);
  const picked = pickedUsable(upstream, view.states, source) !== null;
  const runs = !upstream.muted && isSelected(upstream, context.options);
  if (runs && !picked) {
    const planned = planner(context, upstream).rows.find((plannedRow) => plannedRow.row === wanted);
    const first = planned?.candidates.find(({ action }) => action !== 'blocked');
    if (first && (first.action === 'generate' || first.action === 'resume')) return { state: 'coming' };
  }
  const still = chooseStill(upstream, view.states, source, row);
  return still ? { state: 'ready', still, picked } : explainMissing(context, planner, upstream, wanted);
}

function explainMissing(context: PlanContext, planner: Planner, upstream: Generator, row: number): Supply {
  const label = sceneLabel(upstream);
  if (upstream.muted) return { state: 'missing', reason: `needs ${label}, which is muted`, muted: true };
  const needs = `needs ${label}'s ${productOf(upstream.kind)}`;
  if (!isSelected(upstream, context.options) || !isRowSelected(upstream, row, context)) {
    return missing(
      `${needs}, which is not made yet and not part of this run; add ${selectorFor(upstream)} or run it first`,
    );
  }
  const plan = planner(context, upstream);
  if (plan.skip !== null)
    return { state: 'missing', reason: `needs ${label}, which is left alone: ${plan.skip}`, muted: true };
  const blocked = plan.rows
    .find((planned) => planned.row === row)
    ?.candidates.find(({ action }) => action === 'blocked');
  return missing(blocked ? `${needs}, which is blocked: ${blocked.reason}` : `${needs}, which is not made yet`);
}

function isRowSelected(upstream: Generator, row: number, { options }: PlanContext): boolean {
  return options.rows.length === 0 || options.rows.includes(row) || upstream.rows.every((r) => r.row !== row);
}

function missing(reason: string): Supply {
  return { state: 'missing', reason, muted: false };
}
