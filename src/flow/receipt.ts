/**
 * The receipt: our durable record of every generation of one generator node. One JSON file per node, rewritten
 * atomically at each step. Pure types and pure questions; reading and writing is `src/files/receipts.ts`.
 */
import type { Kind, Naming } from './types';

/**
 * intent -> submitted -> generated -> stored -> cached is the good way.
 * `unknown`: the submit's answer was lost. `withdrawn`: it surely never arrived, nothing was paid.
 * `lost`: paid perhaps, the backend forgot it. `failed`: the backend said so. `skipped`: a person gave it up.
 */
export type GenerationState =
  'intent' | 'submitted' | 'generated' | 'stored' | 'cached' | 'unknown' | 'withdrawn' | 'lost' | 'failed' | 'skipped';

export interface GenerationError {
  /** Dotted class, `Generation.Failed`. */
  readonly type: string;
  readonly code: number | null;
  readonly message: string;
}

/** The picture a clip was made from, kept beside the fingerprint (D10). */
export interface Still {
  /** Which frame: `start`, `end`, or `reference` for a generated reference of an image node. */
  readonly slot: string;
  readonly tab: number;
  readonly id: number;
  readonly row: number;
  readonly candidate: number;
  readonly sha256: string | null;
  readonly url: string | null;
}

/** What the backend's list of tasks said right before the request left: tells ours apart without any clock. */
export interface SeenBefore {
  /** Newest task of the list, null when the list was empty. While it is still listed, everything newer is listed too. */
  readonly newest: string | null;
  /** Listed tasks of the same type and beginning of the prompt: not ours. */
  readonly same: readonly string[];
  /** Seconds the backend had been up, null when it did not say. */
  readonly uptime: number | null;
}

export interface ReferenceRecord {
  readonly url: string;
  readonly sha256: string;
}

export interface Generation {
  /** Count from 1 (D34). */
  readonly row: number;
  readonly candidate: number;
  /** `f1:<64 hex>`; see fingerprint.ts. */
  readonly fingerprint: string;
  readonly state: GenerationState;
  /** `generated`: asked for by us. `found`: a cached URL without a receipt (D11). `carried`: on an earlier version's bill. */
  readonly origin: 'generated' | 'found' | 'carried';
  /** True when newer inputs or a rerun replaced it; it stays on record, its files stay. */
  readonly superseded: boolean;
  /** ISO time, null for `found`. */
  readonly intentAt: string | null;
  readonly server: string | null;
  /** Offset of the backend's clock against ours at intent, milliseconds (positive: the backend is ahead). */
  readonly skewMs: number;
  /** First 50 characters of the prompt as sent, for the lookup of lost answers. */
  readonly promptPrefix: string;
  readonly taskId: string | null;
  readonly submittedAt: string | null;
  readonly adopted: boolean;
  /** Result address at the backend, path verbatim. */
  readonly resultUrl: string | null;
  /** Path relative to the base folder of `Assets`, forward slashes. */
  readonly file: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly mediaType: string | null;
  readonly url: string | null;
  readonly references: readonly ReferenceRecord[];
  readonly stills: readonly Still[];
  readonly error: GenerationError | null;
  /** Null in receipts of older versions, and where nothing was sent. */
  readonly seen: SeenBefore | null;
  /** What a person decided about a lost or undecided candidate (`nbflow decide`); such an entry is not counted against them again. */
  readonly decision: 'regenerate' | 'skip' | null;
  /** Temporal run id of the pass, and the attempt at this candidate counted from 1. */
  readonly pass: string;
  readonly attempt: number;
  readonly updatedAt: string;
}

export interface Receipt {
  readonly version: 1;
  /** File name without ending. */
  readonly key: string;
  readonly node: {
    readonly id: number;
    readonly tab: number;
    readonly account: string;
    readonly title: string;
    readonly kind: Kind;
    readonly scene: string | null;
  };
  readonly naming: Naming;
  /** Append only: the newest entry of a (row, candidate) that is not superseded is the one that counts. */
  readonly generations: readonly Generation[];
}

/** States in which the money is, or may be, spent and the result not yet safe with us. */
export const OPEN_STATES: ReadonlySet<GenerationState> = new Set(['intent', 'submitted', 'unknown']);
/** States in which bytes were on this machine. */
export const SAFE_STATES: ReadonlySet<GenerationState> = new Set(['generated', 'stored', 'cached']);

/** Whether nobody knows yet what became of its submit. */
export function isUnsettled(entry: Generation | undefined): boolean {
  return entry?.state === 'intent' || entry?.state === 'unknown';
}

/** Whether an entry's recorded file is still its own: a newer one may have taken the name. */
export function ownsFile(receipt: Receipt | undefined, entry: Generation): boolean {
  return entry.file !== null && receipt?.generations.findLast(({ file }) => file === entry.file) === entry;
}

/** Money that is possibly gone. A candidate that was given up is such a one too: only lost and undecided ones can be. */
export function isPossiblyLost({ state }: Generation): boolean {
  return state === 'lost' || state === 'skipped';
}

/** The entry that counts for one candidate: the newest that is not superseded. */
export function currentGeneration(
  receipt: Receipt | undefined,
  row: number,
  candidate: number,
): Generation | undefined {
  const entries = receipt?.generations ?? [];
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry && !entry.superseded && entry.row === row && entry.candidate === candidate) return entry;
  }
  return undefined;
}
