/** What `planNode` takes and answers. The plan is the run: a pass pays for exactly the candidates marked `generate`. */
import type { Receipt } from './receipt';
import type { Kind, Naming, NodeRef, Source } from './types';

export interface Prices {
  readonly image: number;
  readonly video: number;
}

/** What happens to a candidate whose task G-Labs forgot: made again (at most twice), asked about, or done without. */
export type OnLost = 'regenerate' | 'ask' | 'skip';

export interface PlanOptions {
  readonly mode: 'images' | 'full';
  /** `['3']`, `['09a']`: D27; empty means all. */
  readonly scenes: readonly string[];
  /** Tab names, or their last word (`A` for `Account A`); case-insensitive; empty means all. */
  readonly accounts: readonly string[];
  readonly nodes: readonly number[];
  readonly rows: readonly number[];
  /** True: every selected candidate is generated afresh, except what is open in this very pass. */
  readonly noCache: boolean;
  /** With noCache: the pass that asks, so that its own finished generations are not made again after a restart. */
  readonly pass: string | null;
  readonly refreshStale: boolean;
  readonly onLost: OnLost;
  readonly prices: Prices;
}

/** Facts from outside the file. */
export interface Evidence {
  /** By generator key, already matched to nodes (see match-receipts.ts). */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** Cached URLs that surely do not answer any more (404, 410). */
  readonly deadUrls: ReadonlySet<string>;
  /** Links that could neither be confirmed nor refuted just now; absent: none. They are trusted, not fetched from. */
  readonly unsureUrls?: ReadonlySet<string>;
  /** Content hash of a reference URL, where it was ever downloaded. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Receipt files (`Generation.file`) that are not on disk with the recorded size. */
  readonly missingFiles: ReadonlySet<string>;
}

/**
 * reuse: nothing to do. resume: a task is out there, or its fate must be looked up. finish: paid and safe; upload or
 * patch is missing. generate: will be paid. blocked: can't run in this pass, the reason says why.
 */
export type Action = 'reuse' | 'resume' | 'finish' | 'generate' | 'blocked';

export interface PlannedCandidate {
  readonly candidate: number;
  readonly action: Action;
  readonly reason: string;
  /** 0 unless `generate`. */
  readonly price: number;
  /** The usable URL, for `reuse`, and for what only another list of the node has. */
  readonly url: string | null;
  /** The receipt's entry (its place in `generations`) that a newer one replaced and that counts again; else null. */
  readonly revives: number | null;
}

export interface PlannedRow {
  readonly row: number;
  readonly prompt: string;
  readonly fingerprint: string;
  readonly references: readonly Source[];
  readonly startFrame: Source | null;
  readonly endFrame: Source | null;
  readonly candidates: readonly PlannedCandidate[];
}

export interface PlannedNode {
  readonly key: string;
  readonly tab: number;
  readonly account: string;
  readonly id: number;
  readonly title: string;
  readonly kind: Kind;
  readonly scene: string | null;
  readonly naming: Naming;
  readonly dependsOn: readonly NodeRef[];
  readonly gates: readonly NodeRef[];
  /** Said once per node: "made from candidate 1, you picked 3", "its pick is no longer a candidate". */
  readonly remarks: readonly string[];
  /** Set when the whole node is left alone: `muted in the file`, `needs Scene 02, which is muted`. */
  readonly skip: string | null;
  readonly rows: readonly PlannedRow[];
}

export type Totals = Readonly<Record<Action, number>>;

export interface Plan {
  readonly nodes: readonly PlannedNode[];
  readonly totals: Totals;
  readonly price: number;
  /** What reuse saved, in the same unit. */
  readonly saved: number;
}
