/** Our receipts against the backend's own list of tasks, as far as that list reaches. Pure, and decides nothing. */
import { weigh } from './bill-entry';
import type { ListedTask } from './protocol';
import { CLOCK_SLACK_MS, LISTING_SIZE } from './protocol';
import type { Generation, Receipt } from './receipt';
import { samePrefix } from './request';
import type { Kind } from './types';

export interface Backend {
  readonly server: string;
  readonly listing: readonly (ListedTask & { readonly status: string })[];
  /** Its clock minus ours, milliseconds. */
  readonly skewMs: number;
  /** Seconds since it started, null when it does not say. */
  readonly uptime: number | null;
  /** Epoch milliseconds of our clock. */
  readonly now: number;
}

/** A listed task that begins like one of ours and is in no receipt. */
export interface Stranger {
  readonly taskId: string;
  readonly type: string;
  /** ISO time of our clock. */
  readonly createdAt: string;
  readonly title: string;
  /** Our task that was sent at that very moment: one request may have become two tasks. */
  readonly beside: string | null;
}

export interface Reconciliation {
  readonly server: string;
  readonly listed: number;
  /** Of those, how many are in our receipts. */
  readonly ours: number;
  /** Ours, younger than what the list reaches back to, and not in it. */
  readonly missing: readonly string[];
  /** Under way by our receipts, finished there. */
  readonly ready: readonly string[];
  /** Lost by our receipts, listed there. */
  readonly foundAgain: readonly string[];
  /** Tasks that fit answers of ours which got lost: a run asks, and takes them over. */
  readonly lostAnswers: readonly string[];
  /** What is left of those that begin like ours: another client's, or paid for twice. */
  readonly strangers: readonly Stranger[];
}

interface Owned {
  readonly kind: Kind;
  readonly title: string;
  readonly entry: Generation;
}

/** `receipts`: all that may own a task of this backend, also of files that nobody asked about. */
export function reconcile(receipts: readonly Receipt[], backend: Backend): Reconciliation {
  const owned = receipts.flatMap(({ node, generations }) =>
    generations.map((entry): Owned => ({ kind: node.kind, title: node.title, entry })),
  );
  const listing = [...new Map(backend.listing.map((task) => [task.taskId, task])).values()];
  const status = new Map(listing.map((task) => [task.taskId, task.status.toLowerCase()]));
  const asListed = new Map(listing.map((task) => [task.taskId, task]));
  const mine = owned
    .flatMap(({ entry }) => (entry.taskId === null ? [] : [{ ...entry, taskId: entry.taskId }]))
    .filter((entry) => isThisOne(entry, asListed.get(entry.taskId), backend));
  const ids = new Set(mine.map(({ taskId }) => taskId));
  const alike = listing.filter((task) => !ids.has(task.taskId)).flatMap((task) => likeOurs(task, owned, backend));
  const { lostAnswers, strangers } = splitAlike(alike, owned);
  const having = (test: (entry: Generation & { taskId: string }) => boolean): readonly string[] =>
    [...new Set(mine.filter(test).map(({ taskId }) => taskId))].sort();
  return {
    server: backend.server,
    listed: listing.length,
    ours: listing.filter(({ taskId }) => ids.has(taskId)).length,
    missing: having((entry) => isMissing(entry, backend, status)),
    ready: having((entry) => entry.state === 'submitted' && status.get(entry.taskId) === 'completed'),
    foundAgain: having((entry) => entry.state === 'lost' && status.has(entry.taskId)),
    lostAnswers,
    strangers,
  };
}

/** Task ids that two entries claim: a contradiction in our own books. */
export function claimedTwice(receipts: readonly Receipt[]): readonly string[] {
  const claims = new Map<string, Generation[]>();
  for (const entry of receipts.flatMap(({ generations }) => generations)) {
    // What a newer version took over is one claim with the older one's.
    if (entry.taskId !== null && entry.origin !== 'carried')
      claims.set(entry.taskId, [...(claims.get(entry.taskId) ?? []), entry]);
  }
  const twice = [...claims].filter(([, all]) =>
    all.some((one, place) => all.slice(place + 1).some((other) => areOneTask(one, other))),
  );
  return twice.map(([taskId]) => taskId).sort();
}

