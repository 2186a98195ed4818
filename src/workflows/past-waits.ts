/** What a pass went through: how long it waited, where, and how often G-Labs moved. Told to the history at the end. */
import type { Wait } from '../flow/gates';
import type { PassPast } from '../flow/pass-past';
import { UNEVENTFUL } from '../flow/pass-past';

export class PastWaits {
  private readonly waited = new Map<string, number>();
  /** Epoch milliseconds of the workflow's clock since which it waits, by gate. */
  private readonly open = new Map<string, number>();
  private moves: number;

  constructor(carried: PassPast = UNEVENTFUL) {
    for (const [gate, ms] of Object.entries(carried.waitedMs)) this.waited.set(gate, ms);
    this.moves = carried.moves;
  }

  /** `waits`: all that it waits for from now on. */
  see(waits: readonly Pick<Wait, 'gate'>[], now: number): void {
    const gates = new Set<string>(waits.map(({ gate }) => gate));
    for (const [gate, since] of [...this.open]) {
      if (gates.has(gate)) continue;
      this.waited.set(gate, (this.waited.get(gate) ?? 0) + now - since);
      this.open.delete(gate);
    }
    for (const gate of gates) if (!this.open.has(gate)) this.open.set(gate, now);
  }

  moved(): void {
    this.moves += 1;
  }

  /** Up to now, also what is not over. */
  told(now: number): PassPast {
    const waitedMs = Object.fromEntries(this.waited);
    for (const [gate, since] of this.open) waitedMs[gate] = (waitedMs[gate] ?? 0) + now - since;
    return { waitedMs, moves: this.moves };
  }
}
