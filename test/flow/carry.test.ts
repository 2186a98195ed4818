import fc from 'fast-check';
import { billOf } from '../../src/flow/bill';
import { carryReceipt, countOpen, isCarried } from '../../src/flow/carry';
import { planPass } from '../../src/flow/plan';
import { claimedTwice } from '../../src/flow/reconcile';
import { compiledOf, entry, evidenceOf, fullReceipt, generator, optionsOf, receiptOf } from '../helpers/flows';
import { anyReceipts } from '../helpers/receipts';
import type { Receipt } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';

const PRICES = { image: 1, video: 10 };
const SCENE = generator();

function generatorOf({ node }: Receipt): Generator {
  return generator({ id: node.id, kind: node.kind, scene: node.scene });
}

test('whatever was made, lost or failed: the next version would pay for exactly as much, for the same reasons', () => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const flow = compiledOf(receipts.map(generatorOf));
      const planned = (all: readonly Receipt[]): unknown => {
        const byKey = Object.fromEntries(all.map((receipt, i) => [generatorOf(receipts[i] as Receipt).key, receipt]));
        return planPass(flow, evidenceOf(byKey), optionsOf());
      };
      expect(planned(receipts.map(carryReceipt))).toEqual(planned(receipts));
    }),
  );
});

test('the next version has nothing on its bill, and no task is claimed twice', () => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const carried = receipts.map(carryReceipt);
      expect(billOf(carried, PRICES, null).total).toMatchObject({ paid: 0, perhaps: 0, lost: 0, failed: 0 });
      expect(claimedTwice([...receipts, ...carried])).toEqual(claimedTwice(receipts));
    }),
  );
});

test('what was carried is known from what a version asked for itself', () => {
  const own = fullReceipt(SCENE);
  expect([isCarried(own), isCarried(carryReceipt(own))]).toEqual([false, true]);
  const more = carryReceipt(own);
  expect(isCarried({ ...more, generations: [...more.generations, entry(SCENE)] })).toBe(false);
  expect(carryReceipt(more)).toEqual(more);
});

test('open is what may still come home, also when it was replaced', () => {
  const states = ['intent', 'unknown', 'submitted', 'cached', 'lost', 'failed'] as const;
  const all = states.map((state, i) => entry(SCENE, { state, candidate: i + 1, superseded: state === 'submitted' }));
  expect(countOpen([receiptOf(SCENE, all)])).toBe(3);
});
