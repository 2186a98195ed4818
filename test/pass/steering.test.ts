/** Steering a running pass: a pause, an end, fewer nodes at once; each answered, none of them paid for twice. */
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const SCENES = ['--scene', '1,2,3'];

const told = async (...args: string[]): Promise<CliEnd> => rig.cli(project, args);

async function expectAllDone(ended: Promise<CliEnd>): Promise<void> {
  const end = await ended;
  if (end.code !== 0) throw new Error(`exit ${end.code}:\n${end.stdout}\n${end.stderr}`);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer.state).toBe('done');
  expect(backend.paid()).toBe(24);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 24);
}

const states = (): readonly string[] => current(project).map(({ state }) => state);
const noneIsOut = (): boolean => !states().some((state) => ['intent', 'unknown', 'submitted'].includes(state));

test('pause: nothing more is paid for, what is out comes home; resume: the rest, once', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 4);
  const paused = await told('pause', project.file);
  expect([paused.code, paused.stdout]).toEqual([0, expect.stringMatching(/paused\. Nothing more is paid for/)]);
  expect(paused.stderr).toContain('nbflow resume');
  const paid = backend.paid();
  release();
  await until('all that was out at home', noneIsOut);
  const status = await told('status', project.file);
  expect(status.stdout).toMatch(/waiting for you since .*paused.*nbflow resume/);
  expect(jsonOf(await told('status', project.file, '--json'))).toMatchObject({ state: 'paused' });
  expect([backend.paid(), states().length]).toEqual([paid, paid]);
  expect((await told('resume', project.file)).stdout).toContain('goes on');
  await expectAllDone(run.ended);
});

test('cancel brings home what is paid for; the next run pays for the rest alone', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 8);
  const cancel = rig.start(project, ['cancel', project.file, '--json']);
  await until('a pass that ends', async () => {
    const status = jsonOf(await told('status', project.file, '--json'));
    return status['state'] === 'cancelling';
  });
  release();
  const end = await cancel.ended;
  expect([end.code, jsonOf(end)]).toEqual([0, expect.objectContaining({ state: 'cancelled' })]);
  expect((await run.ended).code).toBe(130);
  expect(noneIsOut()).toBe(true);
  expect(backend.paid()).toBe(states().length);
  expect(backend.paid()).toBeLessThan(24);
  await expectAllDone(rig.startRun(project, backend, SCENES).ended);
});

test('cancel --now ends it at once; the next run fetches what is out and pays for the rest alone', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 8);
  const end = await told('cancel', project.file, '--now', '--json');
  expect([end.code, jsonOf(end)]).toEqual([0, expect.objectContaining({ state: 'cancelled' })]);
  expect((await run.ended).code).toBe(130);
  expect(states()).toContain('submitted');
  release();
  await expectAllDone(rig.startRun(project, backend, SCENES).ended);
});

test('a pass that only waits for G-Labs is cancelled without waiting for it', async () => {
  backend.faults.add({ kind: 'refuse', forMs: 600_000 });
  const run = rig.startRun(project, backend, [...SCENES, '--wait']);
  await until('a pass that waits', async () => {
    const end = await told('status', project.file, '--json');
    return end.code === 0 && jsonOf(end)['state'] === 'waiting';
  });
  const end = await told('cancel', project.file, '--json');
  expect([end.code, jsonOf(end)]).toEqual([0, expect.objectContaining({ state: 'cancelled' })]);
  expect([(await run.ended).code, backend.paid()]).toEqual([130, 0]);
});

test('concurrency is changed while it runs; what is no such number is refused', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, [...SCENES, '--concurrency', '1', '--mode', 'full']);
  await until('one node at G-Labs', () => backend.paid() === 4);
  const refused = await told('concurrency', '9', project.file);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/from 1 to 5, got 9/)]);
  const answer = await told('concurrency', '3', project.file);
  expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining('3 nodes at once')]);
  await until('three nodes at G-Labs', () => backend.paid() === 12);
  release();
  await expectAllDone(run.ended);
});

test('with no pass running they say so, and what to type', async () => {
  for (const command of ['pause', 'resume']) {
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    const end = await told(command, project.file);
    expect([end.code, end.stderr]).toEqual([2, expect.stringMatching(/is not running[^]*nbflow list/)]);
  }
});
