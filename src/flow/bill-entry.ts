/** What one entry of a receipt counts as on the bill, decided here once, and the counts of one node. */
import { isUndecided, lossesSinceDecision, MAX_REGENERATIONS_OF_LOST } from './decide';
import type { Generation, Receipt } from './receipt';
import { isPossiblyLost, OPEN_STATES, SAFE_STATES } from './receipt';

/**
 * `kept`: the result is with us and counts. `replaced`: it is with us, a newer one took its place. `free`: nothing was
 * asked of G-Labs, or surely nothing arrived there.
 */
export type EntryClass = 'kept' | 'replaced' | 'failed' | 'lost' | 'in-flight' | 'undecided' | 'free';

/** `paid`: G-Labs told its task. `perhaps`: it was sent, or about to be, and no task is known. */
export type Payment = 'paid' | 'perhaps' | 'none';

export interface Weight {
  readonly class: EntryClass;
  readonly payment: Payment;
}

/** What one entry of a receipt counts as. */
export function weigh(entry: Generation): Weight {
  const payment = paymentOf(entry);
  return { class: payment === 'none' ? 'free' : classOf(entry), payment };
}

function paymentOf(entry: Generation): Payment {
  if (entry.origin !== 'generated') return 'none';
  if (entry.taskId !== null) return 'paid';
  return OPEN_STATES.has(entry.state) || isPossiblyLost(entry) ? 'perhaps' : 'none';
}

function classOf(entry: Generation): EntryClass {
  const { state, superseded } = entry;
  if (SAFE_STATES.has(state)) return superseded ? 'replaced' : 'kept';
  if (isPossiblyLost(entry)) return 'lost';
  if (state === 'failed' || state === 'withdrawn') return 'failed';
  return isUndecided(entry) ? 'undecided' : 'in-flight';
}

/**
 * Counts of generations. `paid` and `perhaps` together are `kept`, `replaced`, `failed`, `lost`, `inFlight` and `undecided`
 * together: every entry that is not free is in one of the two, and in one of the six.
 */
export interface Amounts {
  /** Has a task at G-Labs, whatever became of it. */
  readonly paid: number;
  /** Of `paid`: the answer was lost, the task was found. */
  readonly adopted: number;
  readonly kept: number;
  readonly replaced: number;
  /** Of `replaced`: the newer one was made from the same inputs. */
  readonly madeAfresh: number;
  readonly failed: number;
  readonly lost: number;
  /** Of `lost`: asked for again since. */
  readonly lostMadeAgain: number;
  /** Of `lost`: G-Labs surely started again after it was asked. */
  readonly lostByRestart: number;
  readonly inFlight: number;
  /** Of `lost`: a person decided to do without. */
  readonly givenUp: number;
  /** Of `lost`: too often to be asked for again without a person's word. */
  readonly lostTooOften: number;
  /** Waits for a person: more tasks at G-Labs fit than were sent. */
  readonly undecided: number;
  /** Sent or about to be, and no task is known. */
  readonly perhaps: number;
  /** Results made twice in one pass from the same inputs. */
  readonly paidTwice: number;
  /** Results that count and that the newest pass did not pay for. */
  readonly reused: number;
}

export const NOTHING: Amounts = {
  paid: 0,
  adopted: 0,
  kept: 0,
  replaced: 0,
  madeAfresh: 0,
  failed: 0,
  lost: 0,
  lostMadeAgain: 0,
  lostByRestart: 0,
  givenUp: 0,
  lostTooOften: 0,
  inFlight: 0,
  undecided: 0,
  perhaps: 0,
  paidTwice: 0,
  reused: 0,
};

const FIELDS = Object.keys(NOTHING) as readonly (keyof Amounts)[];

export function addAmounts(all: readonly Amounts[]): Amounts {
  const sum: Record<keyof Amounts, number> = { ...NOTHING };
  for (const one of all) for (const field of FIELDS) sum[field] += one[field];
  return sum;
}