/** Ids come again at another backend, and at one that began anew: then the two were asked for at different times. */
function areOneTask(one: Generation, other: Generation): boolean {
  const after = (a: Generation, b: Generation): boolean =>
    Date.parse(a.intentAt ?? '') > Date.parse(b.submittedAt ?? '');
  if (!after(one, other) && !after(other, one)) return true;
  return one.server === other.server && (one.adopted || other.adopted);
}

/** Whether a listed task of an entry's id is the entry's: at another address another backend may have given it out. */
function isThisOne(entry: Generation, listed: ListedTask | undefined, backend: Backend): boolean {
  if (listed === undefined || entry.server === backend.server) return true;
  return isSentAt(entry, listed.createdAt * 1000 - backend.skewMs);
}

/** Only of this very address: behind another one there may be another G-Labs. A lost one is known to be gone. */
function isMissing(
  { server, state, submittedAt, taskId }: Generation & { taskId: string },
  backend: Backend,
  status: ReadonlyMap<string, string>,
): boolean {
  if (server !== backend.server || state === 'lost' || submittedAt === null || status.has(taskId)) return false;
  const from = reachesBackTo(backend);
  return from !== null && Date.parse(submittedAt) > from + CLOCK_SLACK_MS;
}

/** Since when every task is listed, on our clock; null when that can't be said. */
function reachesBackTo({ listing, skewMs, uptime, now }: Backend): number | null {
  const whole = listing.length < LISTING_SIZE && uptime !== null ? now - uptime * 1000 : Infinity;
  const oldest = Math.min(whole, ...listing.map(({ createdAt }) => createdAt * 1000 - skewMs));
  return oldest === Infinity ? null : oldest;
}

interface Alike {
  readonly stranger: Stranger;
  readonly prompt: string;
}

function likeOurs({ taskId, type, prompt, createdAt }: ListedTask, owned: readonly Owned[], backend: Backend): Alike[] {
  const at = createdAt * 1000 - backend.skewMs;
  const same = owned.filter(({ kind, entry }) => isLike(type, prompt, kind, entry));
  const [first] = same;
  if (!first) return [];
  const beside = same.find(({ entry }) => entry.taskId !== null && isSentAt(entry, at));
  const stranger = {
    taskId,
    type,
    createdAt: new Date(at).toISOString(),
    title: (beside ?? first).title,
    beside: beside?.entry.taskId ?? null,
  };
  return [{ stranger, prompt }];
}

function isLike(type: string, prompt: string, kind: Kind, { origin, promptPrefix }: Generation): boolean {
  return type === kind && origin === 'generated' && samePrefix(prompt, promptPrefix);
}

function isSentAt({ intentAt, submittedAt }: Generation, at: number): boolean {
  const [from, to] = [Date.parse(intentAt ?? ''), Date.parse(submittedAt ?? '')];
  return at >= from - CLOCK_SLACK_MS && at <= to + CLOCK_SLACK_MS;
}

/** Each answer that got lost explains one task, the oldest that was made after it was asked for. */
function splitAlike(
  alike: readonly Alike[],
  owned: readonly Owned[],
): Pick<Reconciliation, 'lostAnswers' | 'strangers'> {
  const left = [...alike].sort((a, b) => (a.stranger.createdAt < b.stranger.createdAt ? -1 : 1));
  const lostAnswers: string[] = [];
  for (const { kind, entry } of owned) {
    const { class: fate, payment } = weigh(entry);
    if (payment !== 'perhaps' || fate === 'lost') continue;
    const earliest = Date.parse(entry.intentAt ?? '') - CLOCK_SLACK_MS;
    const place = left.findIndex(
      ({ stranger, prompt }) =>
        isLike(stranger.type, prompt, kind, entry) && Date.parse(stranger.createdAt) >= earliest,
    );
    if (place >= 0) lostAnswers.push(...left.splice(place, 1).map(({ stranger }) => stranger.taskId));
  }
  return { lostAnswers: lostAnswers.sort(), strangers: left.map(({ stranger }) => stranger) };
}
