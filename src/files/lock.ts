/**
 * Cross-process locks: a lock is a file that names its owner. It appears with its whole content at once, only its owner
 * removes it, and a lock is broken only when its owner is surely dead.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { FlowError } from '../flow/errors';
import { createExclusive } from './atomic';
import { errnoOf } from './disk-errors';
import type { ProcessIdentity } from './process-identity';
import { currentProcess, isSurelyDead } from './process-identity';

const ownerSchema = z.object({
  /** Unique per taking of the lock: tells two locks of one owner apart. */
  token: z.string().min(1),
  identity: z.object({
    pid: z.number(),
    host: z.string(),
    bootId: z.string().nullable(),
    startedAt: z.string().nullable(),
  }),
  takenAt: z.string(),
  extra: z.unknown().optional(),
});

export interface LockOwner {
  readonly token: string;
  readonly identity: ProcessIdentity;
  /** ISO time. */
  readonly takenAt: string;
  readonly extra?: unknown;
}

export interface LockHandle {
  readonly owner: LockOwner;
  /** Tells other machines that we live; false when the lock is no longer ours. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LockOptions {
  /** Written into the lock file for whoever reads it. */
  readonly extra?: unknown;
  readonly identity?: ProcessIdentity;
}

/** A half written lock (a power cut, or a file system without hard links) is believed to be in the making this long. */
const UNREADABLE_GRACE_MS = 10_000;
/** Others were quicker that many times in a row: the caller's own waiting takes over. */
const MOST_TRIES = 5;
const POLL_MS = { first: 4, most: 60 };
/**
 * Whether a process of another machine lives can't be asked. Its lock counts as left behind when this process has seen it
 * unchanged for so long; who holds a lock for longer than a moment renews it.
 */
export const LEASE_MS = 90_000;
/** What Windows says for a moment about a file that is being removed. */
const VANISHING = new Set(['EPERM', 'EBUSY', 'EACCES']);

/** Tries once. Answers the owner when somebody living holds the lock; null there means an unreadable lock file. */
export async function tryLock(
  path: string,
  options: LockOptions = {},
): Promise<LockHandle | { readonly heldBy: LockOwner | null }> {
  const owner: LockOwner = {
    token: randomUUID(),
    identity: options.identity ?? currentProcess(),
    takenAt: new Date().toISOString(),
    ...(options.extra === undefined ? {} : { extra: options.extra }),
  };
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const held = await inspect(path);
    if (held.state === 'living') return { heldBy: held.owner };
    if (held.state === 'dead' && !(await breakDead(path, held.token))) return { heldBy: held.owner };
    const { token } = owner;
    ownTokens.add(token);
    let taken = false;
    try {
      taken = await create(path, owner);
    } finally {
      if (!taken) ownTokens.delete(token);
    }
    if (taken) return { owner, renew: () => renew(path, token), release: () => release(path, token) };
  }
  return { heldBy: null };
}

/** Takes the lock, waiting up to `waitMs`. Throws FlowError `File.Busy` (exit 7) naming the holder. */
export async function acquireLock(
  path: string,
  options: LockOptions & { readonly waitMs: number },
): Promise<LockHandle> {
  const until = performance.now() + options.waitMs;
  for (let pause = POLL_MS.first; ; pause = Math.min(pause * 1.5, POLL_MS.most)) {
    const result = await tryLock(path, options);
    if ('release' in result) return result;
    const left = until - performance.now();
    if (left <= 0) throw busy(path, result.heldBy);
    await delay(Math.min(left, pause * (0.5 + Math.random())));
  }
}

/** Runs `fn` while holding the lock. Errors as acquireLock, and those of `fn`. */
export async function withLock<T>(
  path: string,
  fn: () => Promise<T>,
  options: LockOptions & { readonly waitMs: number },
): Promise<T> {
  const handle = await acquireLock(path, options);
  try {
    return await fn();
  } finally {
    await handle.release();
  }
}

/** Who holds the lock, alive or dead; null when nobody does or the file can't be read. */
export async function readLock(path: string): Promise<LockOwner | null> {
  const held = await inspect(path);
  return held.state === 'free' ? null : held.owner;
}

