/**
 * The object store is away, slow, busy or wrong in the middle of a pass: what is made stays on this machine, uploads alone
 * are tried again, the pass completes by itself, and the bill is what it would have been.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Between, Passing, Said } from '../helpers/between';
import { standBetween } from '../helpers/between';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import { FIXTURES } from '../helpers/references';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

const ARGS = ['--scene', '1'];
const MADE = 8;

let rig: Rig;
let backend: Backend;
let project: TestProject;
let store: Between;
let tests = 0;
beforeAll(async () => {
  rig = await openRig();
  store = await standBetween(process.env['S3_TEST_ENDPOINT'] ?? '');
  rig.env['R2_ENDPOINT'] = store.url;
});
beforeEach(async () => {
  store.obey({});
  store.seen.length = 0;
  // Pictures that no other test puts into the shared store: equal ones would have equal names there.
  backend = await rig.simulate({ seed: process.pid * 1_000 + tests++ });
  project = rig.project('XYZG3-V0-1');
});
afterAll(async () => {
  await rig.close();
  await store.close();
});

const isUpload = ({ method }: Passing): boolean => method === 'PUT';
const uploads = (ending = ''): number => store.seen.filter((one) => isUpload(one) && one.path.includes(ending)).length;
const xml = (code: string): Pick<Said, 'headers' | 'body'> => ({
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>not now</Message></Error>`,
});

/** What was generated is here, and G-Labs is not asked for more. */
async function expectKept(run: CliRun): Promise<void> {
  await until('the words of the wait', () => /waiting for the object store since/.test(run.said()));
  expect(run.said()).toMatch(/what is made is safe on this machine/);
  await until('pictures on this machine', () => current(project).every(({ state }) => state === 'generated'));
  expect(current(project)).toHaveLength(4);
  for (const { file } of current(project)) expect(existsSync(join(project.layout.baseDir, file ?? ''))).toBe(true);
  expect(backend.paid()).toBe(4);
}

async function expectDone(run: CliRun): Promise<RunAnswer> {
  const end = await run.ended;
  expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: MADE, lost: 0 }, errorsFile: null });
  expect(backend.paid()).toBe(MADE);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, MADE);
  return answer;
}

test('nobody listens where the store was: the pass waits, and goes on when it is back', async () => {
  const down: Promise<void>[] = [];
  const leave = (): 'cut' => {
    if (down.length === 0) down.push(store.down());
    return 'cut';
  };
  store.obey({ before: (request) => (isUpload(request) ? leave() : undefined) });
  const run = rig.startRun(project, backend, ARGS);
  await expectKept(run);
  await Promise.all(down);
  store.obey({});
  await store.up();
  await expectDone(run);
});

test('it answers with errors for a time: the same', async () => {
  store.obey({ before: () => ({ status: 503, ...xml('ServiceUnavailable') }) });
  const run = rig.startRun(project, backend, ARGS);
  await expectKept(run);
  store.obey({});
  await expectDone(run);
});

test('429 for one object and 503 for another: those are tried again, the others are uploaded once', async () => {
  const codes = { 'scene01-c2.png': [429, 'TooManyRequests'], 'scene01-c4.png': [503, 'SlowDown'] } as const;
  // More than the client's own three tries, so that the pass has to come back to them.
  const left = new Map(Object.keys(codes).map((name) => [name, 5]));
  store.obey({
    before: (request) => {
      const name = Object.keys(codes).find((one) => request.path.includes(one)) as keyof typeof codes | undefined;
      const times = name ? (left.get(name) ?? 0) : 0;
      if (!name || times === 0 || !isUpload(request)) return undefined;
      left.set(name, times - 1);
      return { status: codes[name][0], ...xml(codes[name][1]) };
    },
  });
  await expectDone(rig.startRun(project, backend, ARGS));
  for (const name of left.keys()) expect(uploads(name)).toBe(6);
  expect(uploads()).toBe(MADE + 2 * 5);
});

test('every first answer to an upload gets lost: the object is found there, and is not taken for a failure', async () => {
  const lost = new Set<string>();
  const once = ({ path }: Passing): 'cut' | undefined => (lost.has(path) ? undefined : (lost.add(path), 'cut'));
  store.obey({ after: (request) => (isUpload(request) ? once(request) : undefined) });
  await expectDone(rig.startRun(project, backend, ARGS));
  expect([lost.size, uploads()]).toEqual([MADE, 2 * MADE]);
});

test('slow uploads hold up nothing else, and are not sent twice', async () => {
  const bothMade = until('pictures of both scenes', () => backend.paid() === 8);
  store.obey({ before: (request) => (isUpload(request) ? bothMade.then(() => undefined) : undefined) });
  const answer = await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images']);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: MADE } });
  expect([backend.paid(), uploads()]).toEqual([MADE, MADE]);
  await expectResultsOpen(project, answer.output, MADE);
});

test('a store that says yes, with a wrong ETag, and keeps nothing: the next run uploads again and pays nothing', async () => {
  store.obey({
    before: (request) =>
      isUpload(request) && request.path.includes('scene01-c3') ? { status: 200, headers: { etag: '"0"' } } : undefined,
  });
  expect(await rig.run(project, backend, ARGS)).toMatchObject({ generations: { paid: MADE } });
  const missing = current(project).filter(({ candidate }) => candidate === 3);
  expect(missing).toHaveLength(2);
  for (const { url } of missing) expect((await fetch(url ?? '')).status).toBe(404);
  store.obey({});
  const again = await rig.run(project, backend, ARGS);
  expect(again).toMatchObject({ state: 'done', generations: { paid: 0, lost: 0 } });
  expect(backend.paid()).toBe(MADE);
  await expectResultsOpen(project, again.output, MADE);
});

test('a store that is away when a reference of the project is to be uploaded: nothing is begun before it is back', async () => {
  const picture = join(project.root, 'avatar of the tests.png');
  copyFileSync(join(FIXTURES, 'refs', 'avatar-sheets', 'account-a.png'), picture);
  project.write(project.original.replaceAll(/http:[^"]*\/account-a\.png/g, 'avatar of the tests.png'));
  await store.down();
  const run = rig.startRun(project, backend, ARGS);
  await until('the words of the wait', () => /waiting for the object store since/.test(run.said()));
  expect([backend.paid(), project.receipts()]).toEqual([0, []]);
  await store.up();
  await expectDone(run);
  expect(project.text()).not.toContain('avatar of the tests.png');
});
