import { entriesToCheck } from '../../src/flow/entries';
import type { Generation } from '../../src/flow/receipt';
import { currentGeneration } from '../../src/flow/receipt';
import { unwipeReceipt, wipeReceipt } from '../../src/flow/wipe';
import { entry, generator, receiptOf } from '../helpers/flows';

const AT = '2026-05-13T09:00:00.000Z';
const node = generator({ outputCount: 2 });
const made = (candidate: number, overrides: Partial<Generation> = {}): Generation =>
  entry(node, { candidate, state: 'cached', url: `https://x.test/${candidate}.png`, ...overrides });

test('what is made or ended is put aside; what is out is paid for and stays', () => {
  const receipt = receiptOf(node, [
    made(1),
    made(2, { state: 'submitted', url: null, file: null }),
    made(1, { state: 'failed' }),
  ]);
  const wiped = wipeReceipt(receipt, AT);
  expect(wiped.generations.map(({ superseded }) => superseded)).toEqual([true, false, true]);
  expect(currentGeneration(wiped, 1, 1)).toBeUndefined();
  expect(currentGeneration(wiped, 1, 2)?.state).toBe('submitted');
  expect(wipeReceipt(wiped, '2027-01-01T00:00:00.000Z')).toEqual(wiped);
});

test('only the named candidates, when some are named', () => {
  const wiped = wipeReceipt(receiptOf(node, [made(1), made(2)]), AT, ({ candidate }) => candidate === 2);
  expect(wiped.generations.map(({ superseded }) => superseded)).toEqual([false, true]);
});

test('what was wiped does not count again by itself, only when the file lists it again', () => {
  const wiped = wipeReceipt(receiptOf(node, [made(1), made(2)]), AT);
  expect(entriesToCheck(node, wiped, new Map())).toEqual([]);
  const back = unwipeReceipt(wiped, new Set(['https://x.test/1.png']), AT);
  expect(back.generations.map(({ error }) => error === null)).toEqual([true, false]);
  expect(entriesToCheck(node, back, new Map())).toHaveLength(1);
  expect(unwipeReceipt(back, new Set(), AT)).toBe(back);
});
