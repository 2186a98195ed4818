/** What a pass waits for: said in full, waited for at no cost, and gone on from by itself or by one command. */
import { temporal } from '@temporalio/proto';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made), { imageMs: 100, videoMs: 150, tunnel: true });

const SCENES = ['--scene', '1,2'];

async function state(): Promise<string> {
  return String(jsonOf(await rig.cli(project, ['status', project.file, '--json']))['state']);
}

async function untilWaiting(): Promise<CliEnd> {
  await until('a pass that waits', async () => (await state()) === 'waiting');
  return rig.cli(project, ['status', project.file]);
}

async function expectAllDone(ended: Promise<CliEnd>, paid = 16, results = 16): Promise<void> {
  const end = await ended;
  if (end.code !== 0) throw new Error(`exit ${end.code}:\n${end.stdout}\n${end.stderr}`);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer.state).toBe('done');
  expect(backend.paid()).toBe(paid);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, results);
}

test('G-Labs away: status, list and Temporal say since when, why and what to type; it goes on by itself', async () => {
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.faults.add({ kind: 'refuse', forMs: 600_000 });
  const words =
    /waiting for G-Labs since \d\d:\d\d:\d\d: .+ at http:\/\/127\.0\.0\.1:\d+ \(checked every 5 s\)\. Start G-Labs, or: nbflow server <new URL>/;
  expect((await untilWaiting()).stdout).toMatch(words);
  expect((await rig.cli(project, ['list', '--running'])).stdout).toMatch(words);
  expect((await rig.cli(project, ['status'])).stdout).toMatch(words);
  const handle = (await rig.client()).workflow.getHandle(project.workflowId);
  const { searchAttributes } = await handle.describe();
  expect(searchAttributes['NbflowState']).toEqual(['waiting']);
  const paid = backend.paid();
  backend.faults.clear();
  await expectAllDone(run.ended);
  expect(paid).toBeLessThanOrEqual(16);
  expect(run.said()).toMatch(/waiting for G-Labs since[^]*going on/);
});

test('an outage with three nodes at work adds fewer than 20 events to the history, however long it is', async () => {
  const handle = (await rig.client()).workflow.getHandle(project.workflowId);
  const events = async (): Promise<number> => Number((await handle.describe()).historyLength);
  const attempts = async (): Promise<readonly { attempt?: number | null; state?: unknown }[]> =>
    (await handle.describe()).raw.pendingActivities ?? [];
  backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1,2,3', '--concurrency', '3']);
  await until('three nodes at work', () => backend.paid() === 12);
  const before = await events();
  backend.faults.add({ kind: 'refuse', forMs: 600_000 });
  await untilWaiting();
  const waiting = await events();
  await until('looks in vain', async () => (await attempts()).some(({ attempt }) => Number(attempt) > 3));
  expect(await events()).toBe(waiting);
  const { stdout: status } = await rig.cli(project, ['status', project.file]);
  expect(status).toMatch(/Scene 01 +image waiting.*\n.*Scene 02 +image waiting.*\n.*Scene 03 +image waiting/);
  backend.faults.clear();
  const release = backend.hold();
  const { PENDING_ACTIVITY_STATE_STARTED: started } = temporal.api.enums.v1.PendingActivityState;
  await until('three nodes at work again', async () => {
    const pending = await attempts();
    return pending.length === 3 && pending.every(({ state }) => state === started) && (await state()) === 'running';
  });
  expect((await events()) - before).toBeLessThan(20);
  release();
  await expectAllDone(run.ended, 24, 24);
});

test('When the cloudflared tunnel drops: `nbflow server` with the new address, and the waiting pass goes on; later runs use it too', async () => {
  const old = backend.tunnel?.url() as string;
  const run = rig.start(project, ['run', project.file, '--server', old, '--json', ...SCENES]);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.tunnel?.die();
  await untilWaiting();
  const wrong = await rig.cli(project, ['server', old, project.file]);
  expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringMatching(/Nothing was changed: .*refused.*--force/s)]);
  const address = (await backend.tunnel?.comeBack()) as string;
  const told = await rig.cli(project, ['server', address]);
  expect([told.code, told.stdout + told.stderr]).toEqual([0, expect.stringMatching(/goes on with[^]*PatchWork/)]);
  await expectAllDone(run.ended);
  const again = await rig.cli(project, ['run', project.file, '--json', ...SCENES], { GLABS_SERVER: '' });
  expect([again.code, jsonOf<RunAnswer>(again).generations.paid]).toEqual([0, 0]);
});

