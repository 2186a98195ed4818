import fc from 'fast-check';
import { affordableScenes, exceeds, overBudget, planOverBudget, spentBy } from '../../src/flow/budget';
import { planPass } from '../../src/flow/plan';
import { clipOf, compiledOf, entry, evidenceOf, generator, optionsOf, receiptOf } from '../helpers/flows';
import { anyReceipts, PASSES } from '../helpers/receipts';

const PRICES = { image: 1, video: 10 };
const node = generator();

test('counts what the pass sent, and what it may have sent, and nothing else', () => {
  const receipt = receiptOf(node, [
    entry(node, { taskId: 'a' }),
    entry(node, { state: 'failed', taskId: 'b', superseded: true }),
    entry(node, { state: 'lost', taskId: null }),
    entry(node, { state: 'unknown', taskId: null }),
    entry(node, { state: 'intent', taskId: null }),
    entry(node, { state: 'withdrawn', taskId: null }),
    entry(node, { origin: 'found', taskId: null }),
    entry(node, { taskId: 'c', pass: 'another' }),
  ]);
  expect(spentBy('pass-1', [receipt], PRICES)).toBe(5);
  expect(spentBy('pass-1', [receipt], { image: 0.1, video: 1 })).toBe(0.5);
});

test('is never below what is on the bill of the pass', () => {
  fc.assert(
    fc.property(anyReceipts, fc.constantFrom(...PASSES), (receipts, pass) => {
      const entries = receipts.flatMap(({ node: { kind }, generations }) => generations.map((one) => ({ kind, one })));
      const billed = entries
        .filter(({ one }) => one.pass === pass && one.taskId !== null)
        .reduce((sum, { kind }) => sum + PRICES[kind], 0);
      expect(spentBy(pass, receipts, PRICES)).toBeGreaterThanOrEqual(billed);
    }),
  );
});

test.each([
  [20, 16, 4, false],
  [20, 16, 4.000001, true],
  [0.3, 0.1 + 0.1, 0.1, false],
  [0, 0, 0, false],
  [0, 0, 1, true],
])('a budget of %d, %d spent, %d more: exceeded %p', (budget, spent, more, expected) => {
  expect(exceeds(budget, spent, more)).toBe(expected);
});

test('words have the numbers in them', () => {
  expect(overBudget({ budget: 20, spent: 19.5, count: 4, kind: 'image', price: 1 })).toBe(
    '4 pictures more would cost 4 units, but of the budget of 20 units this pass has spent 19.5 units',
  );
  expect(planOverBudget(220, 1)).toContain('would cost 220 units; the budget is 1 unit. Nothing was sent');
  expect(planOverBudget(4, 20, 18)).toMatch(/18 units of it are spent\. Nothing more was sent/);
});

describe('scenes that fit', () => {
  const scenes = ['01', '02', '10'].flatMap((scene, i) => {
    const still = generator({ id: 10 * (i + 1), scene });
    return [still, clipOf(still)];
  });
  const { nodes } = planPass(compiledOf(scenes), evidenceOf(), optionsOf());

  test.each([
    [43, []],
    [44, ['01']],
    [88.5, ['01', '02']],
    [131, ['01', '02']],
    [132, []],
  ])('a budget of %d suffices for %p', (budget, expected) => {
    expect(affordableScenes(nodes, budget)).toEqual(expected);
  });
});
