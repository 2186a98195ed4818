/** Changes of a receipt, as pure functions: every step of a generation is one of these, written down at once. */
import { waitsAtGate } from './failure-classes';
import { taskFailure } from './failure-evidence';
import type { Generation, Receipt, ReferenceRecord, SeenBefore, Still } from './receipt';
import { currentGeneration, isPossiblyLost, SAFE_STATES } from './receipt';
import type { Generator } from './types';

export interface CandidateId {
  readonly row: number;
  readonly candidate: number;
}

export interface IntentFacts {
  readonly fingerprint: string;
  readonly promptPrefix: string;
  readonly server: string;
  readonly skewMs: number;
  readonly seen: SeenBefore;
  readonly references: readonly ReferenceRecord[];
  readonly stills: readonly Still[];
  readonly pass: string;
  /** ISO time. */
  readonly at: string;
}

export function emptyReceipt(key: string, generator: Generator): Receipt {
  const { id, tab, account, title, kind, scene } = generator;
  return { version: 1, key, node: { id, tab, account, title, kind, scene }, naming: generator.naming, generations: [] };
}

const BLANK = {
  superseded: false,
  taskId: null,
  submittedAt: null,
  adopted: false,
  resultUrl: null,
  file: null,
  sha256: null,
  bytes: null,
  mediaType: null,
  url: null,
  error: null,
  seen: null,
  decision: null,
} as const;

/** Writes down that we are about to ask for these candidates. Whatever they had before is superseded, never deleted. */
export function recordIntents(receipt: Receipt, ids: readonly CandidateId[], facts: IntentFacts): Receipt {
  const taken = supersede(receipt, ids, facts.at);
  const added = ids.map(({ row, candidate }): Generation => {
    const previous = receipt.generations.filter((entry) => entry.row === row && entry.candidate === candidate);
    return {
      ...BLANK,
      row,
      candidate,
      fingerprint: facts.fingerprint,
      state: 'intent',
      origin: 'generated',
      intentAt: facts.at,
      server: facts.server,
      skewMs: facts.skewMs,
      seen: facts.seen,
      promptPrefix: facts.promptPrefix,
      references: facts.references,
      stills: facts.stills,
      pass: facts.pass,
      attempt: previous.length + 1,
      updatedAt: facts.at,
    };
  });
  return { ...taken, generations: [...taken.generations, ...added] };
}

/** A cached URL that no receipt knows is ours from now on: today's inputs become its fingerprint (D11). */
export function recordFound(
  receipt: Receipt,
  found: CandidateId & { url: string; fingerprint: string; pass: string; at: string; dead?: boolean },
): Receipt {
  const entry: Generation = {
    ...BLANK,
    row: found.row,
    candidate: found.candidate,
    fingerprint: found.fingerprint,
    state: 'cached',
    origin: 'found',
    superseded: found.dead ?? false,
    intentAt: null,
    server: null,
    skewMs: 0,
    promptPrefix: '',
    url: found.url,
    references: [],
    stills: [],
    error: found.dead ? { type: 'Cache.Dead', code: null, message: 'its link does not answer any more' } : null,
    pass: found.pass,
    attempt: 1,
    updatedAt: found.at,
  };
  return { ...receipt, generations: [...receipt.generations, entry] };
}

export type Change = Partial<Omit<Generation, 'row' | 'candidate' | 'fingerprint'>>;

/** Changes the entry that counts for a candidate. Throws when there is none: a step without an intent is a bug. */
export function changeCurrent(receipt: Receipt, id: CandidateId, change: Change, at: string): Receipt {
  const current = currentGeneration(receipt, id.row, id.candidate);
  if (!current) throw new Error(`receipt ${receipt.key} has no entry for row ${id.row}, candidate ${id.candidate}`);
  return changeOne(receipt, current, change, at);
}

function changeOne(receipt: Receipt, one: Generation, change: Change, at: string): Receipt {
  const generations = receipt.generations.map((entry) =>
    entry === one ? { ...entry, ...change, updatedAt: at } : entry,
  );
  return { ...receipt, generations };
}

/**
 * Writes down how the request of one intent ended, into that very entry: when an answer comes late, another may count by
 * then. One whose fate is known already (looked up, given up) learns nothing from it but its task.
 */
export function recordAnswer(receipt: Receipt, intent: Generation, answer: Change, at: string): Receipt {
  const own = receipt.generations.find((entry) => isSameRequest(entry, intent));
  if (!own) throw new Error(`receipt ${receipt.key} has no such intent: ${intent.row}/${intent.candidate}`);
  const told = own.state !== 'intent' && (own.taskId !== null || answer.taskId === undefined);
  return told ? receipt : changeOne(receipt, own, answer, at);
}

