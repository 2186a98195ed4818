/** The servers themselves die in the middle of a pass; the supervisor brings them back, nobody does anything. */
import type { Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { homeFolders } from '../../src/services/home';
import { readControl } from '../../src/services/state';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({ ownServers: true });
});
afterAll(() => rig.close());

test.each([
  { names: ['temporal'] as const },
  { names: ['store'] as const },
  { names: ['temporal', 'worker', 'store'] as const },
])('kill -9 of $names in the middle: the pass goes on by itself and pays nothing twice', async ({ names }) => {
  const backend = await rig.simulate({ imageMs: 200, videoMs: 300 });
  const project = rig.project('XYZG3-V0-1');
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 5);
  await Promise.all(names.map((name) => rig.strike(name, 'SIGKILL')));
  // The command line may lose its connection with the server; the same command watches on.
  const end = await run.ended;
  const answer = end.code === 0 ? jsonOf<RunAnswer>(end) : await rig.run(project, backend, ['--scene', '1,2,3']);
  expect(answer.state).toBe('done');
  expect(backend.paid()).toBe(24);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 24);
  expect([end.code, end.code === 0 ? '' : end.stdout + end.stderr]).toEqual([0, '']);
});

test('the supervisor dies, and the worker with it: the command that watches the pass brings both back', async () => {
  const backend = await rig.simulate({ imageMs: 200, videoMs: 300 });
  const project = rig.project('XYZG3-V0-1');
  const run = rig.startRun(project, backend, ['--scene', '1,2,3']);
  await until('pictures on the bill', () => backend.paid() >= 5);
  const supervisor = readControl(homeFolders(rig.env))?.identity.pid;
  rig.crash();
  const end = await run.ended;
  expect([end.code, backend.paid()]).toEqual([0, 24]);
  expect(readControl(homeFolders(rig.env))?.identity.pid).not.toBe(supervisor);
  expectBillInReceipts(project, backend);
});
