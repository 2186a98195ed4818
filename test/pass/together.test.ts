/** Several passes at once over one G-Labs: one cap for all of them. */
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { expectResultsOpen } from '../helpers/judge';
import { jsonOf } from '../helpers/cli';
import type { LoadSummary } from '../../src/simulator/load';

/** Nodes at G-Labs at once, over all passes; each asks for its four candidates together. */
const CAP = 5;
const CANDIDATES = 4;

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

/** Prompts that tell the passes apart, so that no two nodes have the same. */
const board = (letter: string): TestProject =>
  rig.project('XYZG3-V0-1', (text) => text.replaceAll('take ', `${letter} take `));
const load = async ({ url }: Backend): Promise<LoadSummary> =>
  (await (await fetch(`${url}/_control/load`)).json()) as LoadSummary;

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
