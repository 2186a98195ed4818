import fc from 'fast-check';
import { addBills, billOf } from '../../src/flow/bill';
import { billSentences } from '../../src/flow/bill-words';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { clipOf, entry, fullReceipt, generator, receiptOf } from '../helpers/flows';
import { anyReceipts } from '../helpers/receipts';

const PRICES = { image: 1, video: 10 };
const still = generator();
const clip = clipOf(still);
const CLEAN = { claimedTwice: 0, strangers: 0 };

function sentences(receipts: readonly Receipt[], newest: string | null = 'pass-1', doubts = CLEAN): string {
  return billSentences(billOf(receipts, PRICES, newest), doubts).join('\n');
}
const receiptWith = (...all: Partial<Generation>[]): Receipt =>
  receiptOf(
    still,
    all.map((overrides, i) => entry(still, { taskId: `t${i}`, ...overrides })),
  );

test('pictures and clips of a scene are lines of their own, with their price', () => {
  const bill = billOf([fullReceipt(clip), fullReceipt(still)], PRICES, 'pass-1');
  expect(bill.lines.map(({ kind, scene, paid, price }) => [kind, scene, paid, price.paid])).toEqual([
    ['image', '01', 4, 4],
    ['video', '01', 4, 40],
  ]);
  expect(bill).toMatchObject({ total: { paid: 8 }, price: { paid: 44 }, saved: 0 });
});

test('two nodes of one scene are one line, of two accounts two, and scenes are in their order', () => {
  const nodes = [
    generator({ id: 1, scene: '10' }),
    generator({ id: 2, scene: '09a' }),
    generator({ id: 3, scene: '09a' }),
    generator({ id: 4, scene: null, title: 'Logo' }),
    generator({ id: 5, scene: '09a', tab: 1, account: 'Account B' }),
  ];
  const bill = billOf(
    nodes.map((node) => fullReceipt(node)),
    PRICES,
    null,
  );
  expect(bill.lines.map(({ account, scene, title, paid }) => [account, scene ?? title, paid])).toEqual([
    ['Account A', '09a', 8],
    ['Account A', '10', 4],
    ['Account A', 'Logo', 4],
    ['Account B', '09a', 4],
  ]);
});

test('sums of prices with decimals have no rounding dust', () => {
  const bill = billOf([receiptWith({}, { candidate: 2 }, { candidate: 3 })], { image: 0.1, video: 1 }, 'pass-2');
  expect([bill.price.paid, bill.saved]).toEqual([0.3, 0.3]);
});

test('lines add up to the totals, whatever the receipts say, over one file and over several', () => {
  fc.assert(
    fc.property(anyReceipts, anyReceipts, (one, other) => {
      const bills = [one, other].map((receipts) => billOf(receipts, PRICES, 'pass-2'));
      const both = addBills(bills);
      expect(both.total.paid).toBe(bills.reduce((sum, bill) => sum + bill.total.paid, 0));
      expect(both.price.paid).toBe(both.lines.reduce((sum, { paid, kind }) => sum + paid * PRICES[kind], 0));
      expect(both.saved).toBe(both.lines.reduce((sum, { reused, kind }) => sum + reused * PRICES[kind], 0));
    }),
  );
});

describe('in words', () => {
  test('nothing at all', () => {
    expect(sentences([])).toBe('Nothing was paid for yet.');
  });

  test('a clean pass', () => {
    expect(sentences([fullReceipt(still), fullReceipt(clip)])).toBe(
      'Paid: 8 generations (4 pictures, 4 clips), 44 units.\nNothing was paid twice.',
    );
  });

  test('a lost generation that was made again', () => {
    const lost = { state: 'lost', superseded: true } as const;
    expect(sentences([receiptWith(lost, {}, { ...lost, candidate: 2 }, { candidate: 2 })])).toContain(
      'G-Labs lost 2 generations (2 units, possibly paid for nothing): it no longer knows their tasks, as happens when it is restarted; each was made again once.\nNothing else was paid twice.',
    );
  });

  test('a lost generation whose server surely started again, not made again yet', () => {
    const seen = (uptime: number): Partial<Generation> => ({ seen: { newest: null, same: [], uptime } });
    const receipt = receiptWith({ state: 'lost', ...seen(90) }, { candidate: 2, ...seen(3) });
    expect(sentences([receipt])).toContain(
      'G-Labs lost 1 generation (1 unit, possibly paid for nothing): it was restarted while it was under way; it was not made again yet.',
    );
  });

  test.each([
    [['skipped'], 'a person decided to do without it'],
    [['skipped', 'skipped'], 'a person decided to do without them'],
    [['skipped', 'lost'], 'none of them was made again yet, 1 given up by a person'],
    [['lost', 'lost'], 'none of them was made again yet'],
  ] as const)('%p: %s', (states, words) => {
    const receipt = receiptWith(...states.map((state, i) => ({ state, candidate: i + 1 })));
    expect(sentences([receipt])).toContain(`; ${words}.`);
  });

  test('adopted, failed, replaced, under way, undecided', () => {
    const text = sentences([
      receiptWith(
        { adopted: true },
        { state: 'failed', candidate: 2 },
        { superseded: true, candidate: 3, fingerprint: 'f1:before' },
        { superseded: true, candidate: 3, pass: 'pass-0' },
        { candidate: 3 },
        { state: 'submitted', row: 2 },
        {
          state: 'unknown',
          taskId: null,
          row: 2,
          candidate: 2,
          error: { type: 'Generation.Undecided', code: null, message: '' },
        },
      ),
    ]);
    expect(text).toContain('The answer for 1 generation of them got lost on the way; it was found at G-Labs');
    expect(text).toContain('1 generation failed at G-Labs (1 unit, if it charges for failures).');
    expect(text).toMatch(
      /2 paid results \(2 units\) were replaced or put aside: 1 because of a wipe, or .*edited, 1 from the same inputs/,
    );
    expect(text).toContain('1 generation is still under way at G-Labs; nbflow run fetches it');
    expect(text).toContain("1 generation waits for a person's decision");
    expect(text).toContain('Nothing else was paid twice.');
  });

  test('what reuse saved', () => {
    expect(sentences([fullReceipt(still), fullReceipt(clip)], 'pass-2')).toContain(
      'Reuse saved 44 units: the newest pass did not pay again for 8 results that were there.',
    );
  });

  test('never "nothing was paid twice" where something speaks against it', () => {
    expect(sentences([receiptWith({ superseded: true }, {})])).toContain('1 result was paid for twice in one pass');
    const clean = [fullReceipt(still)];
    for (const text of [
      sentences([receiptWith({ superseded: true }, {})]),
      sentences(clean, null, { claimedTwice: 1, strangers: 0 }),
      sentences(clean, null, { claimedTwice: 0, strangers: 1 }),
    ])
      expect(text).not.toMatch(/Nothing (else )?was paid twice/);
  });
});
