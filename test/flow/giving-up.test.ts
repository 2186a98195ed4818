import fc from 'fast-check';
import type { PassEnd } from '../../src/flow/giving-up';
import { failuresOf, givingUp, lastTwoFailed } from '../../src/flow/giving-up';
import { planPass } from '../../src/flow/plan';
import type { Generation } from '../../src/flow/receipt';
import { compiledOf, entry, evidenceOf, generator, optionsOf, receiptOf, row } from '../helpers/flows';

const scene = generator({ id: 1, scene: '01' });
const other = generator({ id: 2, scene: '02', rows: [row('a garden')] });
const flow = compiledOf([scene, other]);

function end(pass: string, types: readonly string[], state: PassEnd['state'] = 'done-with-failures'): PassEnd {
  const failures = types.map((type) => ({ label: 'Scene 01 — image gen', type }));
  return { pass, at: '2026-05-12T14:31:00.000Z', state, failures };
}
const policy = end('p1', ['Generation.Policy']);
const timeout = end('p2', ['Generation.Timeout']);
const tried = (pass: string, count: number, state: Generation['state'] = 'failed', of = scene): Generation[] =>
  Array.from({ length: count }, (_, i) => entry(of, { candidate: (i % 4) + 1, state, pass }));

function judge(ends: readonly PassEnd[], entries: readonly Generation[] = [], made: readonly Generation[] = []) {
  const evidence = evidenceOf({
    [scene.key]: receiptOf(scene, entries),
    [other.key]: receiptOf(other, made),
  });
  const missing = planPass(flow, evidence, optionsOf());
  const startOver = planPass(flow, evidence, optionsOf({ noCache: true })).price;
  return givingUp({ name: 'XYZ 1', ends, missing, startOver, receipts: evidence.receipts });
}
const whole = tried('p0', 4, 'cached', other);

test('two passes that failed in different ways are told, with what each met and what going on and starting over cost', () => {
  const found = judge([policy, timeout], [...tried('p1', 4), ...tried('p2', 4)], whole);
  expect(found).toMatchObject({ reasons: ['different-failures', 'costs-more'], tries: 8, results: 0, goOn: 4 });
  const few = judge([policy, timeout], tried('p2', 1), whole);
  expect(few).toMatchObject({ reasons: ['different-failures'], goOnLikely: 12, startOver: 8 });
  const half = [...tried('p1', 2, 'cached'), ...tried('p2', 4).slice(2)];
  const cheap = judge([policy, timeout], half, whole);
  expect(cheap?.words).toEqual([
    'The last two passes failed in different ways. The one before: Scene 01 — image gen: the prompt or a reference was refused by the safety filter. The last one: Scene 01 — image gen: it took too long.',
    'Of what is missing they paid for 4 tries, and 2 gave a result.',
    'Going on costs 2 units, at that rate about 4 units; the whole file afresh costs 8 units.',
    'What is made is kept, so going on saves 6 units, if what is wrong is found first.',
  ]);
  expect(cheap?.next[0]).toMatch(/^nbflow check "XYZ 1" --deep/);
  expect(cheap?.next.join()).toContain('nbflow restore "XYZ 1"');
});

test('the same failure twice is a reason only when going on is likely to cost more than all of it afresh', () => {
  const again = end('p2', ['Generation.Policy']);
  expect(judge([policy, again], [...tried('p1', 1), ...tried('p2', 2, 'cached')], whole)).toBeNull();
  const found = judge([policy, again], [...tried('p1', 4), ...tried('p2', 4)], whole);
  expect(found).toMatchObject({ reasons: ['costs-more'], goOn: 4, goOnLikely: 40, startOver: 8 });
  expect(found?.words.join(' ')).toMatch(
    /failed in the same way.*8 tries, and none gave.*about 40 units.*likely to cost less/,
  );
});

