/** The commands around a running pass, as scripts use them. */
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const SCENES = ['--scene', '1,2,3'];

test('--detach returns at once; status tells the state; watch follows to the end; list shows the pass', async () => {
  const release = backend.hold();
  const started = await rig.startRun(project, backend, [...SCENES, '--detach']).ended;
  expect(started.code).toBe(0);
  const { workflowId, runId } = jsonOf<RunAnswer>(started);
  expect(jsonOf(started)).toMatchObject({ version: 1, workflowId: project.workflowId, state: 'running' });

  await until('pictures on the bill', () => backend.paid() >= 2);
  const status = jsonOf(await rig.cli(project, ['status', project.file, '--json']));
  expect(status).toMatchObject({ version: 1, workflowId, state: 'running', waitingFor: null });
  expect(new Date(String(status['since'])).toISOString()).toBe(status['since']);
  for (const field of ['nodes', 'generations', 'current']) expect(status).toHaveProperty(field);

  release();
  const watched = await rig.cli(project, ['watch', project.file, '--json']);
  expect(watched.code).toBe(0);
  expect(jsonOf(watched)).toMatchObject({ workflowId, runId, state: 'done', generations: { paid: 24, lost: 0 } });
  expect(jsonOf(await rig.cli(project, ['status', project.file, '--json']))).toMatchObject({ state: 'done' });

  const { passes } = jsonOf<{ passes: Record<string, unknown>[] }>(await rig.cli(project, ['list', '--json']));
  const pass = passes.find((one) => one['runId'] === runId);
  expect(pass).toMatchObject({ workflowId, state: 'done' });
  expect(backend.paid()).toBe(24);
});

test('Ctrl-C of run ends with 130, says how to watch, and the pass goes on', async () => {
  const release = backend.hold();
  const run = rig.start(project, ['run', project.file, '--server', backend.url, ...SCENES]);
  await until('pictures on the bill', () => backend.paid() >= 2);
  run.child.kill('SIGINT');
  const end = await run.ended;
  expect(end.code).toBe(130);
  expect(end.stderr).toMatch(/the pass goes on[^]*nbflow watch/);
  release();
  const watched = await rig.cli(project, ['watch', project.file, '--json']);
  expect(jsonOf(watched)).toMatchObject({ state: 'done', generations: { paid: 24 } });
  expectBillInReceipts(project, backend);
});

test('two runs at once over one file are one pass, and both end with its result', async () => {
  const release = backend.hold();
  const runs = [rig.startRun(project, backend, SCENES), rig.startRun(project, backend, [...SCENES, '--no-cache'])];
  await until('one that joins the other', () => runs.some((run) => run.said().includes('joining it')));
  release();
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  const [one, two] = ends.map((end) => jsonOf<RunAnswer>(end));
  expect(two).toEqual(one);
  expect(ends.filter(({ stderr }) => stderr.includes('joining it'))).toHaveLength(1);
  expect(backend.paid()).toBe(24);
  expectBillInReceipts(project, backend);
});

test('passes over different files run side by side on one worker', async () => {
  const others = [project, rig.project('XYZG3-V0-1'), rig.project('week-1-testing')];
  const runs = others.map((one, i) =>
    rig.startRun(one, backend, i === 2 ? ['--mode', 'images'] : ['--scene', '4', '--mode', 'images']),
  );
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
  const paid = ends.map((end) => jsonOf<RunAnswer>(end).generations.paid);
  expect(backend.paid()).toBe(paid.reduce((sum, one) => sum + one, 0));
});

test('without --json the end is told in words, with the output and what it cost', async () => {
  const end = await rig.cli(project, [
    'run',
    project.file,
    '--server',
    backend.url,
    '--scene',
    '1',
    '--mode',
    'images',
  ]);
  expect(end.code).toBe(0);
  expect(end.stdout).toMatch(/4 generations? paid|4 paid/);
  expect(end.stdout).toMatch(/Output: .*-generated-\d{8}-\d{6}\.nbflow/);
});

test('a file that never ran, and a name that is none, are told apart by status', async () => {
  await rig.run(rig.project('XYZG3-V0-1'), backend, ['--scene', '1', '--mode', 'images']);
  const never = await rig.cli(project, ['status', project.file]);
  expect([never.code, never.stderr]).toEqual([2, expect.stringContaining('No pass over')]);
  const none = await rig.cli(project, ['status', 'nobody']);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no file')]);
});