type Held =
  | { readonly state: 'free' }
  | { readonly state: 'living'; readonly owner: LockOwner | null }
  | { readonly state: 'dead'; readonly owner: LockOwner | null; readonly token: string };

async function inspect(path: string): Promise<Held> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { state: 'free' };
    if (VANISHING.has(errnoOf(error) ?? '')) return { state: 'living', owner: null };
    throw error;
  }
  const owner = parseOwner(text);
  if (owner) {
    if (isLiving(owner) && !(await isLeftBehind(path, owner))) return { state: 'living', owner };
    return { state: 'dead', owner, token: owner.token };
  }
  const info = await stat(path).catch(() => null);
  if (!info) return { state: 'free' };
  if (Math.abs(Date.now() - info.mtimeMs) < UNREADABLE_GRACE_MS) return { state: 'living', owner: null };
  return { state: 'dead', owner: null, token: unreadableToken(text, info.mtimeMs) };
}

/**
 * Locks that this process has, or is about to take: one with our identity and another token is left over from a release
 * that could not read it, and would be ours for as long as we live.
 */
const ownTokens = new Set<string>();

function isLiving({ identity, token }: LockOwner): boolean {
  const isOurs = JSON.stringify(identity) === JSON.stringify(currentProcess());
  return isOurs ? ownTokens.has(token) : !isSurelyDead(identity);
}

/** Locks of other machines, and since when this process has seen them unchanged: its own clock is all that is needed. */
const observed = new Map<string, { readonly state: string; readonly since: number }>();

async function isLeftBehind(path: string, { identity, token }: LockOwner): Promise<boolean> {
  if (identity.host === currentProcess().host) return false;
  const info = await stat(path).catch(() => null);
  const state = `${token} ${info?.mtimeMs}`;
  const known = observed.get(path);
  if (known?.state === state) return performance.now() - known.since > LEASE_MS;
  observed.set(path, { state, since: performance.now() });
  return false;
}

async function renew(path: string, token: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (parseOwner(text)?.token !== token) return false;
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/**
 * Removes the lock of a dead owner. Only who holds the guard named after that very lock may do so, and looks again under
 * the guard; so a slow taker can never remove the fresh lock of a quick one. A guard is a lock as well: when its holder
 * dies, it is broken in the same way. False when somebody else is at it.
 */
async function breakDead(path: string, token: string): Promise<boolean> {
  const short = createHash('sha256').update(token).digest('hex').slice(0, 12);
  const guard = await tryLock(`${path}.${short}`);
  if (!('release' in guard)) return false;
  try {
    const held = await inspect(path);
    if (held.state === 'dead' && held.token === token) await rm(path, { force: true });
    return true;
  } finally {
    await guard.release();
  }
}

async function create(path: string, owner: LockOwner): Promise<boolean> {
  try {
    return await createExclusive(path, JSON.stringify(owner), false);
  } catch (error) {
    const cause = error instanceof FlowError ? error.cause : error;
    if (process.platform === 'win32' && VANISHING.has(errnoOf(cause) ?? '')) return false;
    throw error;
  }
}

async function release(path: string, token: string): Promise<void> {
  try {
    const text = await readFile(path, 'utf8').catch(() => '');
    // Somebody may have removed our lock by hand and taken it: theirs is not ours to remove.
    if (parseOwner(text)?.token === token) await rm(path, { force: true, maxRetries: 5, retryDelay: 20 });
  } finally {
    // Not before: whoever takes a lock that counts as left over must not have it removed again.
    ownTokens.delete(token);
  }
}

function parseOwner(text: string): LockOwner | null {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function unreadableToken(text: string, mtimeMs: number): string {
  return `unreadable ${mtimeMs} ${text}`;
}

function busy(path: string, owner: LockOwner | null): FlowError {
  const who = owner
    ? `process ${owner.identity.pid} on ${owner.identity.host} since ${owner.takenAt}`
    : 'another process';
  return new FlowError('File.Busy', `The lock ${path} is held by ${who}.`, 7, [
    'Wait until it is done, then try again.',
  ]);
}
