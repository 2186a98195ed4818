import type { ErrorEntry, FailedNode } from '../../src/flow/error-entries';
import { errorEntry } from '../../src/flow/error-entries';
import { emptyOutcome } from '../../src/flow/outcome';
import type { NodeOutcome } from '../../src/flow/outcome';
import type { Generation, GenerationState } from '../../src/flow/receipt';
import { errorsSchema, schemaTrouble } from '../helpers/errors-file';
import { entry, generator, receiptOf, row } from '../helpers/flows';

const clip = generator({ id: 17, tab: 1, kind: 'video', rows: [row('a'), row('b', { row: 2 })] });

function described(
  outcome: Partial<NodeOutcome>,
  generations: readonly Generation[] = [],
  more: Partial<FailedNode> = {},
): ErrorEntry {
  const made = errorEntry({
    workflow: 'projects/may/XYZG3-V0-1',
    file: '/team/projects/may/XYZG3-V0-1.nbflow',
    node: clip,
    outcome: { ...emptyOutcome('1:17', 'failed'), ...outcome },
    receipt: receiptOf(clip, generations),
    generator: clip,
    prices: { image: 1, video: 10 },
    startedAt: Date.UTC(2026, 4, 12),
    finishedAt: Date.UTC(2026, 4, 13),
    since: null,
    ...more,
  });
  expect(schemaTrouble({ version: 1, entries: [made] })).toBeNull();
  return made as ErrorEntry;
}

const at = (minute: number): string => `2026-05-12T14:${minute}:00.000Z`;
const attempt = (place: [number, number], state: GenerationState, minute: number, code: number | null): Generation =>
  entry(clip, {
    row: place[0],
    candidate: place[1],
    state,
    intentAt: at(minute),
    updatedAt: at(minute + 1),
    error: code === null ? null : { type: 'Generation.Failed', code, message: `said ${code}` },
  });

test('an entry says who, what, how often, for how much, since when, and what to type', () => {
  const made = described({ errorType: 'Generation.Failed', reason: 'our own words', paid: 6, lost: 1 }, [
    attempt([1, 1], 'cached', 30, null),
    attempt([2, 3], 'failed', 31, 400),
    attempt([2, 3], 'failed', 33, 500),
    attempt([2, 4], 'failed', 35, 500),
  ]);
  expect(made).toMatchObject({
    workflow: 'projects/may/XYZG3-V0-1',
    tab: 1,
    node: 17,
    account: 'Account A',
    scene: '01',
    title: 'Scene 01 — video gen',
    rows: [2],
    kind: 'api_error',
    attempts: 2,
    message: 'said 500',
    words: 'G-Labs could not make it (said 500).',
    paid: 6,
    lost: 1,
    price: 60,
    first: at(33),
    last: at(36),
  });
  expect(made.next.join()).toContain('nbflow run /team/projects/may/XYZG3-V0-1.nbflow');
  expect(made.candidates).toMatchObject([
    { row: 2, candidate: 3, code: 500, attempts: 2 },
    { row: 2, candidate: 4, code: 500, attempts: 1 },
  ]);
});

test('a task that took too long is named with its id, which the next run asks for again', () => {
  const made = described({ errorType: 'Generation.Timeout', reason: 'too long' }, [
    attempt([1, 2], 'submitted', 30, null),
  ]);
  expect(made).toMatchObject({ kind: 'timeout', message: 'too long' });
  expect(made.candidates).toMatchObject([{ state: 'submitted', taskId: 'a1b2c3d4' }]);
});

test('a failure before anything was asked for has no rows, and the time of the pass', () => {
  const made = described({ errorType: 'Reference.Unavailable', reason: 'HTTP 404' }, [], { receipt: undefined });
  expect(made).toMatchObject({ rows: [], candidates: [], attempts: 0, first: '2026-05-12T00:00:00.000Z', price: 0 });
});

test('why a candidate failed before is not why the node ended now', () => {
  const made = described({ errorType: 'Reference.Unavailable', reason: 'HTTP 404' }, [
    attempt([1, 1], 'failed', 30, 400),
  ]);
  expect(made.message).toBe('HTTP 404');
});

test('candidates and rows that the file no longer has are left out', () => {
  const gone = [attempt([1, 5], 'failed', 30, 400), attempt([3, 1], 'failed', 30, 400)];
  expect(described({ errorType: 'Generation.Failed' }, gone).candidates).toEqual([]);
});

test('what waits for a person says so, with the command that lists it', () => {
  const made = described({ state: 'undecided', errorType: null, reason: '2 tasks fit' });
  expect(made.type).toBe('Generation.Undecided');
  expect(made.next.join()).toContain('nbflow decide');
});

test.each(['done', 'reused', 'skipped', 'cancelled'] as const)('a node that is %s has no entry', (state) => {
  const outcome = emptyOutcome('1:17', state);
  const rest = { workflow: 'w', file: 'f', node: clip, receipt: undefined, generator: clip, since: null };
  expect(errorEntry({ ...rest, outcome, prices: { image: 1, video: 1 }, startedAt: 0, finishedAt: 0 })).toBeNull();
});

test('the schema names every field of an entry, and no other', () => {
  const made = described({ errorType: 'Generation.Failed' }, [attempt([1, 1], 'failed', 30, 400)]);
  const { definitions } = errorsSchema;
  expect([...definitions.entry.required].sort()).toEqual(Object.keys(made).sort());
  expect(Object.keys(definitions.entry.properties).sort()).toEqual(Object.keys(made).sort());
  expect([...definitions.candidate.required].sort()).toEqual(Object.keys(made.candidates[0] as object).sort());
});
