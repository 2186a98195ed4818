/** What many runs add up to. */
import type { RunResult } from './run';

const MONEY = ['billed', 'paid', 'adopted', 'lost', 'withdrawn', 'undecided', 'mistaken'];

export class Totals {
  runs = 0;
  steps = 0;
  /** Runs with a breach, by its kind. */
  readonly breaches = new Map<string, number>();
  private readonly counts = new Map<string, number>();

  add({ breaches, counts, steps }: RunResult): void {
    this.runs += 1;
    this.steps += steps;
    for (const kind of new Set(breaches.map((one) => one.kind))) bump(this.breaches, kind, 1);
    for (const [what, count] of counts) bump(this.counts, what, count);
  }

  lines(seconds: number): readonly string[] {
    const strikes = [...this.counts].filter(([what]) => !MONEY.includes(what)).sort(([a], [b]) => a.localeCompare(b));
    const breaches = [...this.breaches];
    return [
      `runs ${this.runs}, steps ${this.steps}, ${seconds.toFixed(0)} s`,
      '',
      'what struck:',
      ...strikes.map(([what, count]) => `  ${what.padEnd(30)} ${String(count).padStart(9)}`),
      '',
      'generations:',
      ...MONEY.map((what) => `  ${what.padEnd(30)} ${String(this.counts.get(what) ?? 0).padStart(9)}`),
      '',
      breaches.length === 0 ? 'breaches: none' : `breaches: ${breaches.map(([kind, n]) => `${kind} ${n}`).join(', ')}`,
    ];
  }
}

function bump(counts: Map<string, number>, what: string, by: number): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}
