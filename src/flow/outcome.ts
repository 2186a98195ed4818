/** What the end of a pass means. Imported by workflow code: plain, deterministic, no dependencies. */
import type { GenerationCounts } from './ledger';
import type { PlannedNode } from './plan-types';

export type NodeState = 'reused' | 'done' | 'failed' | 'skipped' | 'cancelled' | 'undecided';

/** How one node of a pass ended. Every node of the plan has exactly one. */
export interface NodeOutcome extends GenerationCounts {
  readonly key: string;
  readonly state: NodeState;
  /** In words; null for `reused` and `done` without anything to say. */
  readonly reason: string | null;
  /** Dotted failure class of advice.ts for `failed`, else null. */
  readonly errorType: string | null;
  /** `skipped` because the file says so (muted): nobody's fault, the pass is still done. */
  readonly harmless: boolean;
}

export type PassState = 'done' | 'done-with-failures' | 'needs-person' | 'over-budget' | 'cancelled';

export type NodeCounts = Readonly<Record<NodeState, number>>;

export const NO_GENERATIONS: GenerationCounts = { paid: 0, adopted: 0, lost: 0, reused: 0 };

/** An outcome without counts, for nodes that never ran. */
export function emptyOutcome(
  key: string,
  state: NodeState,
  details: Partial<Pick<NodeOutcome, 'reason' | 'errorType' | 'harmless'>> = {},
): NodeOutcome {
  return { key, state, reason: null, errorType: null, harmless: false, ...NO_GENERATIONS, ...details };
}

/** End of every reason that asks for a person's decision. */
export const NEEDS_PERSON = 'needs a person';
/** The reason of a candidate that a person decided to do without. */
export const GIVEN_UP = 'a person gave it up';
/** The reason of a lost candidate in a pass that was told to do without (`--on-lost skip`). */
export const DONE_WITHOUT = 'G-Labs lost it, the money for it is possibly gone; done without it, as asked';

/** Whether a blocked candidate is one that somebody decided to do without: nothing is missing then. */
export function isGivenUp(reason: string): boolean {
  return reason === GIVEN_UP || reason === DONE_WITHOUT;
}

/**
 * The outcome of a node that the plan leaves nothing to do for, null when it must run. A node with anything blocked runs
 * when there is other work in it. `owes`: tasks of it are out that were replaced; a node that is done runs to fetch them.
 */
export function settledOutcome(node: PlannedNode, owes = false): NodeOutcome | null {
  if (node.skip !== null) return emptyOutcome(node.key, 'skipped', { reason: node.skip, harmless: true });
  const candidates = node.rows.flatMap((row) => row.candidates);
  if (candidates.some(({ action }) => action !== 'reuse' && action !== 'blocked')) return null;
  const reused = candidates.filter(({ action }) => action === 'reuse').length;
  const reasons = candidates.flatMap(({ action, reason }) => (action === 'blocked' ? [reason] : []));
  const missing = reasons.filter((reason) => !isGivenUp(reason));
  const reason = missing.find(needsPerson) ?? missing[0] ?? reasons[0] ?? null;
  const done = missing.length === 0 && (reused > 0 || reasons.length === 0);
  if (done) return owes ? null : { ...emptyOutcome(node.key, 'reused', { reason }), reused };
  const state = missing.some(needsPerson) ? 'undecided' : 'skipped';
  return { ...emptyOutcome(node.key, state, { reason, harmless: missing.length === 0 }), reused };
}

/** Whether the reason of a blocked candidate asks for a person's decision. */
export function needsPerson(reason: string): boolean {
  return reason.endsWith(NEEDS_PERSON);
}

/** How many nodes ended how. */
export function countNodes(outcomes: readonly NodeOutcome[]): NodeCounts {
  const counts: Record<NodeState, number> = { reused: 0, done: 0, failed: 0, skipped: 0, cancelled: 0, undecided: 0 };
  for (const { state } of outcomes) counts[state] += 1;
  return counts;
}

/** The generations of all nodes, added up. */
export function countGenerations(outcomes: readonly NodeOutcome[]): GenerationCounts {
  return outcomes.reduce(
    (sum, { paid, adopted, lost, reused }) => ({
      paid: sum.paid + paid,
      adopted: sum.adopted + adopted,
      lost: sum.lost + lost,
      reused: sum.reused + reused,
    }),
    NO_GENERATIONS,
  );
}

/** A person's cancel is said before all else, then the end of the budget, then what waits for a person, then failures. */
export function passState(outcomes: readonly NodeOutcome[]): PassState {
  const has = (state: NodeState): boolean => outcomes.some((outcome) => outcome.state === state);
  if (has('cancelled')) return 'cancelled';
  if (outcomes.some(({ errorType }) => errorType === 'Budget.Exceeded')) return 'over-budget';
  if (has('undecided')) return 'needs-person';
  const incomplete = outcomes.some(({ state, harmless }) => state === 'failed' || (state === 'skipped' && !harmless));
  return incomplete ? 'done-with-failures' : 'done';
}

const EXIT_CODES: Readonly<Record<PassState, number>> = {
  done: 0,
  'done-with-failures': 1,
  'needs-person': 6,
  'over-budget': 5,
  cancelled: 130,
};

/** Exit code of `nbflow run` for the end of a pass. */
export function exitCode(state: PassState): number {
  return EXIT_CODES[state];
}
