/** How long to wait before starting again what died. */

const FIRST_MS = 250;
const MOST_MS = 10_000;
/** Whoever lived this long gets a fresh count. */
export const HEALTHY_AFTER_MS = 30_000;

/** Delay before a restart; `deaths` counts the deaths in a row, from 1. The first is answered at once. */
export function restartDelay(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (deaths - 2));
}

/** Deaths in a row, this one included. */
export function countDeaths(before: number, livedMs: number): number {
  return livedMs >= HEALTHY_AFTER_MS ? 1 : before + 1;
}
