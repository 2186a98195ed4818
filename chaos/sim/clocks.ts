/** Clocks that somebody sets: the machine's and that of G-Labs. */
import type { World } from './world';

/** What the machine's clock says, epoch milliseconds. */
export function wallNow({ schedule, wall }: World): number {
  return schedule.now + wall.offsetMs;
}

/**
 * A clock and an empty list are never both wrong in one run: what was there before the submit would be told from what came
 * after it by nothing at all then.
 */
export function setClock({ backend, choices, count, wall }: World, which: { offsetMs: number }): void {
  if (backend.emptyUntil > 0) return;
  which.offsetMs += choices.one('clock by', [-3_000, 3_000, -3_600_000, 3_600_000, -60_000]);
  wall.anySet = true;
  count('clock set');
}
