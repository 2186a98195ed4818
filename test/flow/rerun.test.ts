import fc from 'fast-check';
import { planPass } from '../../src/flow/plan';
import type { RerunCost, RerunPlaces } from '../../src/flow/rerun';
import { rerunCost, rerunWords } from '../../src/flow/rerun';
import {
  clipOf,
  compiledOf,
  entry,
  evidenceOf,
  fullReceipt,
  generator,
  optionsOf,
  receiptOf,
  row,
} from '../helpers/flows';

const still = generator({ id: 1, scene: '01' });
const rows = generator({ id: 2, scene: '02', rows: [row('a'), row('b', { row: 2 }), row('c', { row: 3 })] });
const clip = clipOf(still);
const flow = compiledOf([still, rows, clip]);
const made = evidenceOf({
  [still.key]: fullReceipt(still),
  [rows.key]: fullReceipt(rows),
  [clip.key]: fullReceipt(clip),
});
const half = evidenceOf({
  [still.key]: receiptOf(still, [entry(still), entry(still, { candidate: 3, state: 'failed' })]),
});
const { prices } = optionsOf();

function cost(
  of: readonly (typeof still)[],
  places: Partial<RerunPlaces> = {},
  { attempts = null, evidence = made }: { attempts?: number | null; evidence?: typeof made } = {},
): RerunCost {
  const wanted = { rows: [], candidates: [], ...places };
  const nodes = of.map(({ id }) => id);
  const plan = planPass(flow, evidence, optionsOf({ nodes, rows: wanted.rows }));
  return rerunCost(of, wanted, { plan, prices, attempts });
}

test.each([
  ['a picture node whole', cost([still]), { count: 4, price: 4, missing: 0, most: 4 }],
  ['one candidate of it', cost([still], { candidates: [2] }), { count: 1, price: 1 }],
  ['all rows', cost([rows]), { count: 12, price: 12 }],
  ['one row', cost([rows], { rows: [2] }), { count: 4, price: 4 }],
  ['one candidate of two rows', cost([rows], { rows: [1, 3], candidates: [4] }), { count: 2, price: 2 }],
  ['a clip and its picture', cost([still, clip]), { count: 8, price: 44 }],
  ['ten tries', cost([still], { candidates: [1] }, { attempts: 10 }), { count: 1, price: 1, attempts: 10, most: 10 }],
])('%s', (_, found, expected) => {
  expect(found).toMatchObject(expected);
});

test('what the same pass makes besides, because it is missing, is in the price and told', () => {
  const found = cost([still], { candidates: [1] }, { evidence: half, attempts: 3 });
  expect(found).toEqual({ count: 1, price: 1, missing: 3, missingPrice: 3, attempts: 3, most: 12 });
  expect(rerunWords([still], { rows: [], candidates: [1] }, found)).toBe(
    '1 fresh candidate for Scene 01 — image gen, for 1 unit. 3 candidates missing there anyway: 3 units more. Each is asked for up to 3 times until it succeeds: 12 units at most. What is there now is kept on record.',
  );
  // All four are made again anyway.
  expect(cost([still], {}, { evidence: half })).toMatchObject({ count: 4, price: 4, missing: 0 });
});

test('rows are named where some are chosen', () => {
  expect(rerunWords([rows], { rows: [2], candidates: [] }, cost([rows], { rows: [2] }))).toMatch(
    /^4 fresh candidates for Scene 02 — image gen \(row 2\), for 4 units\. What is there/,
  );
});

test('no choice of places costs more than the whole, and the most is never below the price', () => {
  const some = (max: number) => fc.uniqueArray(fc.integer({ min: 1, max }), { maxLength: max });
  fc.assert(
    fc.property(some(3), some(4), fc.integer({ min: 1, max: 10 }), (chosen, candidates, attempts) => {
      const found = cost([rows], { rows: chosen, candidates }, { attempts });
      expect(found.count).toBe((chosen.length || 3) * (candidates.length || 4));
      expect(found.price).toBeLessThanOrEqual(cost([rows]).price);
      expect(found.most).toBe(found.price * attempts);
    }),
  );
});
