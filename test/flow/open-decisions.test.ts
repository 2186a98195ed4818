import { candidateLabel, candidateSelector, decidables } from '../../src/flow/open-decisions';
import type { Generation } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { clipOf, compiledOf, entry, evidenceOf, generator, receiptOf, row } from '../helpers/flows';

const PRICES = { image: 1, video: 10 };
const node = generator({ outputCount: 2 });
const nothing = { url: null, file: null } as const;
const uncertain = { type: 'Generation.Undecided', code: null, message: '3 tasks at G-Labs fit 2 lost answers' };

function found(generations: readonly Generation[], of: Generator = node, others: readonly Generator[] = []) {
  const evidence = evidenceOf({ [of.key]: receiptOf(of, generations) });
  return decidables(compiledOf([of, ...others]), evidence, PRICES);
}

test.each([
  ['lost', { state: 'lost' }, { state: 'lost', open: true, reason: expect.stringMatching(/possibly gone$/) as string }],
  [
    'undecided',
    { state: 'unknown', error: uncertain },
    { state: 'undecided', open: true, reason: `its answer was lost, and ${uncertain.message}` },
  ],
  ['given up', { state: 'skipped', decision: 'skip' }, { state: 'skipped', open: false }],
  ['to be made again', { state: 'lost', decision: 'regenerate' }, { state: 'lost', open: false }],
] as const)('a candidate that is %s may be decided about', (_, overrides, expected) => {
  const [one, ...more] = found([entry(node, { ...nothing, ...overrides })]);
  expect(one).toMatchObject({ ...expected, row: 1, candidate: 1, index: 0, price: 1, receiptKey: 'n5' });
  expect(more).toEqual([]);
});

test.each([
  ['made', {}],
  ['out at G-Labs', { ...nothing, state: 'submitted' }],
  ['to be looked up', { ...nothing, state: 'unknown' }],
  ['failed', { ...nothing, state: 'failed' }],
  ['made from other inputs', { ...nothing, state: 'lost', fingerprint: 'f1:edited' }],
] as const)('a candidate that is %s may not', (_, overrides) => {
  expect(found([entry(node, overrides)])).toEqual([]);
});

test('one that was lost before an edit in between is meant, and one that is there another way is not', () => {
  const lost = entry(node, { ...nothing, state: 'lost', superseded: true });
  const edited = entry(node, { fingerprint: 'f1:edited' });
  expect(found([lost, edited]).map(({ index }) => index)).toEqual([0]);
  const older = entry(node, { superseded: true, file: 'older.png' });
  expect(found([older, { ...lost, superseded: false }])).toEqual([]);
});

describe('an uncertain answer keeps others from being sent, so it is listed', () => {
  const unknown = (overrides: Partial<Generation> = {}) =>
    entry(node, { ...nothing, state: 'unknown', taskId: null, error: uncertain, ...overrides });

  test('when its prompt was edited since, also where a result is there that fits', () => {
    const edited = unknown({ fingerprint: 'f1:edited' });
    const older = entry(node, { superseded: true });
    for (const [all, index] of [[[edited], 0] as const, [[older, edited], 1] as const]) {
      expect(found(all)).toMatchObject([{ index, open: true, again: true, price: 1 }]);
    }
    expect(found([edited])[0]?.reason).toMatch(/^its answer was lost, and 3 tasks.*edited since$/);
  });

  test('when its row or candidate was deleted, or its node is muted, and then nothing is made again', () => {
    const muted = { ...node, muted: true };
    const cases = [found([unknown({ row: 4 })]), found([unknown({ candidate: 3 })]), found([unknown()], muted)];
    for (const all of cases) expect(all).toMatchObject([{ state: 'undecided', open: true, again: false, price: 0 }]);
    const [row4 = []] = cases;
    expect(row4.map((one) => candidateSelector(one, row4, compiledOf([node])))).toEqual([
      '--scene 01 --row 4 --candidate 1',
    ]);
  });

  test('when its node is no longer in the file', () => {
    const receipt = receiptOf(generator({ id: 77 }), [unknown(), entry(node, { ...nothing, state: 'lost' })]);
    const flow = compiledOf([node]);
    const all = decidables(flow, evidenceOf({}), PRICES, [receipt]);
    expect(all).toMatchObject([{ index: 0, receiptKey: 'n77', again: false }]);
    expect(all.map((one) => candidateSelector(one, all, flow))).toEqual(['--node 77 --candidate 1']);
    expect(all.map((one) => candidateLabel(one, flow))).toEqual(['Scene 01 — image gen, candidate 1']);
  });

  test('and nothing that was lost before it, nor while a newer request has no known end', () => {
    const lost = entry(node, { ...nothing, state: 'lost', superseded: true });
    const edited = { fingerprint: 'f1:edited', taskId: null };
    expect(found([lost, unknown(edited)]).map(({ index }) => index)).toEqual([1]);
    expect(found([lost, entry(node, { ...nothing, ...edited, state: 'intent' })])).toEqual([]);
  });
});

test('nodes that the file mutes are left alone', () => {
  const muted = { ...node, muted: true };
  expect(found([entry(muted, { ...nothing, state: 'lost' })], muted)).toEqual([]);
});

describe('what to type', () => {
  const lost = (of: Generator, overrides: Partial<Generation> = {}) =>
    entry(of, { ...nothing, state: 'lost', ...overrides });
  const typed = (all: ReturnType<typeof found>, compiled: readonly Generator[]): string[] =>
    all.map((one) => candidateSelector(one, all, compiledOf(compiled)));

  test('names the scene', () => {
    expect(typed(found([lost(node), lost(node, { candidate: 2 })]), [node])).toEqual([
      '--scene 01 --candidate 1',
      '--scene 01 --candidate 2',
    ]);
  });

  test('names the node where picture and clip of a scene wait both, or where there is no scene', () => {
    const clip = clipOf(node);
    const evidence = evidenceOf({
      [node.key]: receiptOf(node, [lost(node)]),
      [clip.key]: receiptOf(clip, [lost(clip)]),
    });
    const all = decidables(compiledOf([node, clip]), evidence, PRICES);
    expect(typed(all, [node, clip])).toEqual(['--node 5 --candidate 1', '--node 9 --candidate 1']);
    expect(all.map(({ price }) => price)).toEqual([1, 10]);
    const bare = generator({ scene: null });
    expect(typed(found([lost(bare)], bare), [bare])).toEqual(['--node 5 --candidate 1']);
  });

  test('names the account where there are several, and the row where there are several', () => {
    const rows = [row('first'), row('second', { row: 2 })];
    const b = generator({ tab: 1, account: 'Account B', rows });
    const all = found([lost(b, { row: 2 })], b, [node]);
    expect(typed(all, [node, b])).toEqual(['--scene 01 --account B --row 2 --candidate 1']);
    expect(all.map((one) => candidateLabel(one, compiledOf([node, b])))).toEqual([
      'Scene 01 — image gen (Account B), row 2, candidate 1',
    ]);
  });

  test('quotes an account that a shell would take apart', () => {
    const odd = generator({ tab: 1, account: 'Account (new)' });
    expect(typed(found([lost(odd)], odd, [node]), [node, odd])[0]).toContain('--account "Account (new)"');
  });
});
