import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { formatReceipt, parseReceipt } from '../../src/files/receipt-file';
import { ReceiptStore } from '../../src/files/receipts';
import type { Generation, Receipt } from '../../src/flow/receipt';

let folder: string;
let store: ReceiptStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receipts-'));
  store = new ReceiptStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

function receipt(key: string, generations: readonly Generation[] = []): Receipt {
  const node = {
    id: 7,
    tab: 0,
    account: 'Account A',
    title: 'Scene 03 — image gen',
    kind: 'image' as const,
    scene: '03',
  };
  return { version: 1, key, node, naming: { folder: null, stem: 'scene03' }, generations };
}

function generation(more: Partial<Generation> = {}): Generation {
  return {
    row: 1,
    candidate: 1,
    fingerprint: 'f1:00',
    state: 'intent',
    origin: 'generated',
    superseded: false,
    intentAt: '2026-05-12T14:30:21.000Z',
    server: 'http://127.0.0.1:8765',
    skewMs: 0,
    promptPrefix: 'A cat',
    taskId: null,
    submittedAt: null,
    adopted: false,
    resultUrl: null,
    file: null,
    sha256: null,
    bytes: null,
    mediaType: null,
    url: null,
    references: [{ url: 'https://r2/a.png', sha256: 'aa' }],
    stills: [{ slot: 'start', tab: 0, id: 5, row: 1, candidate: 2, sha256: null, url: null }],
    error: { type: 'Generation.Failed', code: 400, message: 'no' },
    seen: null,
    decision: null,
    pass: 'run',
    attempt: 1,
    updatedAt: '2026-05-12T14:30:21.000Z',
    ...more,
  };
}

const add =
  (entry: Generation) =>
  (before: Receipt | null): Receipt => ({
    ...(before ?? receipt('n7')),
    generations: [...(before?.generations ?? []), entry],
  });

test('what was written is read, by any store of the folder', async () => {
  const written = await store.update('n7', add(generation()));
  expect(written).toEqual(receipt('n7', [generation()]));
  expect(await new ReceiptStore(folder).read('n7')).toEqual(written);
  expect(await store.list()).toEqual([written]);
});

test('no folder and no file mean no receipt', async () => {
  expect(await store.read('n7')).toBeNull();
  expect(await new ReceiptStore(join(folder, 'none')).list()).toEqual([]);
});

test('updates of one key that come together, through several stores, all count and share writes', async () => {
  const updates = Array.from({ length: 20 }, (_, i) =>
    (i % 2 ? store : new ReceiptStore(folder)).update('n7', add(generation({ candidate: i + 1 }))),
  );
  const answers = await Promise.all(updates);
  const candidates = (await store.read('n7'))?.generations.map((entry) => entry.candidate);
  expect(candidates).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  // One write for all of them: each answer is what was on disk afterwards.
  expect(new Set(answers.map(({ generations }) => generations.length))).toEqual(new Set([20]));
});

test('an update that throws, or makes nonsense, fails alone', async () => {
  const results = await Promise.allSettled([
    store.update('n7', add(generation())),
    store.update('n7', () => {
      throw new Error('mine');
    }),
    store.update('n7', () => receipt('another')),
    store.update('n7', add(generation({ row: 0 }))),
    store.update('n7', add(generation({ candidate: 2 }))),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
  expect((await store.read('n7'))?.generations).toHaveLength(2);
});

test('a folder that can not be made fails the update, and the next one tries again', async () => {
  await writeFile(join(folder, 'blocked'), '');
  const blocked = new ReceiptStore(join(folder, 'blocked'));
  await expect(blocked.update('n7', add(generation()))).rejects.toThrow();
  await rm(join(folder, 'blocked'));
  expect((await blocked.update('n7', add(generation()))).generations).toHaveLength(1);
});

test.each([
  ['cut off', (text: string) => text.slice(0, -20)],
  ['empty', () => ''],
  ['changed by one letter', (text: string) => text.replace('"intent"', '"failed"')],
  ['without its checksum', (text: string) => text.replace(/ {2}"checksum.*\n/, '')],
  ['of another node', (text: string) => text],
])('a receipt that is %s is never taken for a missing one, and never overwritten', async (what, damage) => {
  await store.update('n7', add(generation()));
  const key = what === 'of another node' ? 'n8' : 'n7';
  const path = join(folder, `${key}.json`);
  await writeFile(path, damage(await readFile(join(folder, 'n7.json'), 'utf8')));
  const before = await readFile(path);
  const damaged = { type: 'File.Damaged', exitCode: 8, message: expect.stringContaining(path) as string };
  await expect(store.read(key)).rejects.toMatchObject(damaged);
  await expect(store.list()).rejects.toMatchObject(damaged);
  await expect(store.update(key, add(generation()))).rejects.toMatchObject(damaged);
  expect((await readFile(path)).equals(before)).toBe(true);
});

test('white space alone does no harm', async () => {
  await store.update('n7', add(generation()));
  const path = join(folder, 'n7.json');
  await writeFile(path, JSON.stringify(JSON.parse(await readFile(path, 'utf8'))));
  expect(await store.read('n7')).toEqual(receipt('n7', [generation()]));
});

test('temporary and foreign files are not listed', async () => {
  await store.update('n7', add(generation()));
  await writeFile(join(folder, '.n8.json.0123456789abcdef.nbtmp'), '');
  await writeFile(join(folder, 'notes.txt'), '');
  await mkdir(join(folder, 'sub'));
  expect((await store.list()).map(({ key }) => key)).toEqual(['n7']);
  expect(await readdir(folder)).toHaveLength(4);
});

test.each(['', '../x', 'a/b', 'a\\b', '.hidden', 'c:x'])('%j is no key', async (key) => {
  await expect(store.read(key)).rejects.toThrow('not a receipt key');
});

test('any text survives', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (title, message) => {
      const wanted = receipt('k', [generation({ error: { type: 'x', code: null, message } })]);
      const odd = { ...wanted, node: { ...wanted.node, title } };
      expect(parseReceipt(formatReceipt(odd), 'k.json', 'k')).toEqual(odd);
    }),
  );
});
