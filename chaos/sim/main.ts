/** Many runs of the simulation, and for a failing one the shortest trace that shows what is wrong. */
import type { RunOptions, RunResult } from './run';
import { simulate } from './run';
import { shrink } from './shrink';
import { Totals } from './totals';
import type { Weaknesses } from './weaknesses';

export interface SimulationOptions {
  readonly count: number;
  /** The first seed; the others follow it. */
  readonly seed: number;
  /** Prints every run's trace, as it is. */
  readonly trace?: boolean;
  readonly weak?: Partial<Weaknesses>;
  readonly say?: (line: string) => void;
}

/** So many failing runs are made short and shown; the others are only named. */
const MOST_SHOWN = 3;
const PROGRESS_MS = 10_000;

/** Exit code: 0 when all held in every run, else 1. */
export async function runSimulations(options: SimulationOptions): Promise<number> {
  const { count, seed: first, say = console.log } = options;
  const totals = new Totals();
  const began = performance.now();
  let told = began;
  let failed = 0;
  for (let seed = first; seed < first + count; seed++) {
    const run: RunOptions = { seed, ...(options.weak ? { weak: options.weak } : {}) };
    const result = await simulate({ ...run, ...(options.trace ? { trace: say } : {}) });
    totals.add(result);
    if (result.breaches.length > 0) await report(run, result, ++failed <= MOST_SHOWN, say);
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    say(`${totals.runs} of ${count} runs, ${failed} failed`);
  }
  for (const line of totals.lines((performance.now() - began) / 1000)) say(line);
  return failed === 0 ? 0 : 1;
}

async function report(run: RunOptions, result: RunResult, shown: boolean, say: (line: string) => void): Promise<void> {
  const [breach] = result.breaches;
  if (!breach) return;
  say(`\nSEED ${run.seed}: ${breach.kind}: ${breach.text}`);
  if (shown) {
    const kept = await shrink(run, result.decisions, breach.kind);
    say(`made short: ${kept.length} of ${result.decisions.length} decisions are needed: ${kept.join(', ')}`);
    const short = await simulate({ ...run, kept: new Set(kept), trace: say });
    for (const { kind, text } of short.breaches) say(`  => ${kind}: ${text}`);
  }
  say(`replay with: npm run chaos -- --sim 1 --seed ${run.seed}   (as it was, not made short: --trace)\n`);
}
