import type { Backend, Reconciliation } from '../../src/flow/reconcile';
import { reconcileSentences } from '../../src/flow/bill-words';
import { claimedTwice, reconcile } from '../../src/flow/reconcile';
import type { Generation } from '../../src/flow/receipt';
import { entry, generator, receiptOf, row } from '../helpers/flows';

const PROMPT = 'A sunlit kitchen with a very long counter of pale wood, take 1';
const PREFIX = PROMPT.slice(0, 50);
const node = generator({ rows: [row(PROMPT)] });
const SERVER = 'http://127.0.0.1:8765';
const NOW = Date.parse('2026-05-12T15:00:00.000Z');
/** Seconds before now, as our receipts and as the backend write it. */
const iso = (ago: number): string => new Date(NOW - ago * 1000).toISOString();
const unix = (ago: number): number => NOW / 1000 - ago;

type Task = Backend['listing'][number];
const task = (taskId: string, overrides: Partial<Task> = {}): Task => ({
  taskId,
  type: 'image',
  status: 'completed',
  prompt: PREFIX,
  createdAt: unix(60),
  ...overrides,
});
const sent = (overrides: Partial<Generation> = {}): Generation =>
  entry(node, { intentAt: iso(61), submittedAt: iso(60), ...overrides });

function found(entries: readonly Generation[], listing: readonly Task[], more: Partial<Backend> = {}): Reconciliation {
  const backend = { server: SERVER, listing, skewMs: 0, uptime: 3_600, now: NOW, ...more };
  return reconcile([receiptOf(node, entries)], backend);
}

test('tasks of ours are counted once, however often they are listed', () => {
  const answer = found([sent({ taskId: 'a' })], [task('a'), task('a'), task('b', { prompt: 'Something else' })]);
  expect(answer).toMatchObject({ listed: 2, ours: 1, missing: [], ready: [], strangers: [], lostAnswers: [] });
});

test('what is under way here and finished there is ready to be fetched', () => {
  const entries = [
    sent({ taskId: 'a', state: 'submitted' }),
    sent({ taskId: 'b', state: 'submitted', candidate: 2 }),
    sent({ taskId: 'c', candidate: 3 }),
  ];
  const answer = found(entries, [task('a'), task('b', { status: 'running' }), task('c')]);
  expect(answer.ready).toEqual(['a']);
});

test('a lost one that is listed after all is told', () => {
  expect(found([sent({ taskId: 'a', state: 'lost' })], [task('a')]).foundAgain).toEqual(['a']);
});

describe('ours that the backend does not list', () => {
  const gone = sent({ taskId: 'gone' });

  test('are told when the list reaches back behind them', () => {
    expect(found([gone], [task('x', { prompt: 'Else', createdAt: unix(600) })], { uptime: null }).missing).toEqual([
      'gone',
    ]);
    expect(found([gone], [], { uptime: 600 }).missing).toEqual(['gone']);
  });

  test.each<[string, Partial<Generation>, readonly Task[], Partial<Backend>]>([
    ['the list does not reach back', {}, [task('x', { prompt: 'Else', createdAt: unix(30) })], { uptime: 30 }],
    ['nothing is known of how far it reaches', {}, [], { uptime: null }],
    ['the server has another address', { server: 'http://tunnel' }, [], {}],
    ['they are known to be lost', { state: 'lost' }, [], {}],
  ])('are not told when %s', (_, overrides, listing, more) => {
    expect(found([{ ...gone, ...overrides }], listing, more).missing).toEqual([]);
  });

  test('are judged by the backend clock set against ours', () => {
    const hourAhead = { skewMs: 3_600_000, uptime: null };
    const listing = [task('x', { prompt: 'Else', createdAt: unix(30 - 3_600) })];
    expect(found([gone], listing, hourAhead).missing).toEqual([]);
    expect(found([gone], listing, { ...hourAhead, skewMs: 0 }).missing).toEqual([]);
    const older = [task('x', { prompt: 'Else', createdAt: unix(600 - 3_600) })];
    expect(found([gone], older, hourAhead).missing).toEqual(['gone']);
  });
});

