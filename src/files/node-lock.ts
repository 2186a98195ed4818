/**
 * The lock of one generator node: decides which attempt of its activity may submit. Across processes it is a lock file
 * that also keeps the activity's task token, so that a starting worker can give a dead worker's attempts back at once.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { LockHandle, LockOwner } from './lock';
import { LEASE_MS, readLock, tryLock } from './lock';
import type { ProcessIdentity } from './process-identity';

const extraSchema = z.object({
  attempt: z.number().int(),
  taskToken: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  activityId: z.string(),
});

export interface NodeLockOwner {
  readonly identity: ProcessIdentity;
  /** Temporal's attempt number of the activity, from 1. */
  readonly attempt: number;
  /** Base64. */
  readonly taskToken: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
}

export interface NodeLock {
  readonly owner: NodeLockOwner;
  /** Aborted (perhaps from the start) when a newer attempt in this process wants the lock: stop, then release. */
  readonly superseded: AbortSignal;
  /** Whether it is ours as far as memory tells: not wanted by a newer attempt, and renewed lately. */
  isHeld(): boolean;
  /** Whether it is ours on disk; renews it. */
  verify(): Promise<boolean>;
  release(): Promise<void>;
}

export interface NodeLockOptions {
  /** How long a newer attempt waits for the older one of this process to stop. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

interface Holder {
  readonly owner: NodeLockOwner;
  readonly controller: AbortController;
  readonly done: Promise<void>;
  readonly finish: () => void;
}

/** Locks of this process, by path. The one module-level state: two attempts in one process share a pid. */
const holders = new Map<string, Holder>();

/** Longer than a submit may take (120 s of headers timeout), because a submit under way is not cut off. */
const SUPERSEDE_WAIT_MS = 150_000;
const RENEW_MS = LEASE_MS / 6;

/**
 * Takes a node's lock for one attempt. A newer attempt of the same activity in this process tells the older one to stop
 * and waits for its release; a dead owner is taken over; anybody else living is answered as `heldBy` (null when the lock
 * file is unreadable), and the caller decides when to try again.
 */
export async function acquireNodeLock(
  path: string,
  owner: NodeLockOwner,
  options: NodeLockOptions = {},
): Promise<NodeLock | { readonly heldBy: NodeLockOwner | null }> {
  const key = resolve(path);
  const until = performance.now() + (options.waitMs ?? SUPERSEDE_WAIT_MS);
  for (let older = holders.get(key); older; older = holders.get(key)) {
    if (!isNewer(owner, older.owner)) return { heldBy: older.owner };
    older.controller.abort(new Error(`attempt ${owner.attempt} of this activity took over`));
    if (!(await settledBefore(older.done, until, options.signal))) return { heldBy: older.owner };
  }
  // Registered before the first await, so that of two waiting attempts only one goes on.
  const holder = createHolder(owner);
  holders.set(key, holder);
  const leave = (): void => {
    holders.delete(key);
    holder.finish();
  };
  try {
    const result = await tryLock(path, { identity: owner.identity, extra: extraSchema.parse(owner) });
    if ('release' in result) return toNodeLock(result, holder, leave);
    leave();
    return { heldBy: result.heldBy && toNodeOwner(result.heldBy) };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Who holds the lock of a node, alive or dead; null when nobody does, or when the file is no lock of a node. */
export async function readNodeLock(path: string): Promise<NodeLockOwner | null> {
  const owner = await readLock(path);
  return owner && toNodeOwner(owner);
}

function createHolder(owner: NodeLockOwner): Holder {
  let finish = (): void => undefined;
  const done = new Promise<void>((resolveDone) => {
    finish = () => resolveDone();
  });
  return { owner, controller: new AbortController(), done, finish: () => finish() };
}

function toNodeLock(handle: LockHandle, holder: Holder, leave: () => void): NodeLock {
  const { signal } = holder.controller;
  let released: Promise<void> | null = null;
  // The clock on the wall, which goes on while a machine sleeps.
  let renewedAt = Date.now();
  const verify = async (): Promise<boolean> => {
    const ours = await handle.renew();
    if (ours) renewedAt = Date.now();
    return ours;
  };
  const timer = setInterval(() => void verify(), RENEW_MS);
  timer.unref();
  return {
    owner: holder.owner,
    superseded: signal,
    isHeld: () => !signal.aborted && released === null && Math.abs(Date.now() - renewedAt) < LEASE_MS / 2,
    verify: async () => !signal.aborted && (await verify()),
    release: () => {
      clearInterval(timer);
      return (released ??= handle.release().finally(leave));
    },
  };
}

/** Of the same activity, and a later attempt. Other activities never push this one aside. */
function isNewer(a: NodeLockOwner, b: NodeLockOwner): boolean {
  const same = a.workflowId === b.workflowId && a.runId === b.runId && a.activityId === b.activityId;
  return same && a.attempt > b.attempt;
}

function toNodeOwner(owner: LockOwner): NodeLockOwner | null {
  const extra = extraSchema.safeParse(owner.extra);
  return extra.success ? { identity: owner.identity, ...extra.data } : null;
}

async function settledBefore(done: Promise<void>, until: number, signal?: AbortSignal): Promise<boolean> {
  signal?.throwIfAborted();
  let stop = (): void => undefined;
  const gaveUp = new Promise<false>((resolveGiveUp, reject) => {
    const timer = setTimeout(() => resolveGiveUp(false), Math.max(0, until - performance.now()));
    const onAbort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([done.then(() => true), gaveUp]);
  } finally {
    stop();
  }
}
