/**
 * What leads to which failure class, in one place: how a paying request ended, how any other call ended, what a task
 * failed with. Decided by numbers and by names that are the same in every language, since G-Labs' texts follow the
 * language of its window. What each class means is failure-classes.ts; docs/failures.md shows both. Plain data.
 */
import type { FailureType } from './failure-classes';

export interface Evidence {
  readonly type: FailureType;
  /** For docs/failures.md. */
  readonly because: string;
}

const TUNNEL = 'the tunnel’s own page: G-Labs was not reached';

/** Answers to a paying request that prove that nothing was taken. Whatever else comes back may have been paid for. */
export const REFUSED_SUBMITS: Readonly<Record<number, Evidence>> = {
  400: { type: 'Generation.Failed', because: 'the request is not one that G-Labs takes' },
  401: { type: 'Backend.Auth', because: 'wrong key' },
  403: { type: 'Backend.Auth', because: 'the plan does not include it' },
  404: { type: 'Backend.Unexpected', because: 'no such address there' },
  405: { type: 'Backend.Unexpected', because: 'no such address there' },
  411: { type: 'Generation.Failed', because: 'the request is not one that G-Labs takes' },
  413: { type: 'Generation.Failed', because: 'the pictures are too big together' },
  521: { type: 'Backend.Unreachable', because: TUNNEL },
  523: { type: 'Backend.Unreachable', because: TUNNEL },
  530: { type: 'Backend.Unreachable', because: TUNNEL },
};

/** Statuses of any other call (health, list, poll, download). No answer at all, and every other status, is an outage. */
export const FAILED_CALLS: Readonly<Record<number, Evidence>> = {
  401: { type: 'Backend.Auth', because: 'wrong key' },
  403: { type: 'Backend.Auth', because: 'the plan does not include it' },
};

export interface TaskFailure extends Evidence {
  /** How often one candidate may fail so in one pass before its node is given up. */
  readonly tries: number;
}

const UPSTREAM: TaskFailure = { type: 'Generation.Failed', tries: 3, because: 'trouble behind G-Labs' };

/** By the `error_code` of a failed task. */
export const FAILED_TASKS: Readonly<Record<number, TaskFailure>> = {
  0: {
    type: 'Generation.Failed',
    tries: 2,
    because: 'something is missing, no account is active, or no result came in time',
  },
  // A lone INVALID_ARGUMENT often clears on the next try; a prompt policy sometimes does.
  400: { type: 'Generation.Policy', tries: 2, because: 'the safety filter, told in words' },
  401: { type: 'Backend.Auth', tries: 1, because: 'wrong key' },
  403: { type: 'Backend.Auth', tries: 1, because: 'the account may not do this, or is signed out' },
  409: { ...UPSTREAM, because: 'another job was in the way' },
  429: { type: 'Backend.Quota', tries: 1, because: 'the day’s quota: asking again at once only fails again' },
  499: { type: 'Generation.Stopped', tries: 1, because: 'somebody stopped it in G-Labs' },
  500: UPSTREAM,
  502: UPSTREAM,
  503: UPSTREAM,
  504: UPSTREAM,
  507: { type: 'Backend.NoSpace', tries: 1, because: 'no space left where G-Labs saves' },
};

/** A name of a status, like INVALID_ARGUMENT, and no sentence: the same in every language. */
const STATUS_NAME = /^[A-Z][A-Z0-9_]*$/;

/** What a failed task means; codes that are not listed are trouble behind G-Labs. */
export function taskFailure(code: number | null, text: string): TaskFailure {
  const known = code === null ? UPSTREAM : (FAILED_TASKS[code] ?? UPSTREAM);
  // 400 is both: a policy is told in words, a request that is wrong by its name.
  if (code === 400 && STATUS_NAME.test(text.trim())) return { ...known, type: 'Generation.Failed' };
  return known;
}

/** The class of a paying request that was surely not taken; null when it may have been. */
export function refusedSubmit(status: number, code: number | null, retryAfterMs: number | null): FailureType | null {
  return status === 429 ? tooManyType(code, retryAfterMs) : (REFUSED_SUBMITS[status]?.type ?? null);
}

export interface CallEnd {
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly code: number | null;
  readonly retryAfterMs: number | null;
}

/** The class of a call that failed and pays for nothing. */
export function failedCall({ status, code, retryAfterMs }: CallEnd): FailureType {
  if (status === null) return 'Backend.Unreachable';
  if (status === 429) return tooManyType(code, retryAfterMs);
  // It answered, only not as G-Labs does: waiting for it to come back would be waiting for ever.
  if (status < 400) return 'Backend.Unexpected';
  return FAILED_CALLS[status]?.type ?? 'Backend.Unreachable';
}

/** A limit that lifts within this time is waited out in place; a longer one is the day's quota. */
export const SHORT_LIMIT_MS = 15 * 60_000;

/**
 * What a 429 means: the day's quota, or a limit that lifts soon. The time that it names decides; where it names none, its own
 * error code 429 is the one that G-Labs gives for the quota.
 */
export function tooManyType(code: number | null, retryAfterMs: number | null): 'Backend.Busy' | 'Backend.Quota' {
  if (retryAfterMs !== null) return retryAfterMs > SHORT_LIMIT_MS ? 'Backend.Quota' : 'Backend.Busy';
  return code === 429 ? 'Backend.Quota' : 'Backend.Busy';
}
