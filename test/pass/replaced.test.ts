/** The file itself goes away, or another takes its place, while a pass runs: nothing is damaged, nothing paid is lost. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { outsideCaches } from '../helpers/outside-caches';
import type { TestProject } from '../helpers/project';
import { FIXTURES } from '../helpers/references';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { until } from '../helpers/wait';

type Answer = RunAnswer & { readonly notes: readonly string[] };

const ARGS = ['--scene', '1', '--mode', 'images'];
const asRoot = process.getuid?.() === 0;
const onWindows = process.platform === 'win32';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

/** Starts a pass and does `change` to the file when its pictures are paid for and none has come home. */
async function startAnd(change: () => void): Promise<CliRun> {
  const release = backend.hold();
  const run = rig.startRun(project, backend, ARGS);
  await until('the pictures on the bill', () => backend.paid() === 4);
  change();
  release();
  return run;
}

/** With the file as it was, the next run pays nothing and brings everything into it. */
async function expectMended(): Promise<void> {
  rmSync(project.file, { recursive: true, force: true });
  project.write(project.original);
  const again = await rig.run(project, backend, ARGS);
  expect(again).toMatchObject({ state: 'done', generations: { paid: 0, lost: 0 }, errorsFile: null });
  expect(backend.paid()).toBe(4);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, again.output, 4);
}

const aside = (): string => join(project.folder, 'moved by a person.nbflow');
const other = (): string => readFileSync(join(FIXTURES, 'week-1-testing.nbflow'), 'utf8');
const inPlace = (put: () => void): void => {
  rmSync(project.file);
  put();
};

const harms: readonly (readonly [string, boolean, () => void, () => void])[] = [
  ['was moved away', true, () => renameSync(project.file, aside()), () => expectText(aside(), project.original)],
  ['became a folder', true, () => inPlace(() => mkdirSync(project.file)), () => undefined],
  ['leads in a circle', !onWindows, () => inPlace(() => symlinkSync(project.file, project.file)), () => undefined],
  ['may not be read', !asRoot && !onWindows, () => chmodSync(project.file, 0), () => undefined],
  ['gave its place to another storyboard', true, () => project.write(other()), () => expectText(project.file, other())],
];

function expectText(path: string, text: string): void {
  expect(readFileSync(path, 'utf8')).toBe(text);
}

describe.each(harms)('a file that %s', (what, possible, harm, expectLeft) => {
  const name = 'is left as it is, its node says why, and the next run pays nothing';
  (possible ? test : test.skip)(possible ? name : `NOT RUN HERE (as root, or on Windows): ${name}`, async () => {
    const end = await (await startAnd(harm)).ended;
    expect([end.code, end.stderr]).toEqual([1, expect.any(String)]);
    expectLeft();
    const answer = jsonOf<Answer>(end);
    expect(answer).toMatchObject({ nodes: { failed: 1 }, generations: { paid: 4 } });
    expect(project.generations().map(({ state }) => state)).toEqual(Array<string>(4).fill('stored'));
    expect(answer.notes.join('\n')).toMatch(what.includes('another') ? /was deleted/ : /made from its backup/);
    expect(readFileSync(project.layout.errorsFile, 'utf8')).toMatch(
      /File\.Changed|changed in the middle|deleted from the file/,
    );
    await expectMended();
  });
});

test('a program that saves its old copy over what a pass has written costs nothing: the next run writes it again', async () => {
  const first = await rig.run(project, backend, ARGS);
  await expectResultsOpen(project, first.output, 4);
  project.write(project.original);
  await expectMended();
});

test('and so it is when it does that while the pass runs: the output has all of it', async () => {
  // The second scene is not done before the first one was saved over.
  backend.faults.add({ kind: 'backwards', forMs: 600_000, match: { promptContains: 'take 2.1' } });
  const run = rig.startRun(project, backend, ['--scene', '1,2', '--mode', 'images', '--concurrency', '1']);
  await until('the first scene in the file', () => project.generations().some(({ state }) => state === 'cached'));
  const text = project.original.replace('Prompt: Scene 05 image', 'My own title');
  project.write(text);
  backend.faults.clear();
  const answer = jsonOf<Answer>(await run.ended);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 8 } });
  expect(answer.notes.join()).toMatch(/"Scene 01 .*older copy over it\. The output has it/);
  for (const { url } of project.generations()) expect(readFileSync(answer.output, 'utf8')).toContain(url);
  expect(outsideCaches(project.text())).toBe(outsideCaches(text));
  const again = await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images']);
  expect(again).toMatchObject({ state: 'done', generations: { paid: 0 } });
  await expectResultsOpen(project, again.output, 8);
});

test.each([
  ['a byte order mark and Windows line ends', (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`],
  ['all in one line, with another order of its keys', (text: string) => reordered(text)],
])('a file saved anew with %s keeps them', async (_what, save) => {
  const text = save(project.original);
  const answer = jsonOf<Answer>(await (await startAnd(() => project.write(text))).ended);
  expect(answer).toMatchObject({ state: 'done', notes: [], generations: { paid: 4 } });
  expect(outsideCaches(project.text().replace('\uFEFF', ''))).toBe(outsideCaches(text.replace('\uFEFF', '')));
  expect(project.text().startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
  await expectResultsOpen(project, answer.output, 4);
});

function reordered(text: string): string {
  return JSON.stringify(JSON.parse(text, (_key, value: unknown) => (isRecord(value) ? backwards(value) : value)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function backwards(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).reverse());
}
