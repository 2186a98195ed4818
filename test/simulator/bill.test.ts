import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Bill } from '../../src/simulator/bill';
import { readJob } from '../../src/simulator/contract';
import type { Job } from '../../src/simulator/contract';

let dir: string;
const at = new Date('2026-05-12T14:30:21.000Z');
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'nbflow-bill-'));
});
afterEach(() => rm(dir, { recursive: true }));

function job(prompt: string): Job {
  const read = readJob('image', JSON.stringify({ prompt, reference_images: [Buffer.alloc(100).toString('base64')] }));
  if (read === null) throw new Error('expected a job');
  return read;
}
const lines = async (): Promise<string[]> =>
  (await readFile(path.join(dir, 'bill.jsonl'), 'utf8')).trimEnd().split('\n');

test('a charge is on the disk when it resolves, with hashes instead of bytes and at most 200 characters', async () => {
  const bill = await Bill.open(dir);
  await bill.charge({ n: bill.nextNumber(), taskId: 'aaaaaaaa', job: job('x'.repeat(500)), at });
  expect((await lines()).map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      n: 1,
      at: '2026-05-12T14:30:21.000Z',
      task_id: 'aaaaaaaa',
      type: 'image',
      model: 'nano_banana_2',
      aspect_ratio: '1:1',
      mode: 'image',
      prompt_sha256: sha256('x'.repeat(500)),
      prompt: 'x'.repeat(200),
      references: [sha256(Buffer.alloc(100))],
    },
  ]);
  await bill.close();
});

test('charges of one moment are all written, each on its own line', async () => {
  const bill = await Bill.open(dir);
  await Promise.all(
    Array.from({ length: 50 }, () => {
      const n = bill.nextNumber();
      return bill.charge({ n, taskId: `t${n}`, job: job(`prompt ${n}`), at });
    }),
  );
  await bill.close();
  expect(await lines()).toHaveLength(50);
  expect(bill.summary().entries.map((entry) => entry.n)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test('it goes on where it stopped: entries, outcomes, numbers and takes', async () => {
  const before = await Bill.open(dir);
  await before.charge({ n: before.nextNumber(), taskId: 'a', job: job('p'), at });
  await before.settle(1, 'a', at, null);
  await before.charge({ n: before.nextNumber(), taskId: 'b', job: job('p'), at });
  await before.settle(2, 'b', at, 429);
  await before.close();
  const after = await Bill.open(dir);
  expect(after.summary()).toEqual(before.summary());
  expect(after.summary()).toMatchObject({ paid: 2, completed: 1, failed: 1 });
  expect(after.nextNumber()).toBe(3);
  expect(await after.charge({ n: 3, taskId: 'c', job: job('p'), at })).toBe(3);
  await after.close();
});

test('candidates asked for at the same moment are different takes', async () => {
  const bill = await Bill.open(dir);
  const takes = await Promise.all([1, 2, 3, 4].map((n) => bill.charge({ n, taskId: `t${n}`, job: job('p'), at })));
  expect(takes).toEqual([1, 2, 3, 4]);
  await bill.close();
});

test('what another client asked for stands apart, also after a restart, and is no take of ours', async () => {
  const before = await Bill.open(dir);
  const theirs = { n: before.nextNumber(), taskId: 'theirs', job: job('p'), at, foreign: true };
  await before.charge(theirs);
  await before.settle(1, 'theirs', at, null);
  expect(await before.charge({ n: before.nextNumber(), taskId: 'ours', job: job('p'), at })).toBe(1);
  await before.close();
  const after = await Bill.open(dir);
  expect(after.summary()).toEqual(before.summary());
  expect(after.summary()).toMatchObject({
    paid: 1,
    images: 1,
    completed: 0,
    entries: [{ n: 2, task_id: 'ours' }],
    foreign: [{ n: 1, task_id: 'theirs', foreign: true, outcome: { status: 'completed' } }],
  });
  expect(await after.charge({ n: after.nextNumber(), taskId: 'more', job: job('p'), at })).toBe(2);
  await after.close();
});

test('a last line torn by a kill is ignored, and the next one starts clean', async () => {
  const before = await Bill.open(dir);
  await before.charge({ n: before.nextNumber(), taskId: 'a', job: job('café'), at });
  await before.close();
  await appendFile(path.join(dir, 'bill.jsonl'), '{"n":2,"at":"2026-0');
  const after = await Bill.open(dir);
  expect(after.summary().paid).toBe(1);
  await after.charge({ n: after.nextNumber(), taskId: 'b', job: job('q'), at });
  await after.close();
  expect((await lines()).map((line) => (JSON.parse(line) as { task_id: string }).task_id)).toEqual(['a', 'b']);
});
