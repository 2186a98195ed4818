/** Tasks that are out and that no candidate of today waits for. */
import { hasPlace } from './gone-nodes';
import type { PlannedNode } from './plan-types';
import type { Generation, Receipt } from './receipt';
import type { Generator } from './types';

/** Newer inputs took its place, or the file no longer has its row or candidate. */
export function isLeftover(entry: Generation, generator: Generator): boolean {
  const { state, taskId, superseded } = entry;
  return state === 'submitted' && taskId !== null && (superseded || !hasPlace(generator, entry));
}

/** Whether a node of which everything can be reused has such tasks, or will have when the plan is carried out. */
export function owesLeftovers(receipt: Receipt | undefined, generator: Generator, plan: PlannedNode): boolean {
  const reuses = ({ row, candidate }: Generation): boolean =>
    plan.rows
      .find((one) => one.row === row)
      ?.candidates.some((one) => one.candidate === candidate && one.action === 'reuse') ?? false;
  return (receipt?.generations ?? []).some(
    (entry) => isLeftover(entry, generator) || (entry.state === 'submitted' && entry.taskId !== null && reuses(entry)),
  );
}