test('two addresses of one G-Labs: the tunnel dies, the pass goes on through the other', async () => {
  const tunnel = backend.tunnel?.url() as string;
  const run = rig.start(project, ['run', project.file, '--server', tunnel, backend.url, '--json', ...SCENES]);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.tunnel?.die();
  await expectAllDone(run.ended);
});

test('the quota of the day is used up: it waits until `nbflow resume`, and pays no more than what failed', async () => {
  const match = { type: 'image' as const, promptContains: 'take 2.1' };
  backend.faults.add({ kind: 'fail', code: 429, message: 'QUOTA', count: 4, match });
  const run = rig.startRun(project, backend, SCENES);
  const status = await untilWaiting();
  expect(status.stdout).toMatch(/waiting for G-Labs' quota since .*QUOTA.*nbflow resume/);
  const resumed = await rig.cli(project, ['resume', project.file]);
  expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('goes on')]);
  await expectAllDone(run.ended, 20);
});

test('a limit that names a far time is waited out, or resumed by hand', async () => {
  const match = { route: 'submit', type: 'image', promptContains: 'take 2.1' } as const;
  backend.faults.add({ kind: 'status', status: 429, retryAfter: '7200', count: 4, match });
  const run = rig.startRun(project, backend, SCENES);
  expect((await untilWaiting()).stdout).toMatch(/quota since .* \(until \d{4}-\d\d-\d\d \d\d:\d\d UTC\)/);
  await rig.cli(project, ['resume']);
  await expectAllDone(run.ended);
});

test('--max-wait ends it, resumable: the next run pays for the rest alone', async () => {
  const run = rig.startRun(project, backend, [...SCENES, '--max-wait', '2s']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.faults.add({ kind: 'refuse', forMs: 600_000 });
  const end = await run.ended;
  expect(end.code).toBe(1);
  expect(jsonOf<RunAnswer>(end).next.join('\n')).toMatch(/nbflow run .*--max-wait/);
  backend.faults.clear();
  await expectAllDone(rig.startRun(project, backend, SCENES).ended);
});

describe('another G-Labs is named in the middle', () => {
  let other: Backend;
  let run: ReturnType<Rig['startRun']>;
  beforeEach(async () => {
    other = await rig.simulate({ imageMs: 100, videoMs: 150 });
    backend.hold();
    run = rig.startRun(project, backend, SCENES);
    await until('pictures on the bill', () => backend.paid() === 8);
    expect((await rig.cli(project, ['server', other.url, project.file])).stderr).toMatch(/is another G-Labs than/);
  });

  test('what was sent to the one before is fetched there, the rest is made at the new one', async () => {
    // The attempts under way go on where they are until something ends them.
    await rig.strike('worker', 'SIGKILL');
    backend.faults.clear();
    const answer = jsonOf<RunAnswer>(await run.ended);
    expect([answer.state, backend.paid(), other.paid()]).toEqual(['done', 8, 8]);
    await expectResultsOpen(project, answer.output, 16);
  });

  test('the one before is silent: its tasks are kept, not made again; when it is back they are fetched', async () => {
    backend.faults.add({ kind: 'refuse', forMs: 600_000 });
    const end = await run.ended;
    expect([end.code, end.stdout]).toEqual([1, expect.stringMatching(/pays nothing again/)]);
    expect([backend.paid(), other.paid()]).toEqual([8, 0]);
    backend.faults.clear();
    const again = await rig.run(project, other, SCENES);
    expect([again.state, backend.paid(), other.paid()]).toEqual(['done', 8, 8]);
    await expectResultsOpen(project, again.output, 16);
  });
});
