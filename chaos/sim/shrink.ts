/** The shortest run that still shows a breach: decisions are answered harmlessly, as many as possible. */
import type { BreachKind } from './judge';
import type { RunOptions } from './run';
import { simulate } from './run';

/** Bounds the work on one failing seed. */
const MOST_RUNS = 1_500;

/** The decisions that must stay for the same kind of breach (delta debugging; no longer than `MOST_RUNS` runs). */
export async function shrink(
  options: RunOptions,
  decisions: readonly string[],
  kind: BreachKind,
): Promise<readonly string[]> {
  let runs = 0;
  const fails = async (kept: readonly string[]): Promise<readonly string[] | null> => {
    if (runs++ >= MOST_RUNS) return null;
    const result = await simulate({ ...options, kept: new Set(kept) });
    return result.breaches.some((breach) => breach.kind === kind) ? result.decisions : null;
  };
  let kept = decisions;
  // Whole families first: most runs fail without any disorder or slowness.
  for (const family of new Set(decisions.map((one) => one.split('#')[0]))) {
    kept = (await fails(kept.filter((one) => one.split('#')[0] !== family))) ?? kept;
  }
  for (let parts = 2; kept.length > 0 && parts <= 2 * kept.length; parts *= 2) {
    const size = Math.ceil(kept.length / parts);
    for (let at = 0; at < kept.length;) {
      const fewer = await fails([...kept.slice(0, at), ...kept.slice(at + size)]);
      // What a shorter run did not even ask about is gone as well.
      if (fewer) kept = fewer;
      else at += size;
    }
  }
  return kept;
}
