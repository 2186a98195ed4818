import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, LEASE_MS, readLock, tryLock, withLock } from '../../src/files/lock';
import { currentProcess } from '../../src/files/process-identity';
import { DAY_MS, setClock } from '../helpers/clocks';
import { runTypescript } from './run-typescript';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'a.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const dead = { ...currentProcess(), pid: 2 ** 22 + 12_345 };

test('a held lock names its owner, and is free after release', async () => {
  const handle = await acquireLock(path, { waitMs: 0, extra: { why: 'test' } });
  expect(await readLock(path)).toMatchObject({ identity: currentProcess(), extra: { why: 'test' } });
  expect(await tryLock(path)).toMatchObject({ heldBy: { token: handle.owner.token } });
  await handle.release();
  expect(await readLock(path)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test('waiting for a living owner ends with who holds it', async () => {
  const handle = await acquireLock(path, { waitMs: 0 });
  await expect(acquireLock(path, { waitMs: 20 })).rejects.toMatchObject({
    type: 'File.Busy',
    exitCode: 7,
    message: expect.stringContaining(`process ${process.pid}`) as string,
  });
  await handle.release();
});

test('who waits gets the lock as soon as it is released', async () => {
  const first = await acquireLock(path, { waitMs: 0 });
  const second = acquireLock(path, { waitMs: 10_000 });
  await first.release();
  await (await second).release();
});

test.each([DAY_MS, -DAY_MS])(
  'a clock set by %i ms while somebody waits ends no wait early, and every wait',
  async (by) => {
    const first = await acquireLock(path, { waitMs: 0 });
    const patient = acquireLock(path, { waitMs: 60_000 });
    const hasty = acquireLock(path, { waitMs: 200 });
    setClock(by);
    await expect(hasty).rejects.toMatchObject({ type: 'File.Busy' });
    await first.release();
    await (await patient).release();
    jest.restoreAllMocks();
  },
);

test('a lock that could not be read at its release is free for its own process again', async () => {
  const handle = await acquireLock(path, { waitMs: 0 });
  const away = join(folder, 'away');
  await rename(path, away);
  await handle.release();
  await rename(away, path);
  const again = await tryLock(path);
  expect('release' in again).toBe(true);
  if ('release' in again) await again.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a surely dead owner is taken over', async () => {
  const abandoned = await tryLock(path, { identity: dead });
  expect(abandoned).toHaveProperty('release');
  const handle = await acquireLock(path, { waitMs: 0 });
  expect((await readLock(path))?.token).toBe(handle.owner.token);
  await handle.release();
  expect(readdirSync(folder)).toEqual([]);
});

describe('the lock of another machine', () => {
  const elsewhere = { ...dead, host: 'elsewhere' };
  let now: jest.SpyInstance<number, []>;
  const advance = (ms: number) => now.mockReturnValue(performance.now() + ms);
  beforeEach(() => (now = jest.spyOn(performance, 'now').mockReturnValue(1_000)));
  afterEach(() => now.mockRestore());

  test('is not taken over while it is renewed', async () => {
    const theirs = await tryLock(path, { identity: elsewhere });
    for (const time of [1, 2, 3]) {
      expect(await tryLock(path)).toMatchObject({ heldBy: { identity: { host: 'elsewhere' } } });
      advance(LEASE_MS + 1);
      await utimes(path, time, time);
    }
    expect(await tryLock(path)).toMatchObject({ heldBy: { identity: { host: 'elsewhere' } } });
    expect(theirs).toHaveProperty('release');
  });

  test('counts as left behind when it was seen unchanged for a whole lease, and is no longer theirs then', async () => {
    const theirs = await tryLock(path, { identity: elsewhere });
    expect(await tryLock(path)).toHaveProperty('heldBy');
    advance(LEASE_MS - 1);
    expect(await tryLock(path)).toHaveProperty('heldBy');
    advance(2);
    const ours = await tryLock(path);
    expect(ours).toHaveProperty('release');
    expect('renew' in theirs && (await theirs.renew())).toBe(false);
  });
});

test('releasing never removes a lock that somebody else has taken meanwhile', async () => {
  const first = await acquireLock(path, { waitMs: 0 });
  await rm(path);
  const second = await acquireLock(path, { waitMs: 0 });
  await first.release();
  expect((await readLock(path))?.token).toBe(second.owner.token);
  await second.release();
});

test('a half written lock is believed while young and broken when old', async () => {
  await writeFile(path, '{"token":"x"');
  expect(await tryLock(path)).toEqual({ heldBy: null });
  await utimes(path, new Date(0), new Date(0));
  const handle = await acquireLock(path, { waitMs: 0 });
  await handle.release();
});

test('a taker that died while breaking a dead lock does not block the next one', async () => {
  await tryLock(path, { identity: dead });
  const token = (await readLock(path))?.token ?? '';
  const { createHash } = await import('node:crypto');
  const guard = `${path}.${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
  await tryLock(guard, { identity: dead });
  const handle = await acquireLock(path, { waitMs: 0 });
  await handle.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock is released when the work fails', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('no')), { waitMs: 0 })).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('many takers of one dead lock in one process: one wins at a time', async () => {
  for (let round = 0; round < 20; round++) {
    await tryLock(path, { identity: dead });
    const results = await Promise.all(Array.from({ length: 12 }, () => tryLock(path)));
    const winners = results.filter((result) => 'release' in result);
    expect(winners.length).toBeLessThanOrEqual(1);
    for (const winner of winners) await winner.release();
    await rm(path, { force: true });
  }
});

test('processes that are killed while holding it, and those that take over, are never inside together', async () => {
  const witness = join(folder, 'inside');
  const contender = join(__dirname, 'lock-contender.ts');
  const start = (ending: string): ReturnType<typeof runTypescript> =>
    runTypescript(contender, [path, witness, '15', ending]);
  const ended = await Promise.all(['die', 'die', 'die', '', ''].map(start));
  expect(ended.map(({ stderr }) => stderr)).toEqual(['', '', '', '', '']);
  expect(ended.map(({ signal }) => signal).filter((signal) => signal !== null)).toHaveLength(
    process.platform === 'win32' ? 0 : 3,
  );
  const log = await readFile(`${witness}.log`, 'utf8');
  expect(log.trim().split('\n')).toHaveLength(75);
});
