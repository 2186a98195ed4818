/** Which faults struck, in memory and in `faults.jsonl`: a judge needs to know what the backend really did to a client. */
import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { GenerationType } from './contract';
import type { Fault, Route } from './faults';
import { wholeLines } from './json-lines';

/** One fault that struck. Faults that act at once have no request, so neither its number nor its route. */
export interface Strike {
  /** ISO time. */
  readonly at: string;
  /** Requests are numbered from 1, over all lives that share the folder; control requests don't count. */
  readonly request: number | null;
  readonly route: Route | null;
  /** Task id, file name or kind, as it stood in the path. */
  readonly argument: string | null;
  readonly type: GenerationType | null;
  /** The task behind the request; a submit has none before it is accepted. */
  readonly task_id: string | null;
  readonly by: 'hand' | 'plan';
  readonly fault: Fault;
}

/** Strikes told over the control route; the file has them all. */
const KEPT = 1_000;
const lineSchema = z.object({ request: z.int().positive().nullable() });

export class FaultLog {
  /** The last request that is on record, 0 where there is none. */
  readonly lastRequest: number;
  private readonly name: string;
  private readonly warn: (line: string) => void;
  private strikes: Strike[] = [];

  private constructor(name: string, lastRequest: number, warn: (line: string) => void) {
    this.name = name;
    this.lastRequest = lastRequest;
    this.warn = warn;
  }

  static async open(dir: string, warn: (line: string) => void): Promise<FaultLog> {
    await mkdir(dir, { recursive: true });
    const name = path.join(dir, 'faults.jsonl');
    const numbers = (await wholeLines(name)).map((line) => lineSchema.parse(JSON.parse(line)).request ?? 0);
    return new FaultLog(
      name,
      numbers.reduce((a, b) => Math.max(a, b), 0),
      warn,
    );
  }

  /** Writes before it returns, hence before the fault strikes: a kill at the next moment leaves no strike untold. */
  note(strike: Strike): void {
    this.strikes.push(strike);
    // Cut in blocks: dropping one per strike would copy the whole list each time.
    if (this.strikes.length > 2 * KEPT) this.strikes = this.strikes.slice(-KEPT);
    try {
      appendFileSync(this.name, JSON.stringify(strike) + '\n');
    } catch (error) {
      this.warn(`faults.jsonl could not be written: ${String(error)}`);
    }
  }

  /** Oldest first. */
  newest(): readonly Strike[] {
    return this.strikes.slice(-KEPT);
  }
}
