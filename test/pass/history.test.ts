/** What a pass tells of itself when it is over: deaths, waits, money; in the history and in the team's registry. */
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { makeRegistry } from '../helpers/registry';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made), { imageMs: 100, videoMs: 150 });
afterEach(() => rmSync(join(project.root, 'reference'), { recursive: true, force: true }));

interface Entry {
  readonly kind: string;
  readonly version: string;
  readonly text: string;
  readonly cost: number | null;
  readonly pass: Readonly<Record<string, unknown>> | null;
}

const SCENES = ['--scene', '1,2', '--mode', 'images'];

async function history(): Promise<readonly Entry[]> {
  const end = await rig.cli(project, ['history', project.file, '--json']);
  if (end.code !== 0) throw new Error(`exit ${end.code}:\n${end.stderr}`);
  return jsonOf<{ entries: Entry[] }>(end).entries;
}

function interruptions(): number {
  try {
    const log = join(dirname(project.layout.receiptsDir), 'interruptions.jsonl');
    return readFileSync(log, 'utf8').split('\n').filter(Boolean).length;
  } catch {
    return 0;
  }
}

/** Seconds from the signal until both scenes are at work again. */
async function goneFor(signal: 'SIGKILL' | 'SIGTERM', noted: number): Promise<number> {
  const from = performance.now();
  await rig.strike('worker', signal);
  await until('both scenes at work again', () => interruptions() >= noted);
  return (performance.now() - from) / 1_000;
}

const allSubmitted = (): boolean =>
  project.generations().filter(({ state }) => state === 'submitted').length === backend.paid() && backend.paid() === 8;

test('killed and stopped: the note says where, after how long it went on, and that nothing was paid twice; so does the registry', async () => {
  const registry = makeRegistry(project.root);
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('eight pictures with known tasks', allSubmitted);
  const [dead, away] = [await goneFor('SIGKILL', 2), await goneFor('SIGTERM', 4)];
  release();
  const end = await run.ended;
  expect(end.code).toBe(0);
  const [entry] = await history();
  expect(jsonOf<{ notes: string[] }>(end).notes).toEqual([`For the history: ${entry?.text}`]);
  const [, killed, stopped] =
    /^V0-1: worker killed at Scene 01 and Scene 02, resumed after (\d+) s, worker stopped at Scene 01 and Scene 02, resumed after (\d+) s, 8 generated, nothing paid twice, output not complete yet$/.exec(
      entry?.text ?? '',
    ) ?? [];
  // From the last beat, at most two seconds before, to the first attempt that went on.
  expect([entry?.text, Number(killed) <= dead + 3, Number(stopped) <= away + 3]).toEqual([entry?.text, true, true]);
  const pass = { state: 'done', paid: 8, generated: 8, reused: 0, lost: 0, interruptions: 2 };
  expect(entry).toMatchObject({ kind: 'pass', version: 'V0-1', cost: 8, pass });
  expect(registry.notes().at(-1)).toMatchObject({ version: 'V0-1', notes: entry?.text });
  expect(registry.notes()).toHaveLength(2);
  for (const theirs of ['"owner": {"name":   "Ann"}', '"mood": 1.0', '"by": "Ann"'])
    expect(registry.text()).toContain(theirs);
});

test('a pass that waited for G-Labs says how long; one that only looked says so, and not to the registry', async () => {
  const registry = makeRegistry(project.root);
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.faults.add({ kind: 'refuse', forMs: 600_000 });
  const state = async (): Promise<unknown> =>
    jsonOf(await rig.cli(project, ['status', project.file, '--json']))['state'];
  await until('a pass that waits', async () => (await state()) === 'waiting');
  backend.faults.clear();
  expect((await run.ended).code).toBe(0);
  const [waited] = await history();
  expect(waited?.text).toMatch(/^V0-1: waited \d+ s for G-Labs, 8 generated, (.+, )?nothing paid twice, /);
  expect(registry.notes().map(({ notes }) => notes)).toEqual(['first storyboard', waited?.text]);
  const told = registry.text();

  await rig.run(project, backend, SCENES);
  const [idle, ...before] = await history();
  expect(idle).toMatchObject({ text: 'V0-1: 8 reused, nothing paid, output not complete yet', cost: 0 });
  expect([before, registry.text()]).toEqual([[waited], told]);
});

test('a registry that can not be read holds up no pass; a person is told, and their note waits until it is mended', async () => {
  const registry = makeRegistry(project.root);
  registry.write('{"workflows": [');
  const answer = await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  expect((answer as RunAnswer & { notes: string[] }).notes.join(' ')).toMatch(
    /version-registry\.json can't be used: .*nbflow history XYZG3-V0-1/,
  );
  const refused = await rig.cli(project, ['note', project.file, 'avatar replaced']);
  expect([refused.code, refused.stderr]).toEqual([8, expect.stringContaining('version-registry.json')]);
  expect(await history()).toHaveLength(1);

  registry.write(registry.original);
  const noted = await rig.cli(project, ['note', project.file, 'avatar', 'replaced\nby Ann', '--json']);
  expect(jsonOf(noted)).toMatchObject({ text: 'avatar replaced by Ann', inRegistry: true });
  expect((await history())[0]).toMatchObject({ kind: 'note', text: 'avatar replaced by Ann', cost: null });
  expect(registry.notes().at(-1)).toMatchObject({ version: 'V0-1', notes: 'avatar replaced by Ann' });
  expect((await rig.cli(project, ['note', project.file, ' \n'])).code).toBe(2);
});

test('history shows what is there: nothing yet, a pass without an end, past a torn line', async () => {
  const none = await rig.cli(project, ['history', project.file]);
  expect([none.code, none.stdout, none.stderr]).toEqual([
    0,
    expect.stringContaining('There is no history of XYZG3 yet'),
    expect.stringMatching(/nbflow diagnose .*nbflow run /s),
  ]);
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('eight pictures with known tasks', allSubmitted);
  expect(await history()).toMatchObject([
    { version: 'V0-1', cost: 8, text: 'V0-1: 0 of 8 generations came home; the pass has no end on record yet' },
  ]);
  release();
  await run.ended;
  appendFileSync(project.layout.historyFile, '{"schema":1,"id":');
  const end = await rig.cli(project, ['history', project.file]);
  expect(end.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}V0-1 {2}8 units +8 generated, nothing paid twice/);
  expect(end.stderr).toMatch(/1 line of .*history\.jsonl can't be read/);

  const [receipt = ''] = readdirSync(project.layout.receiptsDir);
  appendFileSync(join(project.layout.receiptsDir, receipt), 'x');
  const damaged = await rig.cli(project, ['history', project.file]);
  expect([damaged.code, damaged.stdout]).toEqual([8, end.stdout]);
  expect(damaged.stderr).toMatch(/note: The receipt .* is not valid JSON.*→ Restore .* from a backup/s);
});
