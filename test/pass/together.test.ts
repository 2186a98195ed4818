/** Several passes at once over one G-Labs: one cap for all of them, and nobody has to wait until the others are done. */
import type { Client } from '@temporalio/client';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { expectResultsOpen } from '../helpers/judge';
import { jsonOf } from '../helpers/cli';
import { until } from '../helpers/wait';
import type { LoadSummary } from '../../src/simulator/load';

/** Nodes at G-Labs at once, over all passes; each asks for its four candidates together. */
const CAP = 5;
const CANDIDATES = 4;

let rig: Rig;
let client: Client | undefined;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

/** Prompts that tell the passes apart, so that no two nodes have the same. */
const board = (letter: string): TestProject =>
  rig.project('XYZG3-V0-1', (text) => text.replaceAll('take ', `${letter} take `));
const load = async ({ url }: Backend): Promise<LoadSummary> =>
  (await (await fetch(`${url}/_control/load`)).json()) as LoadSummary;
const atWork = async (backend: Backend): Promise<boolean> => (await load(backend)).most.tasks === CAP * CANDIDATES;

/** Whether a generation of the pass has been handed to Temporal. */
async function inLine({ workflowId }: TestProject): Promise<boolean> {
  client ??= await rig.client();
  const description = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  return description?.raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'generateNode') ?? false;
}

test('three passes of forty generations at once never have more than five nodes at G-Labs, and all complete', async () => {
  const backend = await rig.simulate({ parallel: 20, imageMs: 1000, videoMs: 1000 });
  const projects = ['A', 'B', 'C'].map(board);
  const runs = projects.map((project) => rig.startRun(project, backend, ['--concurrency', '5']));
  const ends = await Promise.all(runs.map((run) => run.ended));
  for (const [i, project] of projects.entries()) {
    const answer = jsonOf<RunAnswer>(ends[i] as (typeof ends)[number]);
    expect(answer).toMatchObject({ state: 'done', generations: { paid: 40, lost: 0 } });
    await expectResultsOpen(project, answer.output, 40);
  }
  expect(backend.bill()).toMatchObject({ paid: 120, completed: 120 });
  expect((await load(backend)).most).toEqual({ tasks: CAP * CANDIDATES, prompts: CAP });
});

test('a small pass that comes later does not stand in line behind all that the big ones want', async () => {
  const backend = await rig.simulate({ parallel: 20, imageMs: 2500, videoMs: 2500 });
  const big = ['D', 'E', 'F'].map(board).map((project) => rig.startRun(project, backend, ['--concurrency', '5']));
  await until('five nodes at work', () => atWork(backend));
  const project = board('G');
  const small = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
  await until('its node in line', () => inLine(project));
  const before = backend.paid();
  expect((await small.ended).code).toBe(0);
  const last = backend.bill().entries.findLastIndex(({ prompt }) => prompt.includes('G take'));
  // Five nodes are at work, and two more may be on their way; ten are in line before it.
  expect(last).toBeLessThan(before + 3 * CANDIDATES);
  for (const run of big) expect((await run.ended).code).toBe(0);
  expect(backend.paid()).toBe(124);
});
