/** The backend is away, lies, or loses its memory: the pass waits, asks, adopts, and goes on by itself. */
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made), { imageMs: 100, videoMs: 150 });

const SCENES = ['--scene', '1,2'];

async function expectDone(run: CliRun, counts: Partial<RunAnswer['generations']>, charged: number): Promise<void> {
  const end = await run.ended;
  if (end.code !== 0) throw new Error(`exit ${end.code}:\n${end.stdout}\n${end.stderr}`);
  const answer = jsonOf<RunAnswer>(end);
  expect({ ...answer, charged: backend.paid() }).toMatchObject({ state: 'done', generations: counts, charged });
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 16);
}

test.each(['refused connections', 'a 522 page of the tunnel'])(
  '%s in the middle: the pass waits and goes on',
  async (name) => {
    const run = rig.startRun(project, backend, SCENES);
    await until('pictures on the bill', () => backend.paid() >= 4);
    backend.faults.add(
      name === 'refused connections' ? { kind: 'refuse', forMs: 4_000 } : { kind: 'cloudflare', forMs: 4_000 },
    );
    await until('a pass that says it waits', async () => {
      const status = jsonOf(await rig.cli(project, ['status', project.file, '--json']));
      return status['state'] === 'waiting' || backend.paid() > 12;
    });
    await expectDone(run, { paid: 16, lost: 0 }, 16);
  },
);

test('accepted, but the answer lost: the task is found and adopted', async () => {
  backend.faults.add({ kind: 'drop-after-accept', count: 3 });
  await expectDone(rig.startRun(project, backend, SCENES), { paid: 16, adopted: 3, lost: 0 }, 16);
});

test('accepted, but answered with a 502 page: the task is found and adopted', async () => {
  backend.faults.add({ kind: 'accept-then-status', status: 502, count: 2, match: { type: 'video' } });
  await expectDone(rig.startRun(project, backend, SCENES), { paid: 16, adopted: 2, lost: 0 }, 16);
});

test('cut off before it was accepted: sent again, charged once', async () => {
  backend.faults.add({ kind: 'drop', count: 2, match: { route: 'submit' } });
  await expectDone(rig.startRun(project, backend, SCENES), { paid: 16, lost: 0 }, 16);
});

test('a backend that forgets its tasks: counted as lost, made again once', async () => {
  backend.faults.add({ kind: 'stall', count: 2, match: { type: 'image' } });
  const run = rig.startRun(project, backend, SCENES);
  await until('two pictures that never end', () => backend.bill().completed >= 6);
  backend.faults.add({ kind: 'forget', restart: true });
  const end = await run.ended;
  const answer = jsonOf<RunAnswer>(end);
  expect(answer.state).toBe('done');
  expect(answer.generations.lost).toBeGreaterThanOrEqual(2);
  expect(backend.paid()).toBe(16 + answer.generations.lost);
  expectBillInReceipts(project, backend);
});

test('damaged downloads are fetched again, not made again', async () => {
  backend.faults.add({ kind: 'bad-bytes', how: 'truncated', count: 2 });
  backend.faults.add({ kind: 'bad-bytes', how: 'cut', count: 1 });
  await expectDone(rig.startRun(project, backend, SCENES), { paid: 16, lost: 0 }, 16);
});

test('two waves of 429 with Retry-After are waited out', async () => {
  backend.faults.add({ kind: 'status', status: 429, retryAfter: '1', count: 2, match: { route: 'submit' } });
  await expectDone(rig.startRun(project, backend, SCENES), { paid: 16, lost: 0 }, 16);
});

test('a pass started with --wait begins when the backend comes up', async () => {
  backend.faults.add({ kind: 'refuse', forMs: 3_000 });
  await expectDone(rig.startRun(project, backend, [...SCENES, '--wait']), { paid: 16, lost: 0 }, 16);
});
