import { findDecidables, writeDecisions } from '../../src/decisions';
import { currentProcess } from '../../src/files/process-identity';
import type { Decidable } from '../../src/flow/open-decisions';
import { openProject } from '../../src/project';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

const project = () => openProject(rig.project.file, rig.deps.flows, rig.project.root);
const waiting = async (): Promise<readonly Decidable[]> =>
  (await findDecidables(await project(), { image: 1, video: 10 })).filter(({ open }) => open);
const typeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'done',
    (error: { type?: string }) => error.type,
  );

/** The first answer is lost, and another client's task fits it as well. */
async function openUndecided(): Promise<NodeRig> {
  let sent = 0;
  return openNodeRig({
    client: (real) => ({
      ...real,
      submit: async (...args) => {
        const end = await real.submit(...args);
        return sent++ === 0 ? { kind: 'transport', phase: 'maybe-sent', errno: 'ECONNRESET', text: 'reset' } : end;
      },
      tasks: async (...args) => {
        const all = await real.tasks(...args);
        const [newest] = all;
        return sent > 0 && newest ? [{ ...newest, taskId: 'f0f0f0f0' }, ...all] : all;
      },
    }),
  });
}

test('an uncertain answer whose prompt was edited since waits for a decision, after which the new one is made', async () => {
  rig = await openUndecided();
  expect(await typeOf(rig.attempt(await rig.open('pass-1')))).toBe('Generation.Undecided');
  rig.project.write(rig.project.original.replace('leaning on the counter, take 1.1', 'by the window'));
  const second = await rig.open('pass-2');
  expect(await typeOf(rig.attempt(second))).toBe('Generation.Undecided');
  const about = await waiting();
  expect(about).toMatchObject([{ state: 'undecided', again: true }]);
  const owner = { identity: currentProcess(), attempt: 1, taskToken: '', workflowId: '', runId: '', activityId: 'me' };
  await writeDecisions(await project(), about, { decision: 'skip', at: new Date().toISOString(), owner });
  expect(await waiting()).toEqual([]);
  expect(await rig.attempt(second)).toMatchObject({ state: 'done' });
  expect(rig.simulator.bill().paid).toBe(8);
});
