/** The newest requests, so that a rehearsal can see when a client came back after its death, and how often it asks. */
import type { Route } from './faults';

export interface RequestEntry {
  /** ISO time at which the request was read. */
  readonly at: string;
  readonly route: Route;
  /** Task id, file name or kind, as it stood in the path. */
  readonly argument: string;
}

export interface RequestSummary {
  /** Since the start of this process. */
  readonly counts: Readonly<Record<string, number>>;
  /** Oldest first. */
  readonly newest: readonly RequestEntry[];
}

const KEPT = 2_000;

export class RequestLog {
  private readonly counts = new Map<string, number>();
  private entries: RequestEntry[] = [];

  note(route: Route, argument: string, at: Date): void {
    this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
    this.entries.push({ at: at.toISOString(), route, argument });
    // Cut in blocks: dropping one entry per request would copy the whole list each time.
    if (this.entries.length > 2 * KEPT) this.entries = this.entries.slice(-KEPT);
  }

  summary(): RequestSummary {
    return { counts: Object.fromEntries(this.counts), newest: this.entries.slice(-KEPT) };
  }
}
