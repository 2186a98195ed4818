/** Decisions written without a pass: under the node's lock, and only while they are needed. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDecisions } from '../src/decisions';
import { nodeLockPath, projectLayout } from '../src/files/layout';
import { acquireNodeLock } from '../src/files/node-lock';
import { currentProcess } from '../src/files/process-identity';
import { ReceiptStore } from '../src/files/receipts';
import { decidables } from '../src/flow/open-decisions';
import type { Generation } from '../src/flow/receipt';
import type { Project } from '../src/project';
import { compiledOf, entry, evidenceOf, generator, receiptOf } from './helpers/flows';

const AT = '2026-05-13T08:00:00.000Z';
const node = generator({ outputCount: 2 });
const lost = (candidate: number): Generation => entry(node, { candidate, state: 'lost', url: null, file: null });
const owner = {
  identity: currentProcess(),
  attempt: 1,
  taskToken: '',
  workflowId: 'p',
  runId: '',
  activityId: 'nbflow decide',
};

async function open(): Promise<{ project: Project; about: ReturnType<typeof decidables>; lock: string }> {
  const root = mkdtempSync(join(tmpdir(), 'nbflow decide '));
  const layout = projectLayout(join(root, 'X-V0-1.nbflow'), { root });
  const receipts = new ReceiptStore(layout.receiptsDir);
  mkdirSync(layout.receiptsDir, { recursive: true });
  mkdirSync(layout.locksDir, { recursive: true });
  const receipt = receiptOf(node, [lost(1), lost(2)]);
  await receipts.update(receipt.key, () => receipt);
  const flow = compiledOf([node]);
  const about = decidables(flow, evidenceOf({ [node.key]: receipt }), { image: 1, video: 10 });
  return { project: { layout, receipts, flow, text: '' }, about, lock: nodeLockPath(layout, receipt.key) };
}

const entriesOf = async ({ receipts }: Project) => (await receipts.read('n5'))?.generations;

test('each candidate gets its decision, and the lock is free again', async () => {
  const { project, about, lock } = await open();
  await writeDecisions(project, about, { decision: 'skip', at: AT, owner });
  expect((await entriesOf(project))?.map(({ state, decision, updatedAt }) => [state, decision, updatedAt])).toEqual([
    ['skipped', 'skip', AT],
    ['skipped', 'skip', AT],
  ]);
  const again = await acquireNodeLock(lock, owner);
  expect('release' in again).toBe(true);
  if ('release' in again) await again.release();
});

test('while an attempt is at the node nothing is written', async () => {
  const { project, about, lock } = await open();
  const held = await acquireNodeLock(lock, { ...owner, activityId: 'somebody else' });
  const refused = writeDecisions(project, about, { decision: 'skip', at: AT, owner });
  await expect(refused).rejects.toMatchObject({ type: 'Node.Held', exitCode: 7 });
  expect((await entriesOf(project))?.map(({ state }) => state)).toEqual(['lost', 'lost']);
  if ('release' in held) await held.release();
});

test('what was made meanwhile is not decided about any more, nor is the rest of that command', async () => {
  const { project, about } = await open();
  await project.receipts.update('n5', () => receiptOf(node, [lost(1), entry(node, { candidate: 2 })]));
  const refused = writeDecisions(project, about, { decision: 'regenerate', at: AT, owner });
  await expect(refused).rejects.toMatchObject({ type: 'Decision.NotNeeded', exitCode: 2 });
  expect((await entriesOf(project))?.map(({ decision }) => decision)).toEqual([null, null]);
});
