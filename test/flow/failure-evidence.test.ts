import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureClass, FAILURES, isFailureType } from '../../src/flow/failure-classes';
import type { FailureType } from '../../src/flow/failure-classes';
import {
  FAILED_CALLS,
  FAILED_TASKS,
  failedCall,
  REFUSED_SUBMITS,
  refusedSubmit,
  SHORT_LIMIT_MS,
  taskFailure,
  tooManyType,
} from '../../src/flow/failure-evidence';
import { failuresPage, spoken } from '../helpers/failures-doc';

const PAGE = join(__dirname, '..', '..', 'docs', 'failures.md');

test('docs/failures.md says what the tables say (UPDATE_DOCS=1 writes it anew)', () => {
  const words = (text: string): string =>
    text
      .replace(/[ \t]+/g, ' ')
      .replace(/-{3,}/g, '---')
      .replace(/\n{2,}/g, '\n\n')
      .trim();
  if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, failuresPage());
  expect(words(readFileSync(PAGE, 'utf8'))).toBe(words(failuresPage()));
});

test('every class that evidence leads to is in the table of classes', () => {
  const types = [REFUSED_SUBMITS, FAILED_CALLS, FAILED_TASKS].flatMap((table) =>
    Object.values(table).map(({ type }) => type as string),
  );
  expect(types.filter((type) => !isFailureType(type))).toEqual([]);
});

describe('a failed task', () => {
  test.each([
    [0, 'Timeout: no result generated', 'Generation.Failed'],
    [400, 'INVALID_ARGUMENT', 'Generation.Failed'],
    [400, 'MISSING_MODEL', 'Generation.Failed'],
    [400, 'The prompt may violate our policies', 'Generation.Policy'],
    [400, 'プロンプトはポリシーに違反している可能性があります', 'Generation.Policy'],
    [401, 'x', 'Backend.Auth'],
    [403, 'PERMISSION_DENIED', 'Backend.Auth'],
    [429, 'Quota für a@example.test verbraucht', 'Backend.Quota'],
    [499, 'STOPPED_BY_CLIENT', 'Generation.Stopped'],
    [507, 'x', 'Backend.NoSpace'],
    [409, 'x', 'Generation.Failed'],
    [504, 'x', 'Generation.Failed'],
    [418, 'x', 'Generation.Failed'],
    [null, '', 'Generation.Failed'],
  ])('with code %p and %j is %s', (code, text, type) => {
    expect(taskFailure(code, text).type).toBe(type);
  });

  test('is told by its code in any language: other words change nothing', () => {
    for (const code of Object.keys(FAILED_TASKS).map(Number)) {
      expect(taskFailure(code, 'Zeitüberschreitung')).toEqual(taskFailure(code, 'quota, policy, timeout'));
    }
  });

  test('that asking again can’t mend is not asked for again, and costs once', () => {
    const once = [401, 403, 429, 499, 507];
    expect(once.map((code) => taskFailure(code, '').tries)).toEqual(once.map(() => 1));
  });
});

describe('too many requests', () => {
  test('the time that it names decides, else its own code', () => {
    expect(tooManyType(429, 1000)).toBe('Backend.Busy');
    expect(tooManyType(null, SHORT_LIMIT_MS)).toBe('Backend.Busy');
    expect(tooManyType(null, SHORT_LIMIT_MS + 1)).toBe('Backend.Quota');
    expect(tooManyType(429, null)).toBe('Backend.Quota');
    expect(tooManyType(null, null)).toBe('Backend.Busy');
  });

  test('means the same for a paying request and for any other call', () => {
    for (const [code, retryAfterMs] of [
      [429, null],
      [null, null],
      [null, 3_600_000],
    ] as const) {
      const call = failedCall({ status: 429, code, retryAfterMs });
      expect(refusedSubmit(429, code, retryAfterMs)).toBe(call);
    }
  });
});

test('a paying request is only called refused where nothing can have been taken', () => {
  const maybe = [408, 499, 500, 502, 503, 504, 507, 520, 522, 524];
  expect(maybe.map((status) => refusedSubmit(status, null, null))).toEqual(maybe.map(() => null));
});

test.each([
  [null, 'Backend.Unreachable'],
  [200, 'Backend.Unexpected'],
  [401, 'Backend.Auth'],
  [403, 'Backend.Auth'],
  [404, 'Backend.Unreachable'],
  [500, 'Backend.Unreachable'],
  [522, 'Backend.Unreachable'],
])('a call that ended with status %p is %s', (status, type) => {
  expect(failedCall({ status, code: null, retryAfterMs: null })).toBe(type);
});

describe('the words', () => {
  const types = Object.keys(FAILURES) as FailureType[];
  /** What a person who makes ads does not say. */
  const JARGON =
    /\b(HTTP|API error|errno|ENOSPC|ECONN\w*|socket|endpoint|payload|retry|retries|timeout|null|undefined|exception|stack|activity|workflow|withdrawn|receipt|idempotent|heartbeat|origin)\b/i;

  test.each(types)('of %s are whole sentences in plain words, the last of them a thing to do', (type) => {
    const [sentence = '', ...next] = spoken(type);
    expect(sentence).toMatch(/^[A-Z].*[.]$/);
    expect([sentence, ...next].join('\n')).not.toMatch(JARGON);
    expect(next.length).toBeGreaterThan(0);
    expect(next.join('\n')).toMatch(/nbflow [a-z]+|^(Start|Check|Set|Free|Wait|Look|Correct|Take|Another|When|If)\b/m);
  });

  test('a failure that ends a node always ends with something to type', () => {
    const silent = types.filter(
      (type) => failureClass(type).handling === 'final' && !/nbflow /.test(spoken(type).join()),
    );
    expect(silent).toEqual([]);
  });
});
