/** The one mapper from errors to Temporal failures: a dotted type, whether Temporal may retry, and words for a person. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { BackendError } from '../clients/backend-error';
import { StoreError } from '../clients/object-store';
import { FlowError } from '../flow/errors';
import type { FailureClass } from '../flow/failure-classes';
import { failureClass, isFailureType } from '../flow/failure-classes';
import { failedCall } from '../flow/failure-evidence';
import type { GenerationCounts } from '../flow/ledger';

/** Cancellations pass untouched, unknown errors stay what they are (and are retried: a bug is not a business failure). */
export function toFailure(error: unknown, counts?: GenerationCounts): unknown {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof ApplicationFailure) return counts ? withCounts(error, counts) : error;
  if (error instanceof BackendError) return failure(failedCall(error), error.message, counts, delayOf(error));
  if (error instanceof StoreError) {
    return failure(error.kind === 'unavailable' ? 'Store.Unavailable' : 'Store.Rejected', error.message, counts);
  }
  if (error instanceof FlowError) return failure(error.type, error.message, counts);
  return error;
}

/** What a failed node cost is part of its outcome, wherever the failure was made. */
function withCounts(error: ApplicationFailure, counts: GenerationCounts): ApplicationFailure {
  if (error.details && error.details.length > 0) return error;
  const { type, nonRetryable } = error;
  const nextRetryDelay = error.nextRetryDelay as '1 s' | undefined;
  return ApplicationFailure.create({
    message: error.message,
    details: [counts],
    ...(type ? { type } : {}),
    ...(nonRetryable ? { nonRetryable } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
  });
}

/** Without a cause: a failure travels through history, and causes quote addresses and pieces of the file. */
export function failure(
  type: string,
  message: string,
  counts?: GenerationCounts,
  delay?: string | number,
): ApplicationFailure {
  const known: Pick<FailureClass, 'handling' | 'delay'> = isFailureType(type)
    ? failureClass(type)
    : { handling: 'final' };
  const nextRetryDelay = delay ?? known.delay;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: known.handling !== 'retry',
    ...(counts ? { details: [counts] } : {}),
    ...(known.handling === 'retry' && nextRetryDelay !== undefined ? { nextRetryDelay: nextRetryDelay as '1 s' } : {}),
  });
}

function delayOf(error: BackendError): number | undefined {
  return error.retryAfterMs ?? undefined;
}
