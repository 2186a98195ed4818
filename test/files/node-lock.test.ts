import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from '../../src/files/lock';
import type { NodeLock, NodeLockOwner } from '../../src/files/node-lock';
import { acquireNodeLock } from '../../src/files/node-lock';
import { currentProcess } from '../../src/files/process-identity';
import { DAY_MS, setClock } from '../helpers/clocks';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-lock-'));
  path = join(folder, 'tab-7.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const dead = { ...currentProcess(), pid: 2 ** 22 + 12_345 };
function owner(attempt: number, more: Partial<NodeLockOwner> = {}): NodeLockOwner {
  const identity = currentProcess();
  return { identity, attempt, taskToken: 'dG9r', workflowId: 'w', runId: 'r', activityId: '5', ...more };
}
async function taken(lock: ReturnType<typeof acquireNodeLock>): Promise<NodeLock> {
  const result = await lock;
  if ('heldBy' in result) throw new Error('held by somebody');
  return result;
}

test('a newer attempt tells the older one to stop and gets the lock when that one has let go', async () => {
  const older = await taken(acquireNodeLock(path, owner(1)));
  const order: string[] = [];
  older.superseded.addEventListener('abort', () => {
    order.push('told');
    setImmediate(() => {
      order.push('released');
      void older.release();
    });
  });
  const newer = await taken(acquireNodeLock(path, owner(2)));
  order.push('taken');
  expect(order).toEqual(['told', 'released', 'taken']);
  expect(newer.superseded.aborted).toBe(false);
  await newer.release();
});

test('of several newer attempts that wait together the newest ends up with the lock', async () => {
  const obedient = async (attempt: number): Promise<NodeLock | null> => {
    const result = await acquireNodeLock(path, owner(attempt));
    if ('heldBy' in result) return null;
    // It may have been told so before it even had the lock.
    if (result.superseded.aborted) await result.release();
    result.superseded.addEventListener('abort', () => void result.release());
    return result;
  };
  await obedient(1);
  const results = await Promise.all([2, 4, 3].map(obedient));
  const kept = results.filter((lock) => lock && !lock.superseded.aborted);
  expect(kept.map((lock) => lock?.owner.attempt)).toEqual([4]);
  await kept[0]?.release();
});

test('an older attempt that comes late is told who holds the lock', async () => {
  const newer = await taken(acquireNodeLock(path, owner(2)));
  expect(await acquireNodeLock(path, owner(1))).toMatchObject({ heldBy: { attempt: 2 } });
  expect(newer.superseded.aborted).toBe(false);
  await newer.release();
});

test('another activity never pushes a living one aside', async () => {
  const first = await taken(acquireNodeLock(path, owner(1)));
  expect(await acquireNodeLock(path, owner(9, { runId: 'other' }))).toMatchObject({ heldBy: { runId: 'r' } });
  expect(first.superseded.aborted).toBe(false);
  await first.release();
});

test('an older attempt that does not stop in time keeps the lock', async () => {
  const older = await taken(acquireNodeLock(path, owner(1)));
  expect(await acquireNodeLock(path, owner(2), { waitMs: 10 })).toMatchObject({ heldBy: { attempt: 1 } });
  expect(older.superseded.aborted).toBe(true);
  await older.release();
});

test('an abort while waiting comes back as its reason', async () => {
  const older = await taken(acquireNodeLock(path, owner(1)));
  const abort = new AbortController();
  const waiting = acquireNodeLock(path, owner(2), { signal: abort.signal });
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  await older.release();
});

test('a dead process gives way, a living one elsewhere does not', async () => {
  await tryLock(path, { identity: dead, extra: owner(1) });
  await (await taken(acquireNodeLock(path, owner(2)))).release();
  await tryLock(path, { identity: { ...dead, host: 'elsewhere' }, extra: owner(1) });
  expect(await acquireNodeLock(path, owner(2))).toMatchObject({
    heldBy: { identity: { host: 'elsewhere' }, attempt: 1 },
  });
});

test('a lock that somebody else took meanwhile is no longer ours, and a newer attempt makes it so at once', async () => {
  const lock = await taken(acquireNodeLock(path, owner(1)));
  expect([lock.isHeld(), await lock.verify()]).toEqual([true, true]);
  await rm(path);
  await tryLock(path, { identity: { ...dead, host: 'elsewhere' }, extra: owner(2) });
  expect(await lock.verify()).toBe(false);
  await rm(path);
  await lock.release();
  const older = await taken(acquireNodeLock(path, owner(3)));
  const newer = acquireNodeLock(path, owner(4));
  expect(older.isHeld()).toBe(false);
  await older.release();
  await (await taken(newer)).release();
});

test.each([DAY_MS, -DAY_MS])(
  'after a clock was set by %i ms it counts as ours again once the disk says so',
  async (by) => {
    const lock = await taken(acquireNodeLock(path, owner(1)));
    setClock(by);
    // It may have been a night asleep, in which another machine took the node.
    expect(lock.isHeld()).toBe(false);
    expect([await lock.verify(), lock.isHeld()]).toEqual([true, true]);
    jest.restoreAllMocks();
    await lock.release();
  },
);
