/** What Temporal's own tools do to a pass: terminate, reset, pause, forget. The bill stays what one quiet run costs. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { homeFolders } from '../../src/services/home';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

const SCENES = ['--scene', '1,2'];
/** What scenes 1 and 2 cost: two pictures and two clips, four candidates each. */
const COST = 16;
const NAMESPACE = 'default';

let rig: Rig;
let backend: Backend;
let project: TestProject;
let client: Client;

const states = (): Set<string> => new Set(current(project).map(({ state }) => state));
/** One file per attempt that the worker has in hand, named after it. */
const attempts = (): readonly string[] => readdirSync(join(rig.home, 'run', 'holds'));
const letGo = (): Promise<boolean> => until('a worker that has let go of both nodes', () => attempts().length === 0);
const replaced = (before: readonly string[]): Promise<boolean> =>
  until('two other attempts', () => attempts().length === 2 && !attempts().some((one) => before.includes(one)));
const execution = (): { workflowId: string } => ({ workflowId: project.workflowId });

/** A pass whose first pictures are all submitted and do not end before the returned function is called. */
async function startHeld(): Promise<{ readonly run: CliRun; readonly release: () => void }> {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('two nodes at G-Labs, their ids on record', () => {
    return current(project).length === 8 && [...states()].join() === 'submitted';
  });
  client = await rig.client();
  return { run, release };
}

async function expectDone(answer: RunAnswer): Promise<void> {
  expect(answer).toMatchObject({ state: 'done', generations: { lost: 0 } });
  expect(backend.paid()).toBe(COST);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, COST);
}

/** To the end of its first workflow task, as `temporal workflow reset --type FirstWorkflowTask` does. */
async function resetToFirstTask(): Promise<void> {
  const { events } = await client.workflow.getHandle(project.workflowId).fetchHistory();
  const first = events?.find(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes);
  if (!first?.eventId) throw new Error('no workflow task has ended yet');
  await client.workflowService.resetWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution: execution(),
    reason: 'a test',
    requestId: `reset ${project.workflowId}`,
    workflowTaskFinishEventId: first.eventId,
  });
}

describe('on a server that stays', () => {
  beforeAll(async () => {
    rig = await openRig();
  });
  beforeEach(async () => {
    backend = await rig.simulate();
    project = rig.project('XYZG3-V0-1');
  });
  afterAll(() => rig.close());

  test('terminated while its pictures are being made: what still runs lets go, the next run fetches them and pays for the rest', async () => {
    const { run, release } = await startHeld();
    await client.workflow.getHandle(project.workflowId).terminate('a test');
    const end = await run.ended;
    expect([end.code, end.stdout]).toEqual([1, expect.stringContaining('was terminated')]);
    expect(end.stdout).toContain('nbflow run');
    await letGo();
    release();
    const answer = await rig.run(project, backend, SCENES);
    await expectDone(answer);
    expect(answer.generations.paid).toBe(COST - 8);
  });

  test('terminated, and run again at once: the new pass waits for the nodes that the old one still holds', async () => {
    const { run, release } = await startHeld();
    await client.workflow.getHandle(project.workflowId).terminate('a test');
    const second = rig.startRun(project, backend, SCENES);
    await until('the new pass', async () => {
      const { status } = await client.workflow.getHandle(project.workflowId).describe();
      return status.name === 'RUNNING';
    });
    release();
    await run.ended;
    const end = await second.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    await expectDone(jsonOf<RunAnswer>(end));
  });

  test('terminated while accepted submits wait for their answers: nothing is sent twice', async () => {
    backend.faults.add({ kind: 'slow', delayMs: 2_500, accepted: true, match: { route: 'submit' }, count: 4 });
    const run = rig.startRun(project, backend, SCENES);
    await until('four charged pictures without an id', () => {
      return backend.paid() >= 4 && current(project).some(({ state }) => state === 'intent');
    });
    client = await rig.client();
    await client.workflow.getHandle(project.workflowId).terminate('a test');
    await run.ended;
    await expectDone(await rig.run(project, backend, SCENES));
  });

  test('reset to its first workflow task while pictures are being made: the same pass goes on and pays for the rest', async () => {
    const { run, release } = await startHeld();
    const before = attempts();
    await resetToFirstTask();
    await replaced(before);
    release();
    const end = await run.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    await expectDone(jsonOf<RunAnswer>(end));
  });

  test('a finished pass that is reset runs once more and pays nothing', async () => {
    await rig.run(project, backend, SCENES);
    client = await rig.client();
    await resetToFirstTask();
    const answer = jsonOf<RunAnswer>(await rig.cli(project, ['watch', project.file, '--json']));
    expect(answer.generations).toMatchObject({ reused: COST });
    await expectDone(answer);
  });

  test('its activities reset while they run: the next attempts ask for the very tasks that are out', async () => {
    const { run, release } = await startHeld();
    const before = attempts();
    await client.workflowService.resetActivity({
      namespace: NAMESPACE,
      execution: execution(),
      type: 'generateNode',
      resetHeartbeat: true,
    });
    await replaced(before);
    expect(backend.paid()).toBe(8);
    release();
    const end = await run.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    await expectDone(jsonOf<RunAnswer>(end));
  });

  test('its activities paused: they let go of their nodes, and go on when they are unpaused', async () => {
    const { run, release } = await startHeld();
    const which = { namespace: NAMESPACE, execution: execution(), type: 'generateNode' };
    await client.workflowService.pauseActivity({ ...which, reason: 'a test' });
    await letGo();
    release();
    expect(backend.paid()).toBe(8);
    await client.workflowService.unpauseActivity(which);
    const end = await run.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    await expectDone(jsonOf<RunAnswer>(end));
  });
});

describe("with Temporal's database lost", () => {
  beforeAll(async () => {
    rig = await openRig({ ownServers: true });
  });
  beforeEach(async () => {
    backend = await rig.simulate();
    project = rig.project('XYZG3-V0-1');
  });
  afterAll(() => rig.close());

  const removeDatabase = (): void => {
    const { data } = homeFolders(rig.env);
    const files = readdirSync(data).filter((name) => name.startsWith('temporal.db'));
    expect(files).toContain('temporal.db');
    for (const name of files) rmSync(join(data, name));
  };

  test('between two runs: what is made is taken from the receipts, only the rest is paid', async () => {
    await rig.run(project, backend, ['--scene', '1']);
    expect(backend.paid()).toBe(8);
    await rig.cli(project, ['down']);
    removeDatabase();
    const answer = await rig.run(project, backend, SCENES);
    expect(answer.generations).toMatchObject({ reused: 8, paid: 8 });
    await expectDone(answer);
  });

  test('in the middle of a pass: the same command says so, and the next one fetches what is out', async () => {
    const { run, release } = await startHeld();
    // Its files go while it runs, so that the supervisor can't start it on the old ones.
    removeDatabase();
    await rig.strike('temporal', 'SIGKILL');
    const end = await run.ended;
    release();
    expect(end.code).toBe(1);
    expect(end.stdout).toContain('nbflow run');
    const answer = await rig.run(project, backend, SCENES);
    await expectDone(answer);
    expect(answer.generations.paid).toBe(COST - 8);
  });
});
