/**
 * Whole passes whose histories are replayed against the workflow of today. With NBFLOW_RECORD_HISTORIES=1
 * (`npm run record-histories`) they are written to test/histories.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import type { Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { historyText, quietRuntime, readHistory, saveHistory } from '../helpers/histories';
import type { Tunnel } from '../../src/simulator/tunnel';
import { jsonOf } from '../helpers/cli';
import { until } from '../helpers/wait';

/** Paths stand in histories, so they are recorded in a folder that says nothing about anybody. */
const ROOT = join(tmpdir(), 'nbflow-histories');
const record = process.env['NBFLOW_RECORD_HISTORIES'] === '1';

let rig: Rig;
beforeAll(async () => {
  quietRuntime();
  rmSync(ROOT, { recursive: true, force: true });
  mkdirSync(ROOT, { recursive: true });
  rig = await openRig({ root: ROOT });
});
afterAll(async () => {
  await rig.close();
  rmSync(ROOT, { recursive: true, force: true });
});

async function keep(name: string, project: TestProject): Promise<void> {
  const client = await rig.client();
  const text = historyText(await client.workflow.getHandle(project.workflowId).fetchHistory());
  const workflowsPath = require.resolve('../../src/workflows/index');
  await Worker.runReplayHistory({ workflowsPath }, readHistory(text), project.workflowId);
  if (record) saveHistory(name, text);
}

async function stateOf(project: TestProject): Promise<unknown> {
  const end = await rig.cli(project, ['status', project.file, '--json']);
  return end.code === 0 ? jsonOf(end)['state'] : null;
}

test('a pass that is done', async () => {
  const project = rig.project('XYZG3-V0-1');
  await rig.run(project, await rig.simulate());
  await keep('done', project);
});

test('a pass with a failed picture and its skipped clip', async () => {
  const backend = await rig.simulate();
  const project = rig.project('XYZG3-V0-1');
  backend.faults.add({ kind: 'fail', code: 403, count: 4, match: { type: 'image', promptContains: 'take 2.1' } });
  await rig.run(project, backend, ['--scene', '1,2,3'], 1);
  await keep('with-failure', project);
});

test('a pass that waited at the gate', async () => {
  const backend = await rig.simulate({ imageMs: 200, videoMs: 200 });
  const project = rig.project('XYZG3-V0-1');
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  backend.faults.add({ kind: 'refuse', forMs: 3_000 });
  expect((await run.ended).code).toBe(0);
  await keep('waited-at-gate', project);
});

test('a pass that was cancelled', async () => {
  const backend = await rig.simulate({ imageMs: 300, videoMs: 300 });
  const project = rig.project('XYZG3-V0-1');
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('clips on the bill', () => backend.bill().videos >= 1);
  const handle = (await rig.client()).workflow.getHandle(project.workflowId);
  const release = backend.hold();
  await handle.cancel();
  release();
  await run.ended;
  await until('the end of the pass', async () => (await handle.describe()).status.name !== 'RUNNING');
  await keep('cancelled', project);
});

test('a pass whose worker was killed', async () => {
  const backend = await rig.simulate({ imageMs: 200, videoMs: 200 });
  const project = rig.project('XYZG3-V0-1');
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  await rig.strike('worker', 'SIGKILL');
  expect((await run.ended).code).toBe(0);
  await keep('resumed-after-kill', project);
});

test('a pass that waited for a person while others were at work', async () => {
  const backend = await rig.simulate({ imageMs: 100, videoMs: 100 });
  const project = rig.project('XYZG3-V0-1');
  const match = { route: 'status', promptContains: 'take 1.1' } as const;
  // "Not found" is believed when it is said twice of a task.
  backend.faults.add({ kind: 'status', status: 404, message: 'Task not found', count: 8, match });
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1,2', '--on-lost', 'ask']);
  await until('a node that waits', () => project.generations().filter(({ state }) => state === 'lost').length === 4);
  await until('the decision is taken', async () => {
    const end = await rig.cli(project, ['decide', project.file, '--scene', '1', 'regenerate', '--json']);
    return end.code === 0;
  });
  release();
  expect((await run.ended).code).toBe(0);
  await keep('decided', project);
});

test('a pass that was paused, and went on', async () => {
  const backend = await rig.simulate();
  const project = rig.project('XYZG3-V0-1');
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1,2']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  expect((await rig.cli(project, ['pause', project.file])).code).toBe(0);
  expect((await rig.cli(project, ['concurrency', '1', project.file])).code).toBe(0);
  release();
  expect((await rig.cli(project, ['resume', project.file])).code).toBe(0);
  expect((await run.ended).code).toBe(0);
  await keep('paused', project);
});

test('a pass that was told to end, and brought home what was out', async () => {
  const backend = await rig.simulate();
  const project = rig.project('XYZG3-V0-1');
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 8);
  const cancel = rig.start(project, ['cancel', project.file]);
  await until('a pass that ends', async () => (await stateOf(project)) === 'cancelling');
  release();
  expect([(await cancel.ended).code, (await run.ended).code]).toEqual([0, 130]);
  await keep('told-to-end', project);
});

test('a pass that was given another address while it waited', async () => {
  const backend = await rig.simulate({ tunnel: true });
  const project = rig.project('XYZG3-V0-1');
  const release = backend.hold();
  const tunnel = backend.tunnel as Tunnel;
  const old = tunnel.url() as string;
  const run = rig.start(project, ['run', project.file, '--server', old, '--json', '--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 12);
  tunnel.die();
  await until('a pass that waits', async () => (await stateOf(project)) === 'waiting');
  release();
  expect((await rig.cli(project, ['server', await tunnel.comeBack()])).code).toBe(0);
  expect((await run.ended).code).toBe(0);
  await keep('another-address', project);
});
