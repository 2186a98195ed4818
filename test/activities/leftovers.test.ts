import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FlowError } from '../../src/flow/errors';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

const replaced = () => rig.project.generations().filter(({ superseded }) => superseded);

/** Made once; then edited, sent, and left while the new tasks are out; then the edit is undone. */
async function leaveTasksOut(): Promise<void> {
  let stuck = false;
  rig = await openNodeRig({
    client: (real) => ({
      ...real,
      status: (...args) =>
        stuck ? Promise.reject(new FlowError('Generation.Timeout', 'too long', 1)) : real.status(...args),
    }),
  });
  await rig.attempt(await rig.open('pass-1'));
  const saved = rig.project.text();
  rig.project.write(saved.replace('leaning on the counter, take 1.1', 'by the window'));
  stuck = true;
  await expect(rig.attempt(await rig.open('pass-2'))).rejects.toMatchObject({ type: 'Generation.Timeout' });
  stuck = false;
  rig.project.write(saved);
}

test('tasks that an undone edit left out are fetched by the next run, though all of the node can be reused', async () => {
  await leaveTasksOut();
  const third = await rig.open('pass-3');
  expect(third.nodes[0]).toMatchObject({ generate: 0, settled: null });
  expect(await rig.attempt(third)).toMatchObject({ state: 'done', paid: 0 });
  expect(replaced().map(({ state }) => state)).toEqual(Array(4).fill('generated'));
  for (const { file } of replaced()) expect(existsSync(join(rig.project.layout.baseDir, file ?? ''))).toBe(true);
  expect(rig.simulator.bill().paid).toBe(8);
  expect((await rig.open('pass-4')).nodes[0]?.settled?.state).toBe('reused');
});

test('those that G-Labs forgot are written down as lost, and nobody pays for them again', async () => {
  await leaveTasksOut();
  rig.simulator.faults.add({ kind: 'forget' });
  expect(await rig.attempt(await rig.open('pass-3'))).toMatchObject({ state: 'done', paid: 0 });
  expect(replaced().map(({ state }) => state)).toEqual(Array(4).fill('lost'));
  expect((await rig.open('pass-4')).nodes[0]?.settled?.state).toBe('reused');
  expect(rig.simulator.bill().paid).toBe(8);
});
