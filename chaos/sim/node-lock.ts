/** The model of src/files/node-lock.ts: which attempt may act for a node. */
import type { Host, Holder, Lock } from './host';
import type { World } from './world';

export interface NodeLock {
  isHeld(): boolean;
  verify(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LockOwner {
  readonly activity: string;
  readonly attempt: number;
  readonly stop: (reason: Error) => void;
  readonly signal: AbortSignal;
}

const SUPERSEDE_WAIT_MS = 150_000;

/** A newer attempt of the same activity stops the older one of its process and waits; null when others have the lock. */
export async function acquireNodeLock(
  world: World,
  host: Host,
  path: string,
  owner: LockOwner,
): Promise<NodeLock | null> {
  for (let older = holderOf(world, host, path); older; older = holderOf(world, host, path)) {
    if (older.activity !== owner.activity || older.attempt >= owner.attempt) return null;
    older.wanted = true;
    older.stop(new Error(`attempt ${owner.attempt} took over`));
    const patience = world.schedule.pause(host, SUPERSEDE_WAIT_MS, owner.signal).then(() => false);
    if (!(await Promise.race([older.done.then(() => true), patience]))) return null;
  }
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const holder: Holder = { activity: owner.activity, attempt: owner.attempt, stop: owner.stop, wanted: false, done };
  host.holders.set(path, holder);
  const leave = (): void => {
    if (host.holders.get(path) === holder) host.holders.delete(path);
    finish();
  };
  const lock = await world.locks.take(host, path);
  if (lock) return toNodeLock(world, path, { lock, holder, leave });
  leave();
  return null;
}

function holderOf(world: World, host: Host, path: string): Holder | undefined {
  return world.weak.noFence ? undefined : host.holders.get(path);
}

interface Held {
  readonly lock: Lock;
  readonly holder: Holder;
  readonly leave: () => void;
}

function toNodeLock(world: World, path: string, { lock, holder, leave }: Held): NodeLock {
  const isOurs = (): boolean => world.weak.noFence || (!holder.wanted && world.locks.isOwn(path, lock));
  return {
    isHeld: () => world.weak.noFence || !holder.wanted,
    verify: () => world.schedule.call(lock.owner, 'verify lock', 1, isOurs),
    release: async () => {
      await world.locks.release(path, lock);
      leave();
    },
  };
}
