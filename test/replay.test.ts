/** The workflow of today must still understand every recorded pass (`npm run record-histories` records them anew). */
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { quietRuntime, readHistory, recordedHistories } from './helpers/histories';

let workflowBundle: WorkflowBundle & { code: string };
beforeAll(async () => {
  quietRuntime();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../src/workflows/index'),
    logger: new DefaultLogger('WARN'),
  });
});

const replay = (name: string, text: string): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, readHistory(text), name);

test.each(recordedHistories().map(({ name, text }) => [name, text]))('%s replays', async (name, text) => {
  await replay(name, text);
});

test('a history with another activity in one place is refused', async () => {
  const done = recordedHistories().find(({ name }) => name === 'done');
  const altered = done?.text.replace('"name": "generateNode"', '"name": "paintNode"') ?? '';
  expect(altered).not.toBe(done?.text);
  await expect(replay('altered', altered)).rejects.toThrow(/[Nn]ondeterminism/);
});

test('every case is there', () => {
  const names = recordedHistories().map(({ name }) => name);
  const before = ['cancelled', 'decided', 'done', 'resumed-after-kill', 'waited-at-gate', 'with-failure'];
  expect(names).toEqual(['another-address', ...before, 'paused', 'told-to-end'].sort());
});
