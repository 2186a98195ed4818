/** What errors.json says of a node that failed, and which older entries still hold. Pure. */
import { failureAdvice, failureText } from './advice';
import { failureClass, isFailureType } from './failure-classes';
import type { NodeOutcome } from './outcome';
import type { Generation, Receipt } from './receipt';
import { currentGeneration, SAFE_STATES } from './receipt';
import type { Generator, Kind } from './types';

/** One candidate of a failed node that has no result. */
export interface FailedCandidate {
  readonly row: number;
  readonly candidate: number;
  /** State of its newest receipt entry. */
  readonly state: string;
  readonly type: string | null;
  /** The backend's own error code. */
  readonly code: number | null;
  readonly message: string | null;
  /** Still the one that the next run asks for, while the state is `submitted`. */
  readonly taskId: string | null;
  /** How often it was asked for with the same inputs. */
  readonly attempts: number;
}

export interface ErrorEntry {
  /** The file's path below the project root, without its ending. */
  readonly workflow: string;
  readonly tab: number;
  readonly account: string;
  readonly scene: string | null;
  readonly node: number;
  readonly title: string;
  /** Rows that lack a candidate; empty when the failure came before any was asked for. */
  readonly rows: readonly number[];
  readonly type: string;
  /** The word of the operators' manual. */
  readonly kind: string;
  readonly attempts: number;
  /** The backend's or the system's own words. */
  readonly message: string;
  /** A sentence for a person. */
  readonly words: string;
  /** Generations of this node in the pass: paid for, and of those possibly lost. */
  readonly paid: number;
  readonly lost: number;
  /** Price of `paid`. */
  readonly price: number;
  /** ISO times. */
  readonly first: string;
  readonly last: string;
  /** What to type, or to do. */
  readonly next: readonly string[];
  readonly candidates: readonly FailedCandidate[];
}

export interface FailedNode {
  readonly workflow: string;
  /** As it can be typed. */
  readonly file: string;
  readonly node: {
    readonly key: string;
    readonly account: string;
    readonly scene: string | null;
    readonly title: string;
    readonly kind: Kind;
  };
  readonly outcome: NodeOutcome;
  readonly receipt: Receipt | undefined;
  /** As it is in the file now: candidates that nobody wants any more are nobody's trouble. */
  readonly generator: Pick<Generator, 'rows' | 'outputCount'> | undefined;
  readonly prices: Readonly<Record<Kind, number>>;
  /** Of the pass, epoch milliseconds: where the receipt tells no times. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** When it failed first, by an earlier entry. */
  readonly since: string | null;
}

/** The entry of a node that failed or needs a decision; null for every other outcome. */
export function errorEntry(failed: FailedNode): ErrorEntry | null {
  const { node, outcome, receipt } = failed;
  if (outcome.state !== 'failed' && outcome.state !== 'undecided') return null;
  const type = outcome.errorType ?? (outcome.state === 'undecided' ? 'Generation.Undecided' : 'Internal');
  const entries = receipt ? openCandidates(receipt, failed.generator) : [];
  const candidates = entries.map((entry) => describe(receipt as Receipt, entry));
  // An older failure of a candidate says nothing about why the node ended now.
  const told = candidates.find((one) => one.type === type && one.message !== null)?.message;
  const message = told ?? outcome.reason ?? 'no reason given';
  const [tab, id] = node.key.split(':').map(Number) as [number, number];
  const times = entries.flatMap(({ intentAt, updatedAt }) => [intentAt ?? updatedAt, updatedAt]).sort();
  return {
    workflow: failed.workflow,
    tab,
    account: node.account,
    scene: node.scene,
    node: id,
    title: node.title,
    rows: [...new Set(candidates.map(({ row }) => row))],
    type,
    kind: isFailureType(type) ? failureClass(type).wikiType : 'api_error',
    attempts: Math.max(0, ...candidates.map(({ attempts }) => attempts)),
    message,
    words: failureText(type, message),
    paid: outcome.paid,
    lost: outcome.lost,
    price: outcome.paid * failed.prices[node.kind],
    first: failed.since ?? times[0] ?? iso(failed.startedAt),
    last: times.at(-1) ?? iso(failed.finishedAt),
    next: failureAdvice(type, { file: failed.file }),
    candidates,
  };
}

type Has = Pick<ReadonlyMap<string, unknown>, 'has'>;

/** Whether an older entry of this workflow still holds: a node that was not run, or that did not end well, is not mended. */
export function stillHolds(key: string, outcome: NodeOutcome | undefined, present: Has): boolean {
  if (!present.has(key)) return false;
  if (!outcome) return true;
  return outcome.state === 'cancelled' || (outcome.state === 'skipped' && !outcome.harmless);
}

function openCandidates(receipt: Receipt, generator: FailedNode['generator']): readonly Generation[] {
  const places = new Map(receipt.generations.map(({ row, candidate }) => [`${row}:${candidate}`, { row, candidate }]));
  return [...places.values()]
    .filter(
      ({ row, candidate }) => generator?.rows.some((one) => one.row === row) && candidate <= generator.outputCount,
    )
    .sort((a, b) => a.row - b.row || a.candidate - b.candidate)
    .flatMap(({ row, candidate }) => {
      const entry = currentGeneration(receipt, row, candidate);
      return entry && !SAFE_STATES.has(entry.state) ? [entry] : [];
    });
}

function describe(receipt: Receipt, entry: Generation): FailedCandidate {
  const { row, candidate, state, error, taskId, fingerprint } = entry;
  const tries = receipt.generations.filter(
    (one) => one.row === row && one.candidate === candidate && one.fingerprint === fingerprint,
  );
  return {
    row,
    candidate,
    state,
    type: error?.type ?? null,
    code: error?.code ?? null,
    message: error?.message ?? null,
    taskId,
    attempts: tries.length,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
