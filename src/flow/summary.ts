/** One-line words for plans and passes. Workflow-safe. */
import { counted } from './labels';
import type { GenerationCounts } from './ledger';
import type { NodeCounts, NodeState, PassState } from './outcome';
import type { Plan } from './plan-types';

const STATE_WORDS: Readonly<Record<PassState, string>> = {
  done: 'done',
  'done-with-failures': 'done, with failures',
  'needs-person': 'needs a person',
  'over-budget': 'stopped by the budget',
  cancelled: 'cancelled',
};

const NODE_STATES: readonly NodeState[] = ['reused', 'done', 'failed', 'skipped', 'cancelled', 'undecided'];

/** The state of a pass for people. */
export function stateWords(state: PassState): string {
  return STATE_WORDS[state];
}

/** `8 nodes: 5 reused, 2 done, 1 failed`; states without nodes are left out. */
export function nodeWords(counts: NodeCounts): string {
  const total = NODE_STATES.reduce((sum, state) => sum + counts[state], 0);
  const parts = NODE_STATES.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return parts.length === 0 ? 'no nodes' : `${counted(total, 'node')}: ${parts.join(', ')}`;
}

/** `12 generations paid (1 of them adopted), 2 possibly lost, 20 reused`. */
export function generationWords({ paid, adopted, lost, reused }: GenerationCounts): string {
  const parts = [`${counted(paid, 'generation')} paid${adopted > 0 ? ` (${adopted} of them adopted)` : ''}`];
  if (lost > 0) parts.push(`${lost} possibly lost`);
  if (reused > 0) parts.push(`${reused} reused`);
  return parts.join(', ');
}

/** `12 to generate, 4 to resume, 20 reused`, or `nothing to generate`. */
export function planWords({ totals }: Pick<Plan, 'totals'>): string {
  const parts = [
    totals.generate > 0 ? `${totals.generate} to generate` : 'nothing to generate',
    ...(totals.resume > 0 ? [`${totals.resume} to resume`] : []),
    ...(totals.finish > 0 ? [`${totals.finish} to finish`] : []),
    ...(totals.blocked > 0 ? [`${totals.blocked} blocked`] : []),
    ...(totals.reuse > 0 ? [`${totals.reuse} reused`] : []),
  ];
  return parts.join(', ');
}
