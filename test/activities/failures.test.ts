import type { ApplicationFailure } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/common';
import { failure, toFailure } from '../../src/activities/failures';
import { BackendError } from '../../src/clients/backend-error';
import { StoreError } from '../../src/clients/object-store';
import { FlowError } from '../../src/flow/errors';

const backend = (facts: { status?: number; retryAfterMs?: number }): unknown =>
  toFailure(new BackendError({ server: 'http://user:pw@g.example.test', text: '', ...facts }));

test.each([
  [{}, 'Backend.Unreachable', true],
  [{ status: 502 }, 'Backend.Unreachable', true],
  [{ status: 401 }, 'Backend.Auth', true],
  [{ status: 200 }, 'Backend.Unexpected', true],
  [{ status: 429 }, 'Backend.Busy', false],
])('a call that ended with %j is %s', (facts, type, nonRetryable) => {
  expect(backend(facts)).toMatchObject({ type, nonRetryable });
});

test("a busy backend's own pause is kept, else the table's", () => {
  expect(backend({ status: 429, retryAfterMs: 7000 })).toMatchObject({ nextRetryDelay: 7000 });
  expect(backend({ status: 429 })).toMatchObject({ nextRetryDelay: '10 s' });
  const refused = new FlowError('Backend.Busy', 'HTTP 429', 1, [], { waitMs: 120_000 });
  expect(toFailure(refused)).toMatchObject({ type: 'Backend.Busy', nextRetryDelay: 120_000, nonRetryable: false });
});

test('credentials of an address are not told', () => {
  expect((backend({}) as Error).message).not.toContain('pw');
});

test('a store that is away sends the node to its gate, one that refuses ends it', () => {
  expect(toFailure(new StoreError('unavailable', 'away', null))).toMatchObject({
    type: 'Store.Unavailable',
    nonRetryable: true,
    details: [null, { detail: 'away', waitMs: null }],
  });
  expect(toFailure(new StoreError('rejected', 'no', 403))).toMatchObject({
    type: 'Store.Rejected',
    nonRetryable: true,
  });
});

test.each([{}, { path: '/team/Assets' }])('a full disk sends to its gate, in whatever call it came up: %j', (more) => {
  const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }, more);
  expect(toFailure(error)).toMatchObject({
    type: 'Disk.Full',
    message: `No space left to write ${more.path ?? 'a result'} (ENOSPC).`,
  });
});

test('causes stay at home: they quote addresses and pieces of the file', () => {
  const cause = new Error('"text": "a secret prompt" at https://r.example/?sig=hush');
  const made = toFailure(new FlowError('File.Damaged', 'not JSON', 8, [], { cause })) as ApplicationFailure;
  expect(made).toMatchObject({ type: 'File.Damaged', message: 'not JSON', nonRetryable: true });
  expect(made.cause).toBeUndefined();
});

test('what a node cost goes with its failure, and is not overwritten', () => {
  const counts = { paid: 3, adopted: 0, lost: 1, reused: 0 };
  expect(toFailure(failure('Generation.Failed', 'no'), counts)).toMatchObject({
    type: 'Generation.Failed',
    details: [counts],
  });
  expect(toFailure(failure('Generation.Failed', 'no', { counts }), { ...counts, paid: 9 })).toMatchObject({
    details: [counts],
  });
});

test('cancellations and bugs pass as they are', () => {
  const cancelled = new CancelledFailure('CANCELLED');
  const bug = new TypeError('x is not a function');
  expect(toFailure(cancelled)).toBe(cancelled);
  expect(toFailure(bug)).toBe(bug);
});

test('a class that the table does not know is final', () => {
  expect(failure('No.Such', 'x')).toMatchObject({ nonRetryable: true });
});
