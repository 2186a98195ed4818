/** A person's word about what G-Labs lost or can't tell: `--on-lost`, and `nbflow decide` with and without a running pass. */
import type { FaultInput } from '../../src/simulator/faults';
import { jsonOf } from '../helpers/cli';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const PICTURES = ['--mode', 'images'];
const FIRST = ['--scene', '1', ...PICTURES];

/** G-Labs makes this many of the pictures whose prompt says so, and has lost their files when they are asked for. */
const loses = (count: number, promptContains = 'take 1.1'): FaultInput => ({
  kind: 'gone',
  forever: true,
  count,
  match: { promptContains },
});

/** G-Labs knows nothing of this many tasks while they run: "not found" is believed when it is said twice. */
const forgets = (tasks: number): FaultInput => ({
  kind: 'status',
  status: 404,
  message: 'Task not found',
  count: 2 * tasks,
  match: { route: 'status', promptContains: 'take 1.1' },
});

interface Listed {
  readonly running: boolean;
  readonly decisions: readonly {
    readonly scene: string;
    readonly candidate: number;
    readonly state: string;
    readonly price: number;
  }[];
  readonly decided: readonly object[];
  readonly next: readonly string[];
}

async function decide(code: number, ...args: string[]): Promise<Listed> {
  const end = await rig.cli(project, ['decide', project.file, ...args, '--json']);
  if (end.code !== code) throw new Error(`exit ${end.code} instead of ${code}:\n${end.stdout}\n${end.stderr}`);
  return jsonOf<Listed>(end);
}

const states = (): string[] =>
  project
    .generations()
    .filter(({ superseded }) => !superseded)
    .map(({ candidate, state }) => `${candidate} ${state}`)
    .sort();

test('--on-lost ask stops for a person, who lists, decides about each, and runs again', async () => {
  backend.faults.add(loses(3));
  const asked = await rig.run(project, backend, [...FIRST, '--on-lost', 'ask'], 6);
  expect(asked).toMatchObject({ state: 'needs-person', generations: { paid: 4, lost: 3 }, nodes: { undecided: 1 } });
  expect(asked.next[0]).toContain('nbflow decide');
  expect(backend.paid()).toBe(4);

  const { decisions, running } = await decide(6);
  expect([running, decisions.length]).toEqual([false, 3]);
  expect(decisions[0]).toMatchObject({ scene: '01', state: 'lost', price: 1 });
  const [skipped] = decisions.map(({ candidate }) => String(candidate));
  const one = await decide(0, '--scene', '1', '--candidate', skipped ?? '', 'skip');
  expect([one.decided.length, one.next[0]]).toEqual([1, expect.stringContaining('nbflow run')]);
  expect((await decide(0, 'regenerate')).decided).toHaveLength(2);
  expect((await decide(0)).decisions).toEqual([]);

  const again = await rig.run(project, backend, [...FIRST, '--on-lost', 'ask']);
  expect(again).toMatchObject({ state: 'done', generations: { paid: 2 } });
  expect(backend.paid()).toBe(6);
  expect(states().filter((state) => state.endsWith('cached'))).toHaveLength(3);
  expect(states()).toContain(`${skipped} skipped`);
  const made = project.generations().filter(({ state }) => state === 'cached');
  for (const { url } of made) expect(project.text()).toContain(JSON.stringify(url));
  // Nothing is left to do, so nothing is: the skipped one stays skipped.
  expect((await rig.run(project, backend, FIRST)).generations).toMatchObject({ paid: 0, reused: 3 });
});

test('--on-lost skip does without, and a plain run makes it later', async () => {
  backend.faults.add(loses(1));
  const without = await rig.run(project, backend, [...FIRST, '--on-lost', 'skip']);
  expect(without).toMatchObject({ state: 'done', generations: { paid: 4, lost: 1 } });
  expect(states().filter((state) => state.endsWith('cached'))).toHaveLength(3);
  const later = await rig.run(project, backend, FIRST);
  expect(later).toMatchObject({ state: 'done', generations: { paid: 1, reused: 3 } });
});