/** Of one candidate each request has its own attempt number. */
function isSameRequest(a: Generation, b: Generation): boolean {
  return a.row === b.row && a.candidate === b.candidate && a.origin === b.origin && a.attempt === b.attempt;
}

/**
 * Changes the entry that counts for a candidate and takes its link away, which stays on record as dead: the file may list it
 * still, and a link that no receipt knows would be taken for a result made elsewhere.
 */
export function dropLink(receipt: Receipt, id: CandidateId, change: Change, at: string): Receipt {
  const before = currentGeneration(receipt, id.row, id.candidate);
  const changed = changeCurrent(receipt, id, { ...change, url: null }, at);
  const { url = null, pass = '' } = before ?? {};
  if (url === null || changed.generations.some((entry) => entry.url === url)) return changed;
  return recordFound(changed, { ...id, url, fingerprint: 'none', pass, at, dead: true });
}

/** Changes the entry of one task, whether it still counts or not. */
export function changeTask(receipt: Receipt, taskId: string, change: Change, at: string): Receipt {
  return {
    ...receipt,
    generations: receipt.generations.map((entry) =>
      entry.taskId === taskId ? { ...entry, ...change, updatedAt: at } : entry,
    ),
  };
}

/** Marks the counting entries of these candidates as replaced. An open one (paid perhaps) is never passed over in silence. */
export function supersede(receipt: Receipt, ids: readonly CandidateId[], at: string): Receipt {
  const replaced = new Set(ids.map(({ row, candidate }) => currentGeneration(receipt, row, candidate)));
  return {
    ...receipt,
    generations: receipt.generations.map((entry) =>
      replaced.has(entry) ? { ...entry, superseded: true, updatedAt: at } : entry,
    ),
  };
}

export interface GenerationCounts {
  readonly paid: number;
  readonly adopted: number;
  readonly lost: number;
  readonly reused: number;
}

/** What one node cost in one pass, read off its receipt, so that it is right after any number of crashes. */
export function countPass(receipt: Receipt | undefined, pass: string): GenerationCounts {
  const entries = receipt?.generations ?? [];
  const ours = entries.filter((entry) => entry.pass === pass && entry.origin === 'generated' && entry.taskId !== null);
  const current = entries.filter((entry) => !entry.superseded && SAFE_STATES.has(entry.state));
  return {
    paid: ours.length,
    adopted: ours.filter((entry) => entry.adopted).length,
    lost: entries.filter((entry) => entry.pass === pass && isPossiblyLost(entry)).length,
    reused: current.filter((entry) => entry.pass !== pass || entry.origin !== 'generated').length,
  };
}

/**
 * The most that one candidate may cost in one pass, whatever the reasons: no honest chain of failures and losses gets
 * there, and inputs that change with every look must not be paid for without end.
 */
const MOST_PAID = 8;

/**
 * Whether a candidate that failed in this pass is tried again in it. Failures of earlier passes do not count, nor do
 * those at which the pass waits until a person or the next day changed something. `attempts`: as often as a person asked
 * for, where another try may help at all; null: as the table of failures has it.
 */
export function mayTryAgain(
  receipt: Receipt | undefined,
  id: CandidateId,
  pass: string,
  attempts: number | null = null,
): boolean {
  const ours = (receipt?.generations ?? []).filter(
    ({ row, candidate, pass: by, error }) =>
      row === id.row && candidate === id.candidate && by === pass && !waitsAtGate(error?.type ?? ''),
  );
  if (ours.filter(({ taskId }) => taskId !== null).length >= Math.max(MOST_PAID, attempts ?? 0)) return false;
  const failed = ours.filter(({ state }) => state === 'failed');
  const { code = null, message = '' } = failed.at(-1)?.error ?? {};
  const { tries } = taskFailure(code, message);
  return failed.length < (tries === 1 ? 1 : (attempts ?? tries));
}

/** Whether anything of a node is under way: sent and not answered, at the backend, or here but not in the object store. */
export function hasUnfinished(receipt: Receipt | null): boolean {
  return (receipt?.generations ?? []).some(({ superseded, state }) => !superseded && UNFINISHED.has(state));
}

const UNFINISHED: ReadonlySet<Generation['state']> = new Set(['intent', 'unknown', 'submitted', 'generated', 'stored']);
