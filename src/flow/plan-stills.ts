/** Whether an output still belongs to the stills that it was made from (D10): relinked, stale, or as today. */
import { candidateStates, pickedUsable } from './candidates';
import type { Usable } from './candidates';
import { slottedSources } from './fingerprint';
import { productOf, sceneLabel } from './labels';
import type { PlanContext, Planner, Supply } from './plan-upstream';
import { supplyOf, viewOf } from './plan-upstream';
import type { Generation, Still } from './receipt';
import type { CompiledFlow, Generator, GeneratorRow, Source } from './types';

type Generated = Source & { readonly kind: 'generated' };

interface GeneratedSlot {
  readonly slot: string;
  readonly source: Generated;
}

/** The inputs of a row that other generators make, in request order. */
export function generatedSlots(generator: Generator, row: GeneratorRow): readonly GeneratedSlot[] {
  return slottedSources(generator, row).flatMap(({ slot, source }) =>
    source.kind === 'generated' ? [{ slot, source }] : [],
  );
}

type Pair = GeneratedSlot & { readonly still: Still };

/**
 * Pairs each generated input with the still recorded for it. Where a slot name repeats, the one of the node that is
 * linked there today comes first, whatever its place: older receipts have them in the order in which they were read.
 * What is left is paired in order.
 */
function pairs({ byKey }: CompiledFlow, generator: Generator, row: GeneratorRow, entry: Generation): readonly Pair[] {
  const left = [...entry.stills];
  const take = (fits: (still: Still) => boolean): Still | undefined => {
    const index = left.findIndex(fits);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const slots = generatedSlots(generator, row);
  const own = slots.map(({ slot, source }) =>
    take((still) => still.slot === slot && still.id === byKey.get(source.from)?.id),
  );
  return slots.flatMap((wanted, i) => {
    const still = own[i] ?? take(({ slot }) => slot === wanted.slot);
    return still ? [{ ...wanted, still }] : [];
  });
}

/**
 * The reason to make it again because an input comes from another generator now, null when none does. A recorded node
 * that is no longer in the file was renumbered rather than relinked.
 */
export function relinkedReason(
  { compiled }: PlanContext,
  generator: Generator,
  row: GeneratorRow,
  entry: Generation,
): string | null {
  for (const { slot, source, still } of pairs(compiled, generator, row, entry)) {
    const today = compiled.byKey.get(source.from);
    if (today === undefined || today.id === still.id) continue;
    // Links stay inside a tab, so the recorded node is looked for in the consumer's tab, wherever that has moved.
    const before = compiled.byKey.get(`${generator.tab}:${still.id}`);
    if (!before) continue;
    const name = slot === 'reference' ? 'reference' : `${slot} frame`;
    return `its ${name} was linked to another node since: ${sceneLabel(today)} instead of ${sceneLabel(before)}`;
  }
  return null;
}

/** "made from candidate 1 of Scene 02, you picked 3"; null when the output fits today's stills. */
export function staleRemark(
  context: PlanContext,
  planner: Planner,
  consumer: { readonly generator: Generator; readonly row: GeneratorRow },
  entry: Generation,
): string | null {
  for (const { source, still } of pairs(context.compiled, consumer.generator, consumer.row, entry)) {
    const upstream = context.compiled.byKey.get(source.from);
    if (!upstream) continue;
    const remark = compare(still, supplyOf(context, planner, source, consumer.row), upstream);
    if (remark !== null) return remark;
  }
  return null;
}

function compare(still: Still, supply: Supply, upstream: Generator): string | null {
  const label = sceneLabel(upstream);
  const product = productOf(upstream.kind);
  if (supply.state === 'missing') return null;
  if (supply.state === 'coming') return `made from the present ${product} of ${label}, which this pass makes again`;
  const { still: now, picked } = supply;
  if (isSame(still, now)) return null;
  if (picked && now.candidate !== still.candidate) {
    return `made from candidate ${still.candidate} of ${label}, you picked ${now.candidate}`;
  }
  return `made from an earlier ${product} of ${label}`;
}

function isSame(still: Still, now: Usable): boolean {
  if (still.sha256 !== null && now.sha256 !== null) return still.sha256 === now.sha256;
  if (still.url !== null && now.url !== null) return still.url === now.url;
  return still.candidate === now.candidate && still.row === now.row;
}

/** Said when a picked URL is no longer a candidate of the node that feeds the gate (D14). */
export function voidPickRemarks(context: PlanContext, generator: Generator): readonly string[] {
  return generator.rows.flatMap((row) =>
    generatedSlots(generator, row).flatMap(({ source }) => {
      const upstream = context.compiled.byKey.get(source.from);
      if (!upstream || source.pick === null || upstream.rows.length !== 1) return [];
      if (isCandidate(context, upstream, source)) return [];
      return [`the pick at the gate of ${sceneLabel(upstream)} is no longer one of its candidates and is not used`];
    }),
  );
}

function isCandidate(context: PlanContext, upstream: Generator, source: Generated): boolean {
  if (pickedUsable(upstream, viewOf(context, upstream).states, source)) return true;
  if (!context.options.noCache) return false;
  // A pick that is void only because the upstream is made afresh in this pass is no news before that has happened.
  const { evidence } = context;
  return (
    pickedUsable(upstream, candidateStates(upstream, evidence.receipts.get(upstream.key), evidence), source) !== null
  );
}
