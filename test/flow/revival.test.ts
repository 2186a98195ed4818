import { countPass } from '../../src/flow/ledger';
import type { PlannedNode } from '../../src/flow/plan-types';
import { currentGeneration } from '../../src/flow/receipt';
import { recordDecision, revive, reviveAsPlanned } from '../../src/flow/revival';
import { entry, generator, receiptOf } from '../helpers/flows';

const node = generator();
const LATER = '2026-05-12T14:40:00.000Z';

describe('an entry that was replaced', () => {
  const old = entry(node, { file: 'candidates/a.png', superseded: true });
  const newer = entry(node, { file: 'candidates/b.png', fingerprint: 'f1:edited' });

  test('counts again in place of the newer one, which stays on record', () => {
    const { generations } = revive(receiptOf(node, [old, newer]), 0, LATER);
    expect(generations.map(({ superseded }) => superseded)).toEqual([false, true]);
    expect(currentGeneration(receiptOf(node, generations), 1, 1)).toEqual({
      ...old,
      superseded: false,
      updatedAt: LATER,
    });
  });

  test('leaves its name to the newer one that has taken it', () => {
    const { generations } = revive(receiptOf(node, [old, { ...newer, file: old.file }]), 0, LATER);
    expect(generations[0]?.file).toBe(`candidates/replaced/${old.sha256?.slice(0, 8) ?? ''}-a.png`);
    expect(generations[1]?.file).toBe('candidates/a.png');
  });

  test.each(['intent', 'unknown'] as const)('never takes the place of one that is %s', (state) => {
    const receipt = receiptOf(node, [old, { ...newer, state }]);
    expect(revive(receipt, 0, LATER)).toBe(receipt);
  });

  test('is left alone when something was written about its candidate since the plan', () => {
    const planned = receiptOf(node, [old, newer]);
    const plan = { rows: [{ row: 1, candidates: [{ candidate: 1, revives: 0 }] }] } as unknown as PlannedNode;
    const since = receiptOf(node, [old, { ...newer, superseded: true }, entry(node, { state: 'submitted' })]);
    expect(reviveAsPlanned(since, { plan, receipt: planned }, LATER)).toBe(since);
    expect(reviveAsPlanned(planned, { plan, receipt: planned }, LATER).generations[0]?.superseded).toBe(false);
  });
});

describe('a person’s decision', () => {
  const error = { type: 'Generation.Undecided', code: null, message: '3 tasks fit' };
  const lost = entry(node, { state: 'lost', taskId: null });
  const unknown = entry(node, { state: 'unknown', taskId: null, error });

  test.each([
    ['lost', lost, 'regenerate', 'lost'],
    ['lost', lost, 'skip', 'skipped'],
    ['undecided', unknown, 'regenerate', 'lost'],
    ['undecided', unknown, 'skip', 'skipped'],
  ] as const)('about a %s one', (_, about, decision, state) => {
    const { generations } = recordDecision(receiptOf(node, [about]), 0, decision, LATER);
    expect(generations).toEqual([{ ...about, state, decision, updatedAt: LATER }]);
    expect(countPass(receiptOf(node, generations), 'pass-1').lost).toBe(1);
  });

  test('about one that an edit in between replaced lets it count again', () => {
    const receipt = receiptOf(node, [{ ...lost, superseded: true }, entry(node, { fingerprint: 'f1:edited' })]);
    const { generations } = recordDecision(receipt, 0, 'skip', LATER);
    expect(generations.map(({ superseded, state }) => [superseded, state])).toEqual([
      [false, 'skipped'],
      [true, 'cached'],
    ]);
  });

  test('is refused while what was sent since for the same candidate has no known end', () => {
    const open = entry(node, { state: 'intent', taskId: null, fingerprint: 'f1:edited' });
    const receipt = receiptOf(node, [{ ...lost, superseded: true }, open]);
    expect(() => recordDecision(receipt, 0, 'regenerate', LATER)).toThrow(
      expect.objectContaining({ type: 'Decision.NotYet', exitCode: 7 }) as Error,
    );
  });
});
