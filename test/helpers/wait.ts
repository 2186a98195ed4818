import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 25;

/** Looks until the answer is there; fails after the bound with what was waited for. */
export async function until<T>(what: string, look: () => T | Promise<T>, boundMs = 60_000): Promise<NonNullable<T>> {
  const end = performance.now() + boundMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms in vain for ${what}`);
    await delay(LOOK_MS);
  }
}
