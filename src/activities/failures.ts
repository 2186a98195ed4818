/** The one mapper from errors to Temporal failures: a dotted type, whether Temporal may retry, and words for a person. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { BackendError } from '../clients/glabs-http';
import { StoreError } from '../clients/object-store';
import { FlowError } from '../flow/errors';
import type { GenerationCounts } from '../flow/ledger';

/**
 * `retry`: Temporal tries again after `delay`. `gate`: given back to the workflow at once, which waits for the backend
 * and then goes on. `final`: the node (or the pass) ends with it.
 */
interface Policy {
  readonly then: 'retry' | 'gate' | 'final';
  readonly delay?: string;
}

const POLICIES: Readonly<Record<string, Policy>> = {
  'Backend.Unreachable': { then: 'gate' },
  'Backend.StillUnreachable': { then: 'retry' },
  'Backend.Busy': { then: 'retry', delay: '10 s' },
  'Backend.Auth': { then: 'final' },
  'Backend.Quota': { then: 'final' },
  'Generation.Failed': { then: 'final' },
  'Generation.Policy': { then: 'final' },
  'Generation.Timeout': { then: 'final' },
  'Generation.BadBytes': { then: 'final' },
  'Generation.Undecided': { then: 'final' },
  'Reference.Unavailable': { then: 'final' },
  'Store.Unavailable': { then: 'retry', delay: '2 s' },
  'Store.Rejected': { then: 'final' },
  'File.Busy': { then: 'retry', delay: '1 s' },
  'Node.Held': { then: 'retry', delay: '1 s' },
  'Disk.Full': { then: 'retry', delay: '10 s' },
  'Worker.Stopping': { then: 'retry', delay: '1 ms' },
};

/** Cancellations pass untouched, unknown errors stay what they are (and are retried: a bug is not a business failure). */
export function toFailure(error: unknown, counts?: GenerationCounts): unknown {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof BackendError) return failure(backendType(error), error.message, counts, error, delayOf(error));
  if (error instanceof StoreError) {
    return failure(error.kind === 'unavailable' ? 'Store.Unavailable' : 'Store.Rejected', error.message, counts, error);
  }
  if (error instanceof FlowError) return failure(error.type, error.message, counts, error);
  return error;
}

export function failure(
  type: string,
  message: string,
  counts?: GenerationCounts,
  cause?: Error,
  delay?: string | number,
): ApplicationFailure {
  const policy: Policy = POLICIES[type] ?? { then: 'final' };
  const nextRetryDelay = delay ?? policy.delay;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: policy.then !== 'retry',
    ...(counts ? { details: [counts] } : {}),
    ...(cause ? { cause } : {}),
    ...(policy.then === 'retry' && nextRetryDelay !== undefined ? { nextRetryDelay: nextRetryDelay as '1 s' } : {}),
  });
}

/** What an answer (or its absence) to a call other than a submit means. Source: docs of the HTTP contract, Cloudflare. */
function backendType(error: BackendError): string {
  if (error.status === 401 || error.status === 403) return 'Backend.Auth';
  if (error.status === 429) return 'Backend.Busy';
  return 'Backend.Unreachable';
}

function delayOf(error: BackendError): number | undefined {
  return error.retryAfterMs ?? undefined;
}
