/** Kill anything of a pass at any moment: it ends complete, and the bill is not one generation higher. */
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import type { RunAnswer } from '../helpers/rig';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { seeded } from '../helpers/seeded';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
beforeEach(async () => {
  // A supervisor of its own for each: one that saw many deaths waits longer before the next start.
  rig = await openRig();
  backend = await rig.simulate({ imageMs: 200, videoMs: 300 });
  project = rig.project('XYZG3-V0-1');
});
afterEach(() => rig.close());

const clips = (): number => backend.bill().videos;

async function expectComplete(run: CliRun, paid = 40): Promise<RunAnswer> {
  const end = await run.ended;
  expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer).toMatchObject({ state: 'done', generations: { paid, lost: 0 } });
  expect(backend.paid()).toBe(paid);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, paid);
  return answer;
}

test.each([1, 2, 3])('kill -9 of the worker during pictures and during clips, seed %i', async (seed) => {
  const random = seeded(seed);
  const run = rig.startRun(project, backend);
  const [pictures, films] = [1 + random(18), 1 + random(18)];
  await until(`${pictures} pictures on the bill`, () => backend.paid() >= pictures);
  await rig.strike('worker', 'SIGKILL');
  await until(`${films} clips on the bill`, () => clips() >= films);
  await rig.strike('worker', 'SIGKILL');
  await expectComplete(run);
});

test('kill -9 while accepted submits wait for their answers: they are adopted, not sent again', async () => {
  backend.faults.add({ kind: 'slow', delayMs: 1_500, accepted: true, match: { route: 'submit' }, count: 4 });
  const run = rig.startRun(project, backend, ['--scene', '1']);
  await until('four charged pictures whose answers are on their way', () => backend.paid() === 4);
  expect(current(project).map(({ state }) => state)).toEqual(Array<string>(4).fill('intent'));
  await rig.strike('worker', 'SIGKILL');
  const answer = await expectComplete(run, 8);
  expect(answer.generations.adopted).toBe(4);
});

test('kill -9 while results are fetched: what is on disk or at G-Labs is not made again', async () => {
  backend.faults.add({ kind: 'slow', delayMs: 800, match: { route: 'files' }, count: 4 });
  const run = rig.startRun(project, backend, ['--scene', '1']);
  await until('finished pictures', () => backend.bill().completed >= 4);
  await rig.strike('worker', 'SIGKILL');
  await expectComplete(run, 8);
});

test('a worker killed again and again gets the pass to its end all the same', async () => {
  const run = rig.startRun(project, backend, ['--concurrency', '5']);
  for (const paid of [2, 9, 17, 26, 35]) {
    await until(`${paid} generations on the bill`, () => backend.paid() >= paid);
    await rig.strike('worker', 'SIGKILL');
  }
  await expectComplete(run);
});

test('SIGTERM of the worker: its work is given back, nothing is lost', async () => {
  const run = rig.startRun(project, backend);
  await until('pictures on the bill', () => backend.paid() >= 6);
  await rig.strike('worker', 'SIGTERM');
  await until('clips on the bill', () => clips() >= 6);
  await rig.strike('worker', 'SIGTERM');
  await expectComplete(run);
});

test('kill -9 of the command line: the pass goes on, and the same command joins it', async () => {
  const first = rig.startRun(project, backend);
  await until('pictures on the bill', () => backend.paid() >= 3);
  first.child.kill('SIGKILL');
  await first.ended;
  await until('clips on the bill, with nobody watching', () => clips() >= 1);
  const release = backend.hold();
  const second = rig.startRun(project, backend);
  await until('the second to join', () => second.said().includes('joining it'));
  release();
  await expectComplete(second);
});
