import fc from 'fast-check';
import { candidateStates } from '../../src/flow/candidates';
import type { CandidateId, IntentFacts } from '../../src/flow/ledger';
import {
  changeCurrent,
  changeTask,
  countPass,
  dropLink,
  emptyReceipt,
  mayTryAgain,
  recordAnswer,
  recordFound,
  recordIntents,
  supersede,
} from '../../src/flow/ledger';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { currentGeneration } from '../../src/flow/receipt';
import { entry, evidenceOf, generator, receiptOf } from '../helpers/flows';

const node = generator();
const AT = '2026-05-12T14:30:00.000Z';
const LATER = '2026-05-12T14:40:00.000Z';
const first: CandidateId = { row: 1, candidate: 1 };
const facts = (pass = 'p1'): IntentFacts => ({
  fingerprint: 'f1:x',
  promptPrefix: 'A kitchen',
  server: 'http://127.0.0.1:8765',
  skewMs: 0,
  seen: { newest: null, same: [], uptime: null },
  references: [],
  stills: [],
  pass,
  at: AT,
});
const empty = emptyReceipt('n5', node);

test('an intent takes the place of what was there, which stays on record', () => {
  const once = recordIntents(empty, [first], facts());
  const twice = recordIntents(once, [first], facts('p2'));
  expect(twice.generations.map(({ superseded, attempt, pass }) => [superseded, attempt, pass])).toEqual([
    [true, 1, 'p1'],
    [false, 2, 'p2'],
  ]);
  expect(once.generations[0]).toMatchObject({ state: 'intent', taskId: null, intentAt: AT });
});

test('a step without an intent is refused', () => {
  expect(() => changeCurrent(empty, first, { state: 'submitted' }, AT)).toThrow(/no entry/);
});

test('a change touches the entry that counts and no other', () => {
  const both = recordIntents(empty, [first, { row: 1, candidate: 2 }], facts());
  const changed = changeCurrent(both, first, { state: 'submitted', taskId: 't' }, LATER);
  expect(changed.generations[0]).toMatchObject({ state: 'submitted', updatedAt: LATER });
  expect(changed.generations[1]).toBe(both.generations[1]);
});

describe('an answer that comes late', () => {
  const once = recordIntents(empty, [first], facts());
  const [intent] = once.generations as [Generation];
  const accepted = { state: 'submitted', taskId: 'late', submittedAt: LATER } as const;

  test('goes into the entry of its own request, not into the one that counts by then', () => {
    const cached = changeCurrent(recordIntents(once, [first], facts()), first, { state: 'cached', taskId: 't' }, AT);
    expect(recordAnswer(cached, intent, accepted, LATER).generations).toMatchObject([
      { state: 'submitted', taskId: 'late', superseded: true },
      { state: 'cached', taskId: 't' },
    ]);
  });

  test('tells the task of an entry that was given up, and nothing of one whose task was found', () => {
    const lost = changeCurrent(once, first, { state: 'lost' }, AT);
    expect(recordAnswer(lost, intent, accepted, LATER).generations).toMatchObject([{ taskId: 'late' }]);
    expect(recordAnswer(lost, intent, { state: 'withdrawn' }, LATER)).toBe(lost);
    const adopted = changeCurrent(once, first, { state: 'generated', taskId: 'late' }, AT);
    expect(recordAnswer(adopted, intent, accepted, LATER)).toBe(adopted);
  });

  test('of a request that no intent was written for is refused', () => {
    expect(() => recordAnswer(empty, intent, accepted, LATER)).toThrow(/no such intent/);
  });
});

test('a task is found again although its place went to another', () => {
  const out = changeCurrent(recordIntents(empty, [first], facts()), first, { state: 'submitted', taskId: 't' }, AT);
  const replaced = recordIntents(out, [first], facts());
  const kept = changeTask(replaced, 't', { state: 'generated' }, LATER);
  expect(kept.generations.map(({ state, superseded }) => [state, superseded])).toEqual([
    ['generated', true],
    ['intent', false],
  ]);
});

test('a link found in the file counts, a dead one is only remembered', () => {
  const found = { ...first, url: 'https://r.example/a.png', fingerprint: 'f1:x', pass: 'p', at: AT };
  expect(currentGeneration(recordFound(empty, found), 1, 1)).toMatchObject({ origin: 'found', state: 'cached' });
  expect(currentGeneration(recordFound(empty, { ...found, dead: true }), 1, 1)).toBeUndefined();
});