test('while nothing is made, starting over costs the same, and that is said', () => {
  const found = judge([policy, timeout], [...tried('p1', 4), ...tried('p2', 4)]);
  expect(found).toMatchObject({ reasons: ['different-failures'], goOn: 8, startOver: 8 });
  expect(found?.words.at(-1)).toMatch(/Nothing of it is made yet.*no more than going on/);
});

test('fewer failures than before are progress, another one is not', () => {
  const both = end('p1', ['Generation.Policy', 'Generation.Timeout']);
  expect(judge([both, timeout], [], whole)).toBeNull();
  expect(judge([timeout, both], [], whole)?.reasons).toEqual(['different-failures']);
});

test('what has to do with servers alone is no reason to start over', () => {
  const found = judge([end('p1', ['Backend.Auth']), end('p2', ['Store.Rejected'])]);
  expect(found?.words.at(-1)).toMatch(/servers and not with the file/);
  expect(found?.next.join()).not.toMatch(/restore/);
});

test.each([
  ['one pass', [policy]],
  ['a good pass in between', [policy, end('p3', [], 'done'), timeout]],
  ['a good pass since', [policy, timeout, end('p3', [], 'done')]],
])('%s is no reason', (_, ends) => {
  expect(lastTwoFailed(ends)).toBeNull();
  expect(judge(ends)).toBeNull();
});

test('a pass that a person or a budget ended does not count', () => {
  expect(lastTwoFailed([policy, end('p3', ['Pass.Stopped'], 'cancelled'), timeout])).toEqual([policy, timeout]);
  expect(lastTwoFailed([policy, timeout, end('p3', ['Budget.Exceeded'], 'over-budget')])).toEqual([policy, timeout]);
});

test('after an edit of what failed, or when all is made, there is nothing to say', () => {
  const before = tried('p2', 4).map((one) => ({ ...one, fingerprint: 'f1:other' }));
  expect(judge([policy, timeout], before, whole)).toBeNull();
  expect(judge([policy, timeout], tried('p0', 4, 'cached'), whole)).toBeNull();
});

test('the end of a pass keeps its failures by what people call the nodes', () => {
  const outcomes = [
    { key: '0:1', state: 'failed', errorType: 'Generation.Policy' },
    { key: '0:2', state: 'done', errorType: null },
    { key: '0:3', state: 'failed', errorType: null },
  ] as const;
  expect(failuresOf(outcomes, new Map([['0:1', 'Scene 01']]))).toEqual([
    { label: 'Scene 01', type: 'Generation.Policy' },
    { label: '0:3', type: 'Internal' },
  ]);
});

test('starting over is called cheaper only when it is, and the numbers add up', () => {
  const types = fc.array(fc.constantFrom('Generation.Policy', 'Generation.Failed', 'Backend.Auth'), { minLength: 1 });
  const states = fc.array(fc.constantFrom<Generation['state']>('failed', 'lost', 'cached'), { maxLength: 9 });
  fc.assert(
    fc.property(types, types, states, states, (one, two, first, second) => {
      const entries = [...first, ...second].map((state, i) =>
        entry(scene, { candidate: (i % 4) + 1, state, pass: i < first.length ? 'p1' : 'p2' }),
      );
      const found = judge([end('p1', one), end('p2', two)], entries, whole);
      if (!found) return;
      expect(found.results).toBeLessThanOrEqual(found.tries);
      expect(found.goOn).toBeLessThanOrEqual(found.startOver);
      expect(found.goOnLikely).toBeGreaterThanOrEqual(found.goOn);
      expect(found.tries).toBe(entries.length);
      const says = found.words.join(' ');
      if (says.includes('likely to cost less')) expect(found.goOnLikely).toBeGreaterThan(found.startOver);
      expect(says.includes('likely to cost less')).toBe(
        found.reasons.includes('costs-more') && !says.includes('servers'),
      );
      expect(says.includes('different ways')).toBe(two.some((type) => !one.includes(type)));
      expect(found.next.length).toBeGreaterThan(0);
    }),
  );
});