test('lost too often needs a person, and an edit that is undone in between forgives nothing', async () => {
  backend.faults.add(loses(12));
  expect((await rig.run(project, backend, FIRST, 6)).generations).toMatchObject({ paid: 12, lost: 12 });
  const text = project.text();
  project.write(text.replace('take 1.1', 'take 1.1b'));
  expect((await rig.run(project, backend, FIRST)).generations.paid).toBe(4);
  project.write(text);
  expect((await rig.run(project, backend, FIRST, 6)).generations.paid).toBe(0);
  expect((await decide(6)).decisions).toHaveLength(4);
  await decide(0, '--scene', '1', 'regenerate');
  expect((await rig.run(project, backend, FIRST)).generations.paid).toBe(4);
  expect(backend.paid()).toBe(20);
});

test('more tasks with the same words than were sent: nothing is sent again until a person decides', async () => {
  const submits = { route: 'submit', type: 'image' } as const;
  backend.faults.add({ kind: 'drop-after-accept', count: 4, match: submits });
  backend.faults.add({ kind: 'foreign', when: 'after', words: 'same', match: submits });
  const end = await rig.run(project, backend, FIRST, 6);
  expect(end).toMatchObject({ state: 'needs-person', generations: { paid: 0 } });
  expect(backend.paid()).toBe(4);
  const { decisions } = await decide(6);
  expect(decisions.map(({ state }) => state)).toEqual(Array<string>(4).fill('undecided'));
  await decide(0, 'regenerate');
  const again = await rig.run(project, backend, FIRST);
  expect(again).toMatchObject({ state: 'done', generations: { paid: 4 } });
  expect(project.generations().filter(({ state }) => state === 'lost')).toHaveLength(4);
});

test('a running pass waits for the decision while others are at work, and goes on at once when it comes', async () => {
  const args = ['--scene', '1,2', '--on-lost', 'ask'];
  backend.faults.add(forgets(4));
  const release = backend.hold();
  const run = rig.startRun(project, backend, args);
  const waiting = await until('a node that waits for a person', async () => {
    const status = jsonOf<{ current?: readonly string[] }>(await rig.cli(project, ['status', project.file, '--json']));
    return status.current?.find((line) => line.includes('needs a decision'));
  });
  expect(waiting).toMatch(/Scene 01.*money for it is possibly gone/);
  const listed = await decide(6);
  expect([listed.running, listed.decisions.length]).toEqual([true, 4]);
  await decide(2, '--scene', '9', 'skip');
  await decide(2, '--scene', '1', '--candidate', '9', 'skip');
  await decide(2, '--scene', '2', '--candidate', '1', 'skip');
  expect(backend.paid()).toBe(8);
  const { decided, running } = await decide(0, '--scene', '1', 'regenerate');
  expect([decided.length, running]).toEqual([4, true]);
  await until('the pictures that were decided about', () => backend.paid() === 12);
  release();
  const end = await run.ended;
  expect(end.code).toBe(0);
  expect(jsonOf<RunAnswer>(end)).toMatchObject({ state: 'done', generations: { paid: 20, lost: 4 } });
  expect(end.stderr).toContain('needs a decision');
  expect(backend.paid()).toBe(20);
});

test('a pass in which nothing else is left to do ends and says what to type', async () => {
  backend.faults.add(loses(4));
  const end = await rig.run(project, backend, ['--scene', '1,2', '--on-lost', 'ask'], 6);
  expect(end).toMatchObject({ state: 'needs-person', nodes: { done: 2, undecided: 1, skipped: 1 } });
  const list = await rig.cli(project, ['decide', project.file]);
  expect([list.code, list.stdout]).toEqual([6, expect.stringMatching(/4 candidates need a decision:\n {2}.*Scene 01/)]);
  expect(list.stdout).toMatch(/nbflow decide .* --scene 01 --candidate 1 regenerate {3}\(or: skip\)/);
});

test('a decision that is not needed is refused and says how it stands', async () => {
  await rig.run(project, backend, FIRST);
  const end = await rig.cli(project, ['decide', project.file, '--scene', '1', '--candidate', '2', 'regenerate']);
  expect([end.code, end.stderr]).toEqual([2, expect.stringMatching(/candidate 2: already made/)]);
  expect((await rig.cli(project, ['decide', project.file, 'skip'])).code).toBe(2);
  expect((await rig.cli(project, ['decide', project.file, 'perhaps'])).code).toBe(2);
});
