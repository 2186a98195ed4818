import fc from 'fast-check';
import { addAmounts, amountsOf, newestPassOf, NOTHING, weigh } from '../../src/flow/bill-entry';
import { countPass } from '../../src/flow/ledger';
import type { Generation } from '../../src/flow/receipt';
import { entry, generator, receiptOf } from '../helpers/flows';
import { anyReceipts, PASSES } from '../helpers/receipts';

const node = generator();
const one = (overrides: Partial<Generation>): Generation => entry(node, overrides);
const amounts = (...entries: Generation[]): ReturnType<typeof amountsOf> =>
  amountsOf(receiptOf(node, entries), 'pass-1');

describe('an entry counts as', () => {
  const undecided = { type: 'Generation.Undecided', code: null, message: '' };
  test.each([
    ['kept', 'paid', {}],
    ['replaced', 'paid', { superseded: true }],
    ['failed', 'paid', { state: 'failed' }],
    ['lost', 'paid', { state: 'lost' }],
    ['lost', 'perhaps', { state: 'lost', taskId: null }],
    ['in-flight', 'paid', { state: 'submitted' }],
    ['in-flight', 'paid', { state: 'submitted', superseded: true }],
    ['in-flight', 'perhaps', { state: 'intent', taskId: null }],
    ['in-flight', 'perhaps', { state: 'unknown', taskId: null }],
    ['undecided', 'perhaps', { state: 'unknown', taskId: null, error: undecided }],
    ['lost', 'paid', { state: 'skipped', decision: 'skip' }],
    ['lost', 'perhaps', { state: 'skipped', taskId: null, decision: 'skip' }],
    ['free', 'none', { state: 'withdrawn', taskId: null }],
    ['free', 'none', { origin: 'found', taskId: null }],
  ] as const)('%s (%s) for %j', (kind, payment, overrides) => {
    expect(weigh(one(overrides))).toEqual({ class: kind, payment });
  });
});

test('every entry that may have cost something is in exactly one class, and the classes add up to what was paid', () => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const sum = addAmounts(receipts.map((receipt) => amountsOf(receipt, 'pass-1')));
      const classes = [sum.kept, sum.replaced, sum.failed, sum.lost, sum.inFlight, sum.undecided];
      expect(classes.reduce((a, b) => a + b, 0)).toBe(sum.paid + sum.perhaps);
      const costly = receipts.flatMap(({ generations }) => generations).filter((g) => weigh(g).class !== 'free');
      expect(costly).toHaveLength(sum.paid + sum.perhaps);
    }),
  );
});

test('the bill and the counts of the passes are the same account', () => {
  fc.assert(
    fc.property(anyReceipts, fc.constantFrom(...PASSES), (receipts, newest) => {
      const bill = addAmounts(receipts.map((receipt) => amountsOf(receipt, newest)));
      const total = (field: 'paid' | 'adopted' | 'lost'): number =>
        receipts.reduce((sum, receipt) => sum + PASSES.reduce((n, pass) => n + countPass(receipt, pass)[field], 0), 0);
      expect([bill.paid, bill.adopted, bill.lost]).toEqual([total('paid'), total('adopted'), total('lost')]);
      const reused = receipts.reduce((sum, receipt) => sum + countPass(receipt, newest).reused, 0);
      expect(bill.reused).toBe(reused);
    }),
  );
});

test('parts are never more than their whole', () => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const sum = addAmounts(receipts.map((receipt) => amountsOf(receipt, null)));
      expect(sum.adopted).toBeLessThanOrEqual(sum.paid);
      expect(sum.madeAfresh).toBeLessThanOrEqual(sum.replaced);
      for (const part of [sum.lostMadeAgain, sum.lostByRestart, sum.lostTooOften, sum.givenUp])
        expect(part).toBeLessThanOrEqual(sum.lost);
      expect(sum.reused).toBe(0);
    }),
  );
});

