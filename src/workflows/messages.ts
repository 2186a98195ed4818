/** Types shared by the workflow, its activities, the CLI and tests. Values here are workflow-safe. */
import type { GenerationCounts } from '../flow/ledger';
import type { Wait } from '../flow/gates';
import type { OnLost } from '../flow/plan-types';
import type { PassPast } from '../flow/pass-past';
import type { NodeCounts, NodeOutcome, PassState } from '../flow/outcome';
import { countGenerations, countNodes } from '../flow/outcome';
import type { Kind } from '../flow/types';

export interface PassOptions {
  readonly servers: readonly string[];
  readonly concurrency: number;
  readonly mode: 'images' | 'full';
  readonly scenes: readonly string[];
  readonly accounts: readonly string[];
  readonly nodes: readonly number[];
  readonly rows: readonly number[];
  readonly noCache: boolean;
  readonly refreshStale: boolean;
  /** The most that the pass may spend, in price units; null: no bound. Absent in passes that an older command started. */
  readonly budget: number | null;
  readonly onLost: OnLost;
  /** How long the pass may wait at one gate, milliseconds. Absent in passes that an older command started: a day. */
  readonly maxWaitMs?: number;
  /** How often one candidate may be asked for when it fails; absent: as any run does. */
  readonly attempts?: number;
}

export interface PassInput {
  /** Absolute paths on the worker's machine. */
  readonly file: string;
  readonly root: string;
  readonly taskQueue: string;
  readonly options: PassOptions;
  /** False where the cluster does not know our search attributes. */
  readonly searchAttributes: boolean;
  /** Set when a long pass goes on in a new run with a fresh history. */
  readonly carried?: CarriedPass;
}

/** One generator node as the workflow sees it: ids, titles and counts, never prompts, URLs or bytes. */
export interface PassNode {
  readonly key: string;
  /** For summaries: `Scene 03 — image gen`, with the account in front when there are several. */
  readonly label: string;
  readonly title: string;
  readonly account: string;
  readonly scene: string | null;
  readonly kind: Kind;
  readonly dependsOn: readonly string[];
  readonly candidates: number;
  /** Generations that the plan says will be paid. */
  readonly generate: number;
  /** Receipts of this node and of those it depends on, by generator key. */
  readonly receiptKeys: Readonly<Record<string, string>>;
  /** Set when nothing is to be done: reused, skipped. */
  readonly settled: NodeOutcome | null;
}

export interface OpenedPass {
  /** Id of the pass: the first run's id, so that it stays the same over continue-as-new. */
  readonly pass: string;
  readonly code: string;
  readonly fileVersion: string;
  readonly nodes: readonly PassNode[];
  readonly price: number;
  readonly remarks: readonly string[];
  readonly backup: string | null;
}

export interface CarriedPass {
  readonly opened: OpenedPass;
  readonly outcomes: Readonly<Record<string, NodeOutcome>>;
  readonly startedAt: number;
  /** What people told the pass while it ran. Absent in passes that an older worker carried over. */
  readonly steered?: Steered;
  /** As `steered`. */
  readonly past?: PassPast;
}

/** How a running pass is steered. */
export interface Steered {
  /** G-Labs' addresses, in order of preference. */
  readonly servers: readonly string[];
  readonly concurrency: number;
  /** Epoch milliseconds of the workflow's clock, null while it is not paused. */
  readonly pausedSince: number | null;
}

export interface GenerateInput {
  readonly file: string;
  readonly root: string;
  readonly pass: string;
  readonly node: PassNode;
  readonly options: PassOptions;
  /** Pay for nothing more: bring home what is out, then end with `Pass.Stopped` if anything is missing. */
  readonly collectOnly?: boolean;
}

/** Heartbeat details of `generateNode`, shown live by the CLI and Temporal's UI. */
export interface NodeProgress {
  readonly key: string;
  readonly stage: 'preparing' | 'generating' | 'uploading' | 'saving';
  readonly done: number;
  readonly candidates: number;
  readonly paid: number;
  /** Added by who watches: why the attempt before this one failed. */
  readonly trouble?: string;
  /** Added by who watches: it waits where the pass waits. */
  readonly atGate?: true;
}

export interface ExportInput {
  readonly file: string;
  readonly root: string;
  readonly pass: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly backup: string | null;
  readonly nodes: readonly PassNode[];
  readonly outcomes: Readonly<Record<string, NodeOutcome>>;
  readonly onLost: OnLost;
  readonly cancelled: boolean;
  /** Absent in passes that an older worker's workflow brought to their end. */
  readonly past?: PassPast;
}

export interface ExportResult {
  readonly output: string | null;
  readonly errorsFile: string | null;
  readonly report: string | null;
  readonly complete: boolean;
  readonly remarks: readonly string[];
}

export interface OutcomeTotals {
  readonly nodes: NodeCounts;
  readonly generations: GenerationCounts;
}

export function totalsOf(outcomes: Readonly<Record<string, NodeOutcome>>): OutcomeTotals {
  const all = Object.values(outcomes);
  return { nodes: countNodes(all), generations: countGenerations(all) };
}

export interface PassResult extends ExportResult {
  readonly state: PassState;
  readonly code: string;
  readonly fileVersion: string;
  readonly totals: OutcomeTotals;
  readonly outcomes: Readonly<Record<string, NodeOutcome>>;
  /** What people call the nodes, by key. */
  readonly labels: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Copy-safe picture of a running pass. */
export interface PassProgress {
  readonly state: 'opening' | 'running' | 'waiting' | 'paused' | 'cancelling' | 'exporting' | 'ended';
  /** All that it waits for, in words; null while it is at work. */
  readonly waitingFor: string | null;
  /** ISO time since which the state holds. */
  readonly since: string;
  /** Closed gates and a pause. */
  readonly waits: readonly Wait[];
  /** G-Labs' addresses that it uses now. */
  readonly servers: readonly string[];
  readonly startedAt: string;
  readonly code: string | null;
  readonly fileVersion: string | null;
  readonly price: number;
  readonly nodes: readonly ProgressNode[];
  readonly totals: OutcomeTotals;
  readonly output: string | null;
}

export interface ProgressNode {
  readonly key: string;
  readonly label: string;
  readonly account: string;
  readonly scene: string | null;
  readonly kind: Kind;
  readonly candidates: number;
  readonly state: 'waiting' | 'running' | NodeOutcome['state'];
  readonly reason: string | null;
  /** Generations paid in this pass, as far as the workflow was told. */
  readonly paid: number;
}
