/** What a rerun makes, and for what price: counted before anything is put aside or sent. Pure. */
import { counted, nodeLabel } from './labels';
import { exact, units } from './money-words';
import type { Plan, Prices } from './plan-types';
import { selectedRows } from './select';
import type { Generator } from './types';

/** Which of a node's places are made again; empty means all. */
export interface RerunPlaces {
  readonly rows: readonly number[];
  /** Counted from 1. */
  readonly candidates: readonly number[];
}

export interface RerunCost {
  /** Candidates that are made again, and their price. */
  readonly count: number;
  readonly price: number;
  /** What is missing there anyway and is made by the same pass. */
  readonly missing: number;
  readonly missingPrice: number;
  /** How often each may be asked for; null: as often as any run does. */
  readonly attempts: number | null;
  /** The most that it can come to with so many attempts. */
  readonly most: number;
}

/** `plan`: what a run over the same selection would pay for now, without the rerun. */
export function rerunCost(
  generators: readonly Generator[],
  places: RerunPlaces,
  { plan, prices, attempts }: { readonly plan: Plan; readonly prices: Prices; readonly attempts: number | null },
): RerunCost {
  const sizes = generators.map((one) => ({
    kind: one.kind,
    count: selectedRows(one, places).length * (places.candidates.length || one.outputCount),
  }));
  const price = sizes.reduce((sum, { kind, count }) => sum + count * prices[kind], 0);
  const again = new Set(generators.map(({ key }) => key));
  const isAgain = (candidate: number): boolean =>
    places.candidates.length === 0 || places.candidates.includes(candidate);
  // The plan is of the selected rows already.
  const others = plan.nodes.flatMap(({ key, rows }) =>
    rows
      .flatMap(({ candidates }) => candidates)
      .filter(({ action, candidate }) => action === 'generate' && !(again.has(key) && isAgain(candidate))),
  );
  const missingPrice = others.reduce((sum, one) => sum + one.price, 0);
  return {
    count: sizes.reduce((sum, { count }) => sum + count, 0),
    price: exact(price),
    missing: others.length,
    missingPrice: exact(missingPrice),
    attempts,
    most: exact((price + missingPrice) * (attempts ?? 1)),
  };
}

/** `4 fresh candidates for Scene 03 — image gen, for 4 units. …`: what is asked about before it is done. */
export function rerunWords(
  generators: readonly Generator[],
  { rows }: RerunPlaces,
  { count, price, missing, missingPrice, attempts, most }: RerunCost,
): string {
  const where = generators.map((one) => nodeLabel(one)).join(', ');
  const inRows = rows.length === 0 ? '' : ` (${rows.length === 1 ? 'row' : 'rows'} ${rows.join(', ')})`;
  return [
    `${counted(count, 'fresh candidate')} for ${where}${inRows}, for ${units(price)}.`,
    ...(missing > 0 ? [`${counted(missing, 'candidate')} missing there anyway: ${units(missingPrice)} more.`] : []),
    ...(attempts === null
      ? []
      : [`Each is asked for up to ${counted(attempts, 'time')} until it succeeds: ${units(most)} at most.`]),
    'What is there now is kept on record.',
  ].join(' ');
}