describe('a lost generation', () => {
  const lost = one({ state: 'lost', taskId: 'a', superseded: true });

  test('was made again when a later one of its candidate was asked for', () => {
    expect(amounts(lost, one({ taskId: 'b' }))).toMatchObject({ paid: 2, lost: 1, lostMadeAgain: 1 });
    expect(amounts(lost, one({ taskId: 'b', candidate: 2 }))).toMatchObject({ lostMadeAgain: 0 });
    expect(amounts(one({ taskId: 'b', superseded: true }), { ...lost, superseded: false }).lostMadeAgain).toBe(0);
  });

  test('was not made again by a request that never arrived', () => {
    expect(amounts(lost, one({ state: 'withdrawn', taskId: null })).lostMadeAgain).toBe(0);
  });

  test('went with a restart when a later request met a younger server', () => {
    const seen = (uptime: number | null): Partial<Generation> => ({ seen: { newest: null, same: [], uptime } });
    const early = { ...lost, ...seen(100) };
    expect(amounts(early, one({ taskId: 'b', ...seen(5) })).lostByRestart).toBe(1);
    expect(amounts(early, one({ taskId: 'b', ...seen(200) })).lostByRestart).toBe(0);
    expect(amounts(early, one({ taskId: 'b', ...seen(null) })).lostByRestart).toBe(0);
    expect(amounts(early, one({ taskId: 'b', server: 'http://other', ...seen(5) })).lostByRestart).toBe(0);
    expect(amounts(lost, one({ taskId: 'b', ...seen(5) })).lostByRestart).toBe(0);
  });

  test('waits for a person after the third time, until somebody decides', () => {
    const times = (n: number, last: Partial<Generation> = {}): number =>
      amounts(...Array.from({ length: n - 1 }, () => lost), one({ state: 'lost', taskId: 'z', ...last })).lostTooOften;
    expect([times(2), times(3)]).toEqual([0, 1]);
    expect(times(3, { decision: 'regenerate' })).toBe(0);
    expect(times(3, { state: 'skipped', decision: 'skip' })).toBe(0);
    expect(times(3, { fingerprint: 'f1:edited' })).toBe(0);
    const decided = { ...lost, decision: 'regenerate' } as const;
    expect(amounts(lost, decided, lost, one({ state: 'lost', taskId: 'z' })).lostTooOften).toBe(0);
  });
});

describe('paid twice', () => {
  test('are two results of one candidate, of the same inputs, in one pass', () => {
    const first = one({ superseded: true, taskId: 'a' });
    expect(amounts(first, one({ taskId: 'b' })).paidTwice).toBe(1);
    expect(amounts(first, one({ taskId: 'b', pass: 'pass-2' })).paidTwice).toBe(0);
    expect(amounts(first, one({ taskId: 'b', fingerprint: 'f1:edited' })).paidTwice).toBe(0);
    expect(amounts(first, one({ taskId: 'b', candidate: 2 })).paidTwice).toBe(0);
    expect(amounts({ ...first, state: 'submitted' }, one({ taskId: 'b' })).paidTwice).toBe(1);
  });

  test.each(['failed', 'lost'] as const)('is not said of a try after one that %s', (state) => {
    expect(amounts(one({ state, superseded: true, taskId: 'a' }), one({ taskId: 'b' })).paidTwice).toBe(0);
  });

  test('is not said of clips from two pictures', () => {
    const still = (sha256: string): Partial<Generation> => ({
      stills: [{ slot: 'start', tab: 0, id: 1, row: 1, candidate: 1, sha256, url: null }],
    });
    const both = amounts(one({ superseded: true, taskId: 'a', ...still('x') }), one({ taskId: 'b', ...still('y') }));
    expect(both).toMatchObject({ paidTwice: 0, madeAfresh: 1 });
  });
});

test('the newest pass is the one that asked last', () => {
  const early = one({ pass: 'p1', intentAt: '2026-05-12T14:30:00.000Z', updatedAt: '2026-05-14T00:00:00.000Z' });
  const late = one({ pass: 'p2', intentAt: '2026-05-13T14:30:00.000Z', updatedAt: '2026-05-13T14:31:00.000Z' });
  expect(newestPassOf([receiptOf(node, [late, early])])).toBe('p2');
  expect(newestPassOf([])).toBeNull();
  expect(amountsOf(receiptOf(node, []), null)).toEqual(NOTHING);
});