/** One node's amounts. `newestPass` decides what counts as reused; null: nothing does. */
export function amountsOf(receipt: Receipt, newestPass: string | null): Amounts {
  const entries = receipt.generations;
  const sum: Record<keyof Amounts, number> = { ...NOTHING, paidTwice: paidTwice(entries) };
  entries.forEach((entry, place) => {
    const { class: kind, payment } = weigh(entry);
    if (payment === 'paid') sum.paid += 1;
    if (payment === 'perhaps') sum.perhaps += 1;
    if (payment === 'paid' && entry.adopted) sum.adopted += 1;
    if (kind !== 'free') sum[FIELD_OF[kind]] += 1;
    if (kind === 'replaced' && successor(entries, place, entry.fingerprint)) sum.madeAfresh += 1;
    if (kind === 'lost') {
      if (successor(entries, place)) sum.lostMadeAgain += 1;
      if (restartedAfter(entry, entries.slice(place + 1))) sum.lostByRestart += 1;
      if (entry.state === 'skipped') sum.givenUp += 1;
      if (isLostTooOften(entry, entries)) sum.lostTooOften += 1;
    }
    if (isReused(entry, newestPass)) sum.reused += 1;
  });
  return sum;
}

const FIELD_OF = {
  kept: 'kept',
  replaced: 'replaced',
  failed: 'failed',
  lost: 'lost',
  'in-flight': 'inFlight',
  undecided: 'undecided',
} as const satisfies Record<Exclude<EntryClass, 'free'>, keyof Amounts>;

/** A later entry of the same candidate that was, or may have been, paid for. */
function successor(entries: readonly Generation[], place: number, fingerprint?: string): Generation | undefined {
  const entry = entries[place];
  return entries
    .slice(place + 1)
    .find(
      (later) =>
        later.row === entry?.row &&
        later.candidate === entry.candidate &&
        (fingerprint === undefined || later.fingerprint === fingerprint) &&
        weigh(later).payment !== 'none',
    );
}

/** A later request met the same server up for a shorter time. Says nothing of a server that had only just started. */
function restartedAfter(lost: Generation, later: readonly Generation[]): boolean {
  const before = lost.seen?.uptime ?? null;
  return later.some(
    ({ server, seen }) => before !== null && server === lost.server && seen?.uptime != null && seen.uptime < before,
  );
}

/** A decision to make it again starts the count anew, as in the plan. */
function isLostTooOften(entry: Generation, entries: readonly Generation[]): boolean {
  if (entry.superseded || entry.state !== 'lost' || entry.decision !== null) return false;
  const same = entries.filter(
    ({ row, candidate, fingerprint }) =>
      row === entry.row && candidate === entry.candidate && fingerprint === entry.fingerprint,
  );
  return lossesSinceDecision(same) > MAX_REGENERATIONS_OF_LOST;
}

function isReused({ superseded, state, pass, origin }: Generation, newestPass: string | null): boolean {
  return (
    newestPass !== null && !superseded && SAFE_STATES.has(state) && (pass !== newestPass || origin !== 'generated')
  );
}

/** In one pass one result of the same inputs is enough; failed and lost ones are none. */
function paidTwice(entries: readonly Generation[]): number {
  const groups = new Map<string, number>();
  for (const entry of entries) {
    const { class: kind, payment } = weigh(entry);
    if (payment !== 'paid' || !(kind === 'kept' || kind === 'replaced' || kind === 'in-flight')) continue;
    const key = `${entry.pass} ${askedFor(entry)}`;
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  return [...groups.values()].reduce((sum, times) => sum + times - 1, 0);
}

/** What an entry was asked for: equal for two entries of one candidate made from the same inputs. */
export function askedFor({ row, candidate, fingerprint, stills }: Generation): string {
  return JSON.stringify([row, candidate, fingerprint, stills.map(({ slot, sha256, url }) => [slot, sha256 ?? url])]);
}

/** The pass that wrote the newest entry; null when there is none. */
export function newestPassOf(receipts: readonly Receipt[]): string | null {
  let newest: Generation | null = null;
  const at = (entry: Generation): string => entry.intentAt ?? entry.updatedAt;
  for (const { generations } of receipts) {
    for (const entry of generations) if (newest === null || at(entry) > at(newest)) newest = entry;
  }
  return newest?.pass ?? null;
}
