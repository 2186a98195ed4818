import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FaultInput } from '../../src/simulator/faults';
import type { Simulator } from '../../src/simulator/simulator';
import type { Client } from './client';
import { openSimulator, until } from './client';
import { PIXEL } from './contract-data';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator({ imageMs: 60_000 }));
});
afterEach(() => end());

interface Listed {
  readonly task_id: string;
  readonly prompt: string;
  readonly created_at: number;
}

async function listed(): Promise<readonly Listed[]> {
  return (await client.get('/api/tasks')).body['tasks'] as Listed[];
}
const submit = (prompt = 'mine'): Promise<unknown> =>
  client.post('/api/image/generate', { prompt, reference_images: [PIXEL] }).then(
    ({ body }) => body['task_id'],
    () => 'cut',
  );
const ids = (entries: readonly { readonly task_id: string }[]): readonly string[] => entries.map((e) => e.task_id);

test.each<[FaultInput, number]>([
  [{ kind: 'foreign', when: 'before' }, 0],
  [{ kind: 'foreign', when: 'after' }, 1],
])('%j: a task of another client stands beside ours, with the same words', async (fault, ours) => {
  simulator.faults.add(fault);
  const id = await submit();
  const tasks = await listed();
  expect(tasks.map(({ prompt }) => prompt)).toEqual(['mine', 'mine']);
  expect(tasks[ours]?.task_id).toBe(id);
  expect(tasks[0]?.created_at).toBeGreaterThanOrEqual(tasks[1]?.created_at ?? Infinity);
  const [theirs = ''] = ids(tasks).filter((other) => other !== id);
  expect((await client.get(`/api/status/${theirs}`)).body).toMatchObject({ status: 'running' });
  expect(simulator.bill()).toMatchObject({ paid: 1, images: 1 });
  expect(ids(simulator.bill().entries)).toEqual([id]);
  expect(ids(simulator.bill().foreign)).toEqual([theirs]);
});

test('instead of ours: ours never arrived, and what is listed is not on our bill', async () => {
  simulator.faults.add({ kind: 'foreign', when: 'instead' });
  expect(await submit()).toBe('cut');
  expect((await listed()).map(({ prompt }) => prompt)).toEqual(['mine']);
  expect(simulator.bill()).toMatchObject({ paid: 0, entries: [], foreign: [{ references: [] }] });
});

test('sixty others push ours off the list, which still can be polled', async () => {
  simulator.faults.add({ kind: 'foreign', tasks: 60, words: 'other' });
  const id = await submit();
  const tasks = await listed();
  expect(tasks).toHaveLength(50);
  expect(new Set(tasks.map(({ prompt }) => prompt)).size).toBe(50);
  expect(tasks.map(({ prompt }) => prompt)).not.toContain('mine');
  expect((await client.get(`/api/status/${String(id)}`)).status).toBe(200);
  expect([simulator.bill().paid, simulator.bill().foreign.length]).toEqual([1, 60]);
});

test('a lost answer and another client strike the same submit', async () => {
  simulator.faults.add({ kind: 'foreign', when: 'after' });
  simulator.faults.add({ kind: 'drop-after-accept' });
  expect(await submit()).toBe('cut');
  expect(await listed()).toHaveLength(2);
  expect(simulator.bill().paid).toBe(1);
});

test('at once, by the control route, with exact words and of a type', async () => {
  const body = JSON.stringify({ kind: 'foreign', when: 'now', prompt: 'theirs', type: 'video', tasks: 2 });
  const answer = await fetch(`${client.url}/_control/faults`, { method: 'POST', body });
  expect(await answer.json()).toEqual({ ids: [], at_once: ['foreign'] });
  expect(await listed()).toMatchObject([
    { prompt: 'theirs', type: 'video' },
    { prompt: 'theirs', type: 'video' },
  ]);
  const bill = (await client.get('/_control/bill', {})).body;
  expect(bill).toMatchObject({ paid: 0, entries: [], foreign: [{ prompt: 'theirs' }, { prompt: 'theirs' }] });
});

test('they take none of our slots, end like ours, and stay marked on the disk', async () => {
  const busy = await openSimulator({ parallel: 1, imageMs: 60_000, videoMs: 0 });
  await busy.client.submit({ prompt: 'runs' });
  busy.simulator.faults.add({ kind: 'foreign', when: 'now', words: 'other', type: 'video' });
  const outcome = await until(() => busy.simulator.bill().foreign[0]?.outcome ?? null);
  expect(outcome.status).toBe('completed');
  const { results } = await busy.client.finish(outcome.task_id);
  expect((await busy.client.download(String((results as string[])[0]))).length).toBeGreaterThan(0);
  const lines = (await readFile(path.join(busy.dir, 'bill.jsonl'), 'utf8')).trimEnd().split('\n');
  const marks = lines.map((line) => (JSON.parse(line) as Record<string, unknown>)['foreign']);
  expect(marks.slice(0, 2)).toEqual([undefined, true]);
  await busy.end();
});

test('the bill tells whose picture it is by the hashes of what was sent', async () => {
  simulator.faults.add({ kind: 'foreign' });
  await submit('whose?');
  const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const [ours] = simulator.bill().entries;
  const [theirs] = simulator.bill().foreign;
  expect(ours).toMatchObject({ prompt_sha256: hash('whose?'), references: [hash(Buffer.from(PIXEL, 'base64'))] });
  expect(theirs).toMatchObject({ prompt_sha256: hash('whose?'), references: [] });
});
