import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockWords, notePlace, placesOf } from '../../src/files/words';
import { DAY_MS, letPass, setClock } from '../helpers/clocks';

let home: string;
const never = new AbortController().signal;
const place = (name: string) => ({ dir: join(home, 'receipts'), key: name });
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'words '));
  mkdirSync(join(home, 'receipts'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(home, { recursive: true });
});

function receiptOf(name: string): void {
  writeFileSync(join(home, 'receipts', `${name}.json`), '{}');
}

test('places of the same words are remembered once, in their order, apart from those of other words', async () => {
  for (const name of ['n1', 'n2', 'n1']) {
    receiptOf(name);
    await notePlace(home, 'image A kitchen', place(name));
  }
  await notePlace(home, 'video A kitchen', place('n3'));
  expect((await placesOf(home, 'image A kitchen')).map(({ key }) => key)).toEqual(['n1', 'n2']);
  expect((await placesOf(home, 'video A kitchen')).map(({ key }) => key)).toEqual(['n3']);
});

test('a place whose receipt is gone is forgotten with the next one that comes', async () => {
  await notePlace(home, 'w', place('gone'));
  await notePlace(home, 'w', place('n2'));
  expect((await placesOf(home, 'w')).map(({ key }) => key)).toEqual(['n2']);
});

test('the words themselves are written nowhere', async () => {
  await notePlace(home, 'image A secret product', place('n1'));
  const folder = join(home, 'words');
  const written = readdirSync(folder).map((name) => name + readFileSync(join(folder, name), 'utf8'));
  expect(written.join('')).not.toContain('secret');
});

test('an index that can not be read tells nothing, and is mended by the next place', async () => {
  receiptOf('n1');
  await notePlace(home, 'w', place('n1'));
  const [name = ''] = readdirSync(join(home, 'words'));
  writeFileSync(join(home, 'words', name), '{"version":1,"pla');
  expect(await placesOf(home, 'w')).toEqual([]);
  await notePlace(home, 'w', place('n1'));
  expect(await placesOf(home, 'w')).toHaveLength(1);
});

test('the lock of the same words is waited for, that of others is not', async () => {
  const first = await lockWords(home, 'a', never);
  const order: string[] = [];
  const second = lockWords(home, 'a', never).then((lock) => {
    order.push('second');
    return lock;
  });
  const other = await lockWords(home, 'b', never);
  order.push('other');
  await other.release();
  await first.release();
  await (await second).release();
  expect(order).toEqual(['other', 'second']);
});

test('who waits can be told to stop', async () => {
  const lock = await lockWords(home, 'a', never);
  const stop = new AbortController();
  const waiting = lockWords(home, 'a', stop.signal);
  stop.abort(new Error('the worker stops'));
  await expect(waiting).rejects.toThrow();
  await lock.release();
});

test('the lock of a process that died is taken over at once', async () => {
  const lock = await lockWords(home, 'a', never);
  const [name = ''] = readdirSync(join(home, 'words')).filter((file) => file.endsWith('.lock'));
  const path = join(home, 'words', name);
  const text = JSON.parse(readFileSync(path, 'utf8')) as { identity: { pid: number } };
  await lock.release();
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  writeFileSync(path, JSON.stringify({ ...text, identity: { ...text.identity, pid: child.pid } }));
  await (await lockWords(home, 'a', never)).release();
});

test.each([DAY_MS, -DAY_MS])('a clock set by %i ms lets nobody wait for words shorter, or for ever', async (by) => {
  const first = await lockWords(home, 'w', never);
  const patient = lockWords(home, 'w', never);
  // By the time that this one is told to leave, the other has looked again.
  const leaving = lockWords(home, 'w', AbortSignal.timeout(200));
  setClock(by);
  await expect(leaving).rejects.toMatchObject({ name: 'AbortError' });
  await first.release();
  const second = await patient;
  const endless = lockWords(home, 'w', never);
  letPass(10 * 60_000);
  await expect(endless).rejects.toMatchObject({ type: 'Node.Held' });
  await second.release();
});