describe('tasks that begin like ours', () => {
  test('and are in no receipt are strangers, with our task of that moment', () => {
    const answer = found(
      [sent({ taskId: 'a' })],
      [task('a'), task('twin'), task('later', { createdAt: unix(5) }), task('film', { type: 'video' })],
    );
    expect(answer.strangers.map(({ taskId, beside }) => [taskId, beside])).toEqual([
      ['twin', 'a'],
      ['later', null],
    ]);
  });

  test('explain a lost answer each, and only tasks made after it was asked for', () => {
    const unknown = { state: 'unknown', taskId: null, submittedAt: null } as const;
    const answer = found(
      [sent(unknown), sent({ ...unknown, candidate: 2 })],
      [task('old', { createdAt: unix(600) }), task('x'), task('y'), task('z', { createdAt: unix(5) })],
    );
    expect(answer.lostAnswers).toEqual(['x', 'y']);
    expect(answer.strangers.map(({ taskId }) => taskId)).toEqual(['old', 'z']);
  });

  test('do not explain what is given up as lost', () => {
    const answer = found([sent({ state: 'lost', taskId: null, submittedAt: null })], [task('x')]);
    expect([answer.lostAnswers, answer.strangers.map(({ taskId }) => taskId)]).toEqual([[], ['x']]);
  });

  test('are nobody of ours when only a found link has no words at all', () => {
    const link = sent({ origin: 'found', taskId: null, promptPrefix: '' });
    expect(found([link], [task('x', { prompt: '' })]).strangers).toEqual([]);
  });
});

test('an id that another backend gave out before is not taken for ours', () => {
  const old = sent({ taskId: 'a', server: 'http://other', intentAt: iso(9_000), submittedAt: iso(8_999) });
  const answer = found([old], [task('a')]);
  expect([answer.ours, answer.strangers.map(({ taskId }) => taskId)]).toEqual([0, ['a']]);
  expect(found([{ ...old, intentAt: iso(61), submittedAt: iso(60) }], [task('a')]).ours).toBe(1);
});

test('an id that comes again later, by its own answer, is no second claim', () => {
  const first = sent({ taskId: 'a', intentAt: iso(900), submittedAt: iso(899) });
  const again = sent({ taskId: 'a', candidate: 2 });
  expect(claimedTwice([receiptOf(node, [first, again])])).toEqual([]);
  expect(claimedTwice([receiptOf(node, [first, { ...again, adopted: true }])])).toEqual(['a']);
  const elsewhere = { ...again, adopted: true, server: 'http://other' };
  expect(claimedTwice([receiptOf(node, [first, elsewhere])])).toEqual([]);
});

test('a task that two entries claim is told', () => {
  const twice = receiptOf(node, [sent({ taskId: 'a' }), sent({ taskId: 'b', candidate: 2 })]);
  const other = receiptOf(node, [sent({ taskId: 'a' }), sent({ taskId: null, state: 'intent' })], 'n6');
  expect(claimedTwice([twice, other])).toEqual(['a']);
  expect(claimedTwice([twice])).toEqual([]);
});

test('the words name the ids, and say nothing where there is nothing', () => {
  const other = task('b', { prompt: 'Else' });
  expect(reconcileSentences(found([sent({ taskId: 'a' })], [task('a'), other]))).toEqual([
    `G-Labs at ${SERVER} lists 2 tasks; 1 of them is in our receipts.`,
  ]);
  const entries = [
    sent({ taskId: 'a', state: 'submitted' }),
    sent({ taskId: 'b', state: 'lost' }),
    sent({ taskId: 'c' }),
    sent({ taskId: null, state: 'unknown', submittedAt: null }),
  ];
  const listing = [task('a'), task('b'), task('x'), task('y', { createdAt: unix(1) })];
  const text = reconcileSentences(found(entries, listing)).join('\n');
  expect(text).toMatch(/not fetched yet: a /);
  expect(text).toMatch(/their answers got lost: x /);
  expect(text).toMatch(/listed there all the same: b\./);
  expect(text).toMatch(/do not list .*: c\.|does not list .*: c\./);
  expect(text).toMatch(/in no receipt: y\. .*possibly paid for twice/);
});
