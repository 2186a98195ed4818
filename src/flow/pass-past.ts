/** What a running pass tells the history of itself. Workflow-safe: plain data. */

/** What a pass went through beside the ends of workers, as the workflow saw it. */
export interface PassPast {
  /** Milliseconds at each closed gate, and paused. */
  readonly waitedMs: Readonly<Record<string, number>>;
  /** How often it was given other addresses of G-Labs. */
  readonly moves: number;
}

export const UNEVENTFUL: PassPast = { waitedMs: {}, moves: 0 };
