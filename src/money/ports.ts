/**
 * What the money protocol works with. Its steps (this folder) are plain procedures over these ports, so that a worker
 * runs them against real servers and files, and a simulation runs the very same code against a model of both.
 */
import type { CandidateId } from '../flow/ledger';
import type { PlannedNode } from '../flow/plan-types';
import type { ListedTask, OwnedTask, SubmitEnd } from '../flow/protocol';
import type { Generation, Receipt, ReferenceRecord, Still } from '../flow/receipt';
import type { Generator, GeneratorRow, Kind } from '../flow/types';

/** One attempt at one generator node. */
export interface NodeWork {
  readonly generator: Generator;
  readonly receiptKey: string;
  readonly pass: string;
  /** How often one candidate may be asked for when G-Labs refuses or fails it; absent: as the table of failures has it. */
  readonly attempts?: number;
  /** Aborted when the attempt must stop: cancelled, worker stopping, or a newer attempt wants the node. */
  readonly signal: AbortSignal;
  readonly meter: Meter;
  readonly ports: Ports;
}

export interface Meter {
  /** Generations of this node paid in this pass so far. */
  paid: number;
  set(row: number, candidate: number, stage: 'open' | 'generated' | 'stored'): void;
}

/** Named moments between two steps, where a chaos run may kill the process. */
export type Step =
  | 'before-intent'
  | 'intent-synced'
  | 'answered'
  | 'id-synced'
  | 'looked-up'
  | 'downloaded'
  | 'kept'
  | 'uploaded'
  | 'patching'
  | 'patched';

export interface Ports {
  readonly clock: Clock;
  readonly receipts: ReceiptPort;
  readonly backend: BackendPort;
  readonly results: ResultPort;
  readonly words: WordsPort;
  readonly fence: FencePort;
  /**
   * The plan of this node from what its receipt says now. Replaced entries that it uses (`revives`) count again in the
   * receipt by then, unless the entry that counts has no known fate yet.
   */
  plan(): Promise<{ readonly plan: PlannedNode; readonly receipt: Receipt }>;
  /** Everything a row is made from. Throws FlowError `Reference.Unavailable`. */
  prepare(row: GeneratorRow): Promise<RowWork>;
  /** Runs `write`, which writes `count` intents, if the budget allows; throws `Budget.Exceeded` if not. */
  spend(count: number, write: () => Promise<void>): Promise<void>;
  reached(step: Step): void;
}

export interface RowWork {
  readonly row: GeneratorRow;
  readonly fingerprint: string;
  readonly references: readonly ReferenceRecord[];
  readonly stills: readonly Still[];
  /** The request's JSON, encoded once for all candidates. */
  readonly body: Buffer;
}

export interface Clock {
  /** Epoch milliseconds, by a clock that somebody may set: for what is written down. */
  now(): number;
  /** Milliseconds since some moment, whatever the clock on the wall is set to: for bounds of waiting. */
  monotonic(): number;
  /** Rejects with the signal's reason when aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ReceiptPort {
  read(key: string): Promise<Receipt | null>;
  /** Resolves when the change is on disk, synced. */
  update(key: string, change: (before: Receipt | null) => Receipt): Promise<Receipt>;
}

export type TaskState =
  | { readonly state: 'pending' }
  | { readonly state: 'running' }
  | { readonly state: 'completed'; readonly results: readonly string[] }
  | { readonly state: 'failed'; readonly code: number | null; readonly error: string; readonly detail: string }
  | { readonly state: 'gone' };

/** One G-Labs. Calls other than `submit` throw BackendError when they do not get their answer. */
export interface BackendPort {
  readonly server: string;
  /** Its clock minus ours when the attempt began, milliseconds. */
  readonly skewMs: number;
  /** Seconds it had been up when the attempt began, null when it does not say. */
  readonly uptime: number | null;
  /** Sends once, or not at all when `mayLeave` says no at the last moment. Never throws, never cut off by us. */
  submit(kind: Kind, body: Buffer, mayLeave: () => boolean): Promise<SubmitEnd>;
  tasks(signal: AbortSignal): Promise<readonly ListedTask[]>;
  health(signal: AbortSignal): Promise<{ readonly uptime: number | null; readonly skewMs: number }>;
  status(taskId: string, signal: AbortSignal): Promise<TaskState>;
  /** The same questions at another address, which may or may not be the same G-Labs. */
  at(server: string): Asked;
}

/** A G-Labs that is only asked. */
export type Asked = Pick<BackendPort, 'server' | 'tasks' | 'health' | 'status'>;

/** Bytes that are with us, decoded and hashed. */
export interface Fetched {
  /** Relative to the base folder of `Assets`. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
}

/** `unreachable`: the store can't be asked now, which says nothing about its copy. `gone`: it has none, or other bytes. */
export type Restored = Fetched | 'gone' | 'unreachable';

/** Where results go: the project folder and the object store. */
export interface ResultPort {
  /** Whether the recorded file is on disk with the recorded size. */
  isHere(entry: Generation): Promise<boolean>;
  /**
   * From the backend to its final name, by way of a checked part file. Throws BackendError, or FlowError `Media.Damaged` when the
   * bytes are no picture or film.
   */
  fetch(id: CandidateId, url: string, signal: AbortSignal): Promise<Fetched>;
  /** A file of this entry that is under its final name, while no receipt says so: an attempt died right in between. */
  found(id: CandidateId, entry: Generation): Promise<Fetched | null>;
  /** The object store's copy back to its recorded name: by its link, or by the name that it would have there. */
  restore(entry: Generation, signal: AbortSignal): Promise<Restored>;
  /** To the object store; answers the public link. */
  store(id: CandidateId, entry: Generation, signal: AbortSignal): Promise<string>;
  /** A result that newer inputs replaced, kept beside the others. */
  keepAside(entry: Generation, taskId: string, url: string, signal: AbortSignal): Promise<Fetched>;
}

/** A node's receipt on this machine: of this file or of another one. */
export interface Place {
  readonly dir: string;
  readonly key: string;
}

/**
 * "Words" are a kind and the beginning of a prompt, as far as the backend's list shows it: what two lost answers could be
 * mixed up by. At most one submit per words may be without an answer, over all passes of this machine.
 */
export interface WordsPort {
  /** Runs `work` alone for these words, on this machine. Throws FlowError `Node.Held` when others stay too long. */
  alone<T>(words: string, work: () => Promise<T>): Promise<T>;
  /** Notes, durably, that this node may have unanswered submits with these words. */
  note(words: string): Promise<void>;
  /** Other nodes, of any file, that have ever noted these words. */
  others(words: string): Promise<readonly Place[]>;
  receiptsAt(place: Place): ReceiptPort;
  /** How a person calls the file that a place belongs to; null for the own one. */
  fileOf(place: Place): string | null;
  /** The lock of another node, null while somebody living has it. */
  lock(place: Place): Promise<{ release(): Promise<void> } | null>;
  /** Tasks that any receipt which may know these words owns. */
  owned(words: string): Promise<readonly OwnedTask[]>;
}

/** Whether this attempt still is the one that may act for its node. */
export interface FencePort {
  /** Throws FlowError `Worker.Stopping` when the node's lock is no longer ours. */
  check(): Promise<void>;
  /** The same at once, from what is known in memory. */
  isHeld(): boolean;
}
