import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettleOptions } from '../../src/activities/settle-receipts';
import { settleReceipts } from '../../src/activities/settle-receipts';
import type { PlannedPass } from '../../src/evidence';
import { ReceiptStore } from '../../src/files/receipts';
import { planPass } from '../../src/flow/plan';
import type { Evidence } from '../../src/flow/plan-types';
import type { Generation } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { compiledOf, entry, evidenceOf, generator, optionsOf, receiptOf } from '../helpers/flows';

const FOUND = 'https://r2.example.test/found.png';

/** The receipt of a one-candidate node after a pass was opened over it, twice, as a retried activity would. */
async function settled(
  node: Generator,
  before: readonly Generation[],
  facts: Partial<Evidence> = {},
  lock: SettleOptions['lock'] = () => Promise.resolve({ release: () => Promise.resolve() }),
): Promise<readonly Generation[]> {
  const receipts = new ReceiptStore(mkdtempSync(join(tmpdir(), 'nbflow-settle-')));
  const flow = compiledOf([node]);
  for (let time = 0; time < 2; time++) {
    const known = (await receipts.read('n5')) ?? (before.length > 0 ? receiptOf(node, before) : null);
    const evidence = evidenceOf(known ? { [node.key]: known } : {}, facts);
    const planned: PlannedPass = {
      plan: planPass(flow, evidence, optionsOf()),
      evidence,
      receiptKeys: new Map([[node.key, 'n5']]),
      unsure: [],
    };
    await settleReceipts({ flow, receipts }, planned, 'now', {
      at: '2026-05-13T08:00:00.000Z',
      lock,
    });
  }
  return (await receipts.read('n5'))?.generations ?? before;
}

const node = generator({ outputCount: 1 });
const made = entry(node);
const dead = { deadUrls: new Set([made.url ?? '', FOUND]) };

test('a cached link without a receipt becomes an entry of its own, once', async () => {
  const entries = await settled(generator({ outputCount: 1, cachedUrls: [FOUND] }), []);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ origin: 'found', state: 'cached', url: FOUND, superseded: false });
});

test('a dead link without a receipt is remembered as dead, so that it is never reused', async () => {
  const entries = await settled(generator({ outputCount: 1, cachedUrls: [FOUND] }), [], dead);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ superseded: true, error: { type: 'Cache.Dead' } });
});

test.each([
  ['its local copy is uploaded again', {}, {}, { state: 'generated', url: null }],
  ['its task is asked for again', {}, { missingFiles: new Set([made.file ?? '']) }, { state: 'submitted', file: null }],
  ['nothing is left of it', { taskId: null, file: null }, {}, { superseded: true }],
])('of a dead link %s', async (_, own, facts, expected) => {
  const entries = await settled(node, [entry(node, own)], { ...dead, ...facts });
  expect(entries[0]).toMatchObject(expected);
  // A link that no entry has any more is remembered as dead: the file may list it still.
  const known = entries.filter(({ url }) => url === made.url);
  expect(known).toEqual([
    expect.objectContaining({ superseded: true, error: expect.objectContaining({ type: 'Cache.Dead' }) as object }),
  ]);
});

test('what an undone edit asks for counts again, its dead link buried', async () => {
  const old = entry(node, { superseded: true });
  const edited = entry(node, { fingerprint: 'f1:edited', url: 'https://r2.example.test/b.png', file: 'b.png' });
  const entries = await settled(node, [old, edited], dead);
  expect(entries.map(({ superseded, state, url }) => [superseded, state, url])).toEqual([
    [false, 'generated', null],
    [true, 'cached', edited.url],
    [true, 'cached', old.url],
  ]);
});

test('a replaced entry of which nothing is left is noted as such, so that it is never counted on', async () => {
  const old = entry(node, { superseded: true, taskId: null, file: null });
  const entries = await settled(node, [old, entry(node, { fingerprint: 'f1:edited', url: null, file: null })], dead);
  expect(entries[0]).toMatchObject({ superseded: true, error: { type: 'Cache.Dead' } });
});

test('the receipt of a node that an attempt of an earlier pass is still at is not written over', async () => {
  await expect(settled(node, [made], dead, () => Promise.resolve(null))).rejects.toMatchObject({ type: 'Node.Held' });
  expect(await settled(node, [made], {}, () => Promise.resolve(null))).toEqual([made]);
});
