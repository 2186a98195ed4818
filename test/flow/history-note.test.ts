import fc from 'fast-check';
import type { PassFacts } from '../../src/flow/history-note';
import { isEventful, passNote, timeWords } from '../../src/flow/history-note';
import type { WorkerEnd } from '../../src/flow/interruption';
import { countNodes } from '../../src/flow/outcome';
import { passMoney } from '../../src/flow/pass-money';
import { UNEVENTFUL } from '../../src/flow/pass-past';
import { askedFor, weigh } from '../../src/flow/bill-entry';
import { anyReceipts, PASSES } from '../helpers/receipts';
import { entry, fullReceipt, generator, receiptOf } from '../helpers/flows';

const SCENE = generator();
const killed = (scene: string, gapMs: number): WorkerEnd => ({ how: 'killed', places: [`Scene ${scene}`], gapMs });

function factsOf(overrides: Partial<PassFacts> = {}): PassFacts {
  return {
    version: 'V0-1',
    ends: [],
    past: UNEVENTFUL,
    money: passMoney('pass-1', [fullReceipt(SCENE)]),
    reused: 0,
    nodes: countNodes([]),
    state: 'done',
    complete: true,
    ...overrides,
  };
}

test('the note of the recovery page', () => {
  const money = passMoney('pass-1', [fullReceipt(SCENE), fullReceipt(generator({ id: 6 }))]);
  expect(passNote(factsOf({ ends: [killed('06', 4_200)], money, reused: 12 }))).toBe(
    'V0-1: worker killed at Scene 06, resumed after 4 s, 12 reused, 8 generated, nothing paid twice, full output',
  );
});

test.each<[string, Partial<PassFacts>]>([
  ['4 generated, nothing paid twice, full output', {}],
  ['4 generated, nothing paid twice, output not complete yet', { complete: false }],
  ['40 reused, nothing paid, full output', { reused: 40, money: passMoney('pass-9', [fullReceipt(SCENE)]) }],
  [
    "waited 12 min for G-Labs, paused for 30 s, G-Labs' address changed, 4 generated, nothing paid twice, full output",
    { past: { waitedMs: { backend: 720_000, pause: 30_000, disk: 0 }, moves: 1 } },
  ],
  [
    'worker stopped at Scene 01 and Scene 02, resumed after 3 h, worker on another machine fell silent at Scene 01, Scene 02 and 2 more, resumed after 11 s, 4 generated, nothing paid twice, full output',
    {
      ends: [
        { how: 'stopped', places: ['Scene 01', 'Scene 02'], gapMs: 3 * 3_600_000 },
        { how: 'silent', places: ['Scene 01', 'Scene 02', 'Scene 03', 'Scene 04'], gapMs: 11_000 },
      ],
    },
  ],
  [
    'worker killed 4 times, first at Scene 01, last at Scene 04, each time resumed within 9 s, 4 generated, nothing paid twice, full output',
    { ends: [killed('01', 2_000), killed('02', 9_000), killed('03', 2_000), killed('04', 1_000)] },
  ],
  ['4 generated, nothing paid twice, cancelled', { state: 'cancelled' }],
  ['4 generated, nothing paid twice, stopped at its budget', { state: 'over-budget' }],
  [
    '4 generated, nothing paid twice, 1 node needs a decision',
    { state: 'needs-person', nodes: { ...countNodes([]), undecided: 1 } },
  ],
  [
    '4 generated, nothing paid twice, 3 nodes without a result',
    { state: 'done-with-failures', nodes: { ...countNodes([]), failed: 1, skipped: 2 } },
  ],
])('%s', (words, overrides) => {
  expect(passNote(factsOf(overrides))).toBe(`V0-1: ${words}`);
});

test('what was lost, failed, is out, or was made afresh is said, and then not that nothing was paid twice', () => {
  const money = passMoney('pass-2', [
    receiptOf(SCENE, [
      entry(SCENE, { candidate: 1, superseded: true }),
      entry(SCENE, { candidate: 1, pass: 'pass-2' }),
      entry(SCENE, { candidate: 2, pass: 'pass-2', state: 'lost' }),
      entry(SCENE, { candidate: 3, pass: 'pass-2', state: 'failed' }),
      entry(SCENE, { candidate: 4, pass: 'pass-2', state: 'submitted', adopted: true }),
    ]),
  ]);
  expect(passNote(factsOf({ money }))).toBe(
    'V0-1: 1 generated, 1 found again after a lost answer, 1 failed at G-Labs, 1 lost by G-Labs, perhaps paid for nothing, 1 still out at G-Labs, 1 of these made afresh, full output',
  );
});

test('a result that one pass made twice is said to be paid twice', () => {
  const twice = receiptOf(SCENE, [entry(SCENE, { superseded: true }), entry(SCENE, { taskId: 'b' })]);
  expect(passNote(factsOf({ money: passMoney('pass-1', [twice]) }))).toBe(
    'V0-1: 2 generated, 1 paid twice, full output',
  );
});

test('"nothing paid twice" is said only when the receipts say so, whatever they hold', () => {
  fc.assert(
    fc.property(anyReceipts, fc.constantFrom(...PASSES), (receipts, pass) => {
      const says = passNote(factsOf({ money: passMoney(pass, receipts) })).includes('nothing paid twice');
      const results = receipts.flatMap(({ key, generations }) =>
        generations
          .filter((one) => weigh(one).payment === 'paid' && ['kept', 'replaced'].includes(weigh(one).class))
          .map((one) => ({ what: `${key} ${askedFor(one)}`, pass: one.pass })),
      );
      const doubled = results.some(
        (one, i) => one.pass === pass && results.slice(0, i).some((before) => before.what === one.what),
      );
      const risky = receipts
        .flatMap(({ generations }) => generations)
        .some((one) => one.pass === pass && (weigh(one).payment === 'perhaps' || weigh(one).class === 'lost'));
      if (says) expect([doubled, risky]).toEqual([false, false]);
    }),
  );
});

test('the numbers of a pass add up to all that it may have paid for', () => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const all = PASSES.map((pass) => passMoney(pass, receipts));
      for (const { paid, perhaps, generated, failed, lost, open } of all)
        expect(generated + failed + lost + open).toBe(paid + perhaps);
      const payments = receipts.flatMap(({ generations }) => generations).map((one) => weigh(one).payment);
      const sum = all.reduce((total, { paid, perhaps }) => total + paid + perhaps, 0);
      expect(sum).toBe(payments.filter((payment) => payment !== 'none').length);
    }),
  );
});

test('worth a line in the registry: whatever happened or was paid, not a pass that only looked', () => {
  const idle = { money: passMoney('pass-9', []), reused: 40 };
  expect(isEventful(factsOf(idle))).toBe(false);
  expect(isEventful(factsOf())).toBe(true);
  expect(isEventful(factsOf({ ...idle, ends: [killed('01', 1)] }))).toBe(true);
  expect(isEventful(factsOf({ ...idle, state: 'done-with-failures' }))).toBe(true);
  expect(isEventful(factsOf({ ...idle, past: { waitedMs: { store: 5 }, moves: 0 } }))).toBe(true);
});

test('times are told as people tell them', () => {
  const told = [0, 400, 4_400, 99_000, 100_000, 5_900_000, 7_200_000, 100 * 3_600_000].map(timeWords);
  expect(told).toEqual(['1 s', '1 s', '4 s', '99 s', '2 min', '98 min', '2 h', '4 days']);
});