test('a pass counts what it sent itself, once each, whatever became of it', () => {
  const made = (overrides: Partial<Generation>) => entry(node, { pass: 'now', ...overrides });
  const receipt = receiptOf(node, [
    made({ candidate: 1 }),
    made({ candidate: 2, state: 'lost', superseded: true }),
    made({ candidate: 2, adopted: true }),
    made({ candidate: 3, state: 'withdrawn', taskId: null, superseded: true }),
    made({ candidate: 3, pass: 'before' }),
    made({ candidate: 4, origin: 'found', taskId: null }),
  ]);
  expect(countPass(receipt, 'now')).toEqual({ paid: 3, adopted: 1, lost: 1, reused: 2 });
  expect(countPass(undefined, 'now')).toEqual({ paid: 0, adopted: 0, lost: 0, reused: 0 });
});

describe('trying again', () => {
  const failed = (times: number, code: number | null, pass = 'p'): Receipt =>
    receiptOf(
      node,
      Array.from({ length: times }, () =>
        entry(node, { pass, state: 'failed', error: { type: 'Generation.Failed', code, message: '' } }),
      ),
    );

  test.each([
    [429, 1],
    [401, 1],
    [499, 1],
    [400, 2],
    [0, 2],
    [500, 3],
    [null, 3],
  ])('code %p is tried %i time(s)', (code, tries) => {
    expect(mayTryAgain(failed(tries - 1, code), first, 'p')).toBe(true);
    expect(mayTryAgain(failed(tries, code), first, 'p')).toBe(false);
  });

  test('failures of earlier passes and of other candidates do not count', () => {
    expect(mayTryAgain(failed(9, 500, 'earlier'), first, 'p')).toBe(true);
    expect(mayTryAgain(failed(9, 500), { row: 1, candidate: 2 }, 'p')).toBe(true);
  });

  test.each([
    [500, 10, 9, true],
    [500, 10, 10, false],
    [400, 1, 1, false],
    [403, 10, 1, false],
  ])('code %p, asked to try %i times, after %i failures: %p', (code, attempts, failures, again) => {
    expect(mayTryAgain(failed(failures, code), first, 'p', attempts)).toBe(again);
  });

  test('a candidate that is paid for over and over is given up, whatever the reason', () => {
    const many = receiptOf(
      node,
      Array.from({ length: 8 }, () => entry(node, { pass: 'p', superseded: true })),
    );
    expect(mayTryAgain(many, first, 'p')).toBe(false);
  });
});

type Step = { readonly kind: 'intent' | 'accept' | 'lose' | 'supersede'; readonly candidate: number };
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('intent', 'accept', 'lose', 'supersede'),
    candidate: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 40 },
);

function apply(receipt: Receipt, { kind, candidate }: Step, n: number): Receipt {
  const id = { row: 1, candidate };
  if (kind === 'intent') return recordIntents(receipt, [id], facts());
  if (!currentGeneration(receipt, 1, candidate)) return receipt;
  if (kind === 'supersede') return supersede(receipt, [id], AT);
  return changeCurrent(
    receipt,
    id,
    kind === 'accept' ? { state: 'submitted', taskId: `t${n}` } : { state: 'lost' },
    AT,
  );
}

test('after any steps nothing is gone from the record, and one entry at most counts per candidate', () => {
  fc.assert(
    fc.property(steps, (all) => {
      let receipt = empty;
      all.forEach((step, n) => {
        const before = receipt;
        receipt = apply(receipt, step, n);
        expect(receipt.generations.length).toBeGreaterThanOrEqual(before.generations.length);
        before.generations.forEach(({ row, candidate, intentAt }, i) =>
          expect(receipt.generations[i]).toMatchObject({ row, candidate, intentAt }),
        );
      });
      for (const candidate of [1, 2, 3]) {
        const counting = receipt.generations.filter((one) => one.candidate === candidate && !one.superseded);
        expect(counting.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('a link that is taken away stays known, once, so that a file which lists it is not believed', () => {
  const made = entry(node);
  const receipt = receiptOf(node, [made]);
  const dropped = dropLink(receipt, first, { state: 'lost' }, LATER);
  expect(dropped.generations).toMatchObject([
    { state: 'lost', url: null },
    { url: made.url, superseded: true, origin: 'found', error: { type: 'Cache.Dead' } },
  ]);
  const listing = { ...node, cachedUrls: [made.url ?? ''] };
  const { places } = candidateStates(listing, dropped, evidenceOf());
  expect(places.map(({ usable }) => usable)).toEqual([null, null, null, null]);
  const again = changeCurrent(dropped, first, { state: 'cached', url: made.url }, LATER);
  expect(dropLink(again, first, { state: 'lost' }, LATER).generations).toHaveLength(2);
});
