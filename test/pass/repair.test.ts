/** Copies that somebody deleted or damaged come back from another copy, and nothing is paid for it. */
import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generation } from '../../src/flow/receipt';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestStore } from '../helpers/store';
import { openStore } from '../helpers/store';

const ARGS = ['--scene', '1,2'];
const MADE = 16;

let rig: Rig;
let backend: Backend;
let project: TestProject;
let store: TestStore;
beforeAll(async () => {
  rig = await openRig();
  store = openStore();
});
beforeEach(async () => {
  backend = await rig.simulate();
  project = rig.project('XYZG3-V0-1');
  await rig.run(project, backend, ARGS);
});
afterAll(async () => {
  store.close();
  await rig.close();
});

const paths = (): string[] => current(project).map(({ file }) => join(project.layout.baseDir, file ?? ''));
const candidateFolders = (): string[] => [...new Set(paths().map((path) => dirname(path)))];

async function deleteObjects(): Promise<void> {
  await store.remove(current(project).map(({ url }) => url));
  expect((await fetch(current(project)[0]?.url ?? '')).status).toBe(404);
}

function deleteCandidates(): void {
  for (const folder of candidateFolders()) rmSync(folder, { recursive: true });
  expect(paths().some((path) => existsSync(path))).toBe(false);
}

interface Plan {
  readonly totals: Readonly<Record<string, number>>;
  readonly nodes: readonly {
    readonly rows: readonly { readonly candidates: readonly { readonly reason: string }[] }[];
  }[];
}

/** What the plan says is what the run then does: nothing is paid, and everything is whole again. */
async function expectRepaired(reason: RegExp): Promise<void> {
  const before = current(project);
  const args = ['plan', project.file, '--server', backend.url, ...ARGS, '--json'];
  const plan = jsonOf<Plan>(await rig.cli(project, args));
  expect(plan.totals).toMatchObject({ generate: 0, blocked: 0 });
  const reasons = plan.nodes.flatMap(({ rows }) =>
    rows.flatMap(({ candidates }) => candidates.map((one) => one.reason)),
  );
  expect(reasons.some((text) => reason.test(text))).toBe(true);

  const answer = await rig.run(project, backend, ARGS);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 0, lost: 0 } });
  expect(backend.paid()).toBe(MADE);
  await expectResultsOpen(project, answer.output, MADE);
  const bytes = (entries: readonly Generation[]): (string | null)[] => entries.map(({ sha256 }) => sha256);
  expect(bytes(current(project))).toEqual(bytes(before));
  expectBillInReceipts(project, backend);
  const again = await rig.run(project, backend, ARGS);
  expect(again).toMatchObject({ nodes: { reused: 4, done: 0 }, generations: { paid: 0 } });
}

test('deleted local candidates come back from the object store, the picked copies too', async () => {
  deleteCandidates();
  const listed = candidateFolders().map((folder) => dirname(folder));
  for (const folder of listed) {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  }
  backend.faults.add({ kind: 'forget' });
  await expectRepaired(/local file is gone; it is fetched back from the object store/);
  expect(
    listed
      .flatMap((folder) => readdirSync(folder))
      .filter((name) => name !== 'candidates')
      .sort(),
  ).toEqual(['scene01.mp4', 'scene01.png', 'scene02.mp4', 'scene02.png']);
});

test('a truncated local file is replaced', async () => {
  truncateSync(paths()[0] ?? '', 100);
  await expectRepaired(/local file is gone/);
});

test('a copy in the store that is no longer whole is replaced by what G-Labs still has', async () => {
  const [entry] = current(project);
  await store.replace(entry?.url ?? null, Buffer.from('cut off'));
  rmSync(join(project.layout.baseDir, entry?.file ?? ''));
  await expectRepaired(/fetched back from the object store/);
});

test('objects deleted from the store are uploaded again', async () => {
  await deleteObjects();
  backend.faults.add({ kind: 'forget' });
  await expectRepaired(/the local copy will be uploaded again/);
});

test('with both gone G-Labs is asked for its copies', async () => {
  deleteCandidates();
  await deleteObjects();
  await expectRepaired(/it is fetched from G-Labs again/);
});

test('only what is gone everywhere is made again, and its loss stays on record', async () => {
  deleteCandidates();
  await deleteObjects();
  backend.faults.add({ kind: 'gone', forever: true, count: 1 });
  const answer = await rig.run(project, backend, ARGS);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 1 } });
  expect(backend.paid()).toBe(MADE + 1);
  expect(project.generations().filter(({ state }) => state === 'lost')).toHaveLength(1);
  await expectResultsOpen(project, answer.output, MADE);
});
