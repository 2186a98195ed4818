/**
 * Commands that take something away are killed between any two of their steps: the file is the old one or the new one, byte
 * for byte, a backup of the old one is there, the same command typed again ends it, and what it names as undo goes back for nothing.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';

const SCENES = ['--scene', '1,2', '--mode', 'images'];

let rig: Rig;
let backend: Backend;
let project: TestProject;
let made: string;
let output: string;
let kept: string;
let killFile: string;
beforeAll(async () => {
  rig = await openRig();
  backend = await rig.simulate();
  project = rig.project('XYZG3-V0-1');
  ({ output } = await rig.run(project, backend, SCENES));
  made = project.text();
  kept = join(dirname(rig.home), 'as it was made');
  killFile = join(dirname(rig.home), 'kill at');
  cpSync(project.folder, kept, { recursive: true });
});
beforeEach(() => {
  for (const name of readdirSync(project.folder)) rmSync(join(project.folder, name), { recursive: true });
  cpSync(kept, project.folder, { recursive: true });
});
afterAll(() => rig.close());

const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, [...args, '--json']);
const toGenerate = async (): Promise<number> => {
  const plan = jsonOf<{ totals: { generate: number } }>(await told('plan', project.file, ...SCENES));
  return plan.totals.generate;
};
/** Another link in the place of the third picture of the first scene, as a bad merge leaves it. */
const broken = (text: string): string => {
  const links = [...text.matchAll(/"(http[^"]*scene0[12]-c\d\.png)"/g)].map(([, url = '']) => url);
  return text.replaceAll(links[2] ?? '', links[5] ?? '');
};
const emptied = (text: string, tests: (title: string) => boolean): string => {
  const flow = JSON.parse(text) as { tabs: { graphData: { nodes: { title: string; properties: object }[] } }[] };
  for (const { title, properties } of flow.tabs.flatMap(({ graphData }) => graphData.nodes))
    if ('_savedImages' in properties && tests(title)) properties._savedImages = [];
  return `${JSON.stringify(flow, null, 2)}\n`;
};
const forgetReceipts = (): void => rmSync(join(project.layout.receiptsDir, '..', '..'), { recursive: true });

interface Verb {
  readonly name: string;
  readonly args: () => readonly string[];
  /** What it is about; the source unless given. */
  readonly target?: () => string;
  /** Makes the state that it begins from, and answers what its end looks like; null where that is not known beforehand. */
  readonly begin: () => { readonly old: string; readonly done: string | null };
  /** Steps after which it is killed, and whether the new file is there by then. */
  readonly moments: Readonly<Record<string, 'old' | 'new'>>;
  /** What a run would pay for after the kill. */
  readonly toPay?: Readonly<Record<string, number>>;
  /** What is paid for when it is typed again. */
  readonly pays?: number;
}

const VERBS: readonly Verb[] = [
  {
    name: 'wipe',
    args: () => ['wipe', project.file, '--scene', '1,2', '--yes'],
    begin: () => ({ old: made, done: emptied(made, () => true) }),
    moments: { 'backed-up': 'old', 'file-written': 'new', 'receipt-written': 'new' },
    toPay: { 'backed-up': 0, 'file-written': 0, 'receipt-written': 4 },
  },
  {
    name: 'rerun',
    args: () => ['rerun', project.file, '--scene', '2', '--yes', '--server', backend.url],
    begin: () => ({ old: made, done: null }),
    moments: { 'receipt-written': 'old' },
    pays: 4,
    toPay: { 'receipt-written': 4 },
  },
  {
    name: 'rerun, of pictures without receipts',
    args: () => ['rerun', project.file, '--scene', '2', '--yes', '--server', backend.url],
    begin: () => {
      forgetReceipts();
      return { old: made, done: null };
    },
    moments: { 'file-written': 'new' },
    toPay: { 'file-written': 4 },
    pays: 4,
  },
  {
    name: 'restore',
    args: () => ['restore', project.file, 'pre-run'],
    begin: () => ({ old: made, done: project.original }),
    moments: { 'backed-up': 'old', 'receipts-written': 'old', 'file-written': 'new' },
    toPay: { 'backed-up': 0, 'receipts-written': 0, 'file-written': 0 },
  },
  {
    name: 'verify --repair',
    args: () => ['verify', project.file, '--repair'],
    begin: () => {
      project.write(broken(made));
      return { old: broken(made), done: made };
    },
    moments: { 'copies-written': 'old', 'backed-up': 'old', 'file-written': 'new' },
  },
  {
    name: 'verify --generated --repair',
    args: () => ['verify', project.file, '--generated', '--repair'],
    target: () => output,
    begin: () => {
      const whole = readFileSync(output, 'utf8');
      writeFileSync(output, broken(whole));
      return { old: broken(whole), done: whole };
    },
    moments: { 'backed-up': 'old', 'file-written': 'new' },
  },
  {
    name: 'check --fix',
    args: () => ['check', project.file, '--fix', '--yes'],
    begin: () => {
      const damaged = made.replace('"outputCount": 4', '"outputCount": 1');
      project.write(damaged);
      return { old: damaged, done: made };
    },
    moments: { 'backed-up': 'old', 'file-written': 'new' },
  },
];

const CASES = VERBS.flatMap((verb) => Object.entries(verb.moments).map(([moment, is]) => ({ ...verb, moment, is })));

test.each(CASES)('$name, killed at $moment: the $is file, a backup, and an undo', async ({ moment, is, ...verb }) => {
  const { old, done } = verb.begin();
  const target = verb.target?.() ?? project.file;
  const text = (): string => readFileSync(target, 'utf8');
  writeFileSync(killFile, moment);
  const paid = backend.paid();
  const killed = await rig.cli(project, [...verb.args(), '--json'], { NBFLOW_KILL_FILE: killFile });
  expect(killed).toMatchObject({ code: null, stdout: '' });
  const emptiedHere = emptied(made, (title) => title.startsWith('Scene 02'));
  expect(text()).toBe(is === 'old' ? old : (done ?? emptiedHere));
  if (moment !== 'copies-written') expect(backupsOf(old)).not.toEqual([]);
  const toPay = verb.toPay?.[moment];
  if (toPay !== undefined) expect(await toGenerate()).toBe(toPay);
  expect(backend.paid()).toBe(paid);

  const again = await told(...verb.args());
  expect([again.code, again.stderr]).toEqual([0, expect.any(String)]);
  if (done !== null) expect(text()).toBe(done);
  expect(backend.paid() - paid).toBe(verb.pays ?? 0);
  // What finds its work done has nothing to take back.
  await undo(again, old, !(/^(verify|restore|check)/.test(verb.name) && is === 'new'));
  expect(text()).toBe(old);
  expect(await toGenerate()).toBe(0);
});

/** By the very command that is named; where nothing was left to do, by the backup that there is. */
async function undo(end: CliEnd, old: string, isNamed: boolean): Promise<void> {
  const { next } = jsonOf<{ next: readonly string[] }>(end);
  const [, typed = ''] = /nbflow (restore .*?)(?:  |$)/m.exec(next.join('\n')) ?? [];
  const words = [...typed.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  if (isNamed) expect(words).toEqual(['restore', project.file, expect.stringContaining('.bak-')]);
  const back = await told(...(isNamed ? words : ['restore', project.file, backupsOf(old)[0] ?? '']));
  expect([back.code, back.stderr]).toEqual([0, '']);
}

function backupsOf(text: string): readonly string[] {
  const { backupsDir } = project.layout;
  return readdirSync(backupsDir)
    .map((name) => join(backupsDir, name))
    .filter((path) => readFileSync(path, 'utf8') === text);
}
