/** The one mapper from errors to Temporal failures: a dotted type, whether Temporal may retry, and words for a person. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { BackendError } from '../clients/backend-error';
import { StoreError } from '../clients/object-store';
import { isDiskFull, toDiskError } from '../files/disk-errors';
import { FlowError } from '../flow/errors';
import type { FailureClass } from '../flow/failure-classes';
import { failureClass, isFailureType } from '../flow/failure-classes';
import { failedCall } from '../flow/failure-evidence';
import type { GenerationCounts } from '../flow/ledger';

/** For the gate that a pass waits at because of a failure: one line on what is wrong, and after how long it passes, if that is known. */
export interface GateFacts {
  readonly detail: string;
  /** Milliseconds: the clocks of a worker and of Temporal may be days apart. */
  readonly waitMs: number | null;
}

/** What a failure carries beside its words. */
export interface FailureFacts {
  /** What a failed node cost is part of its outcome, wherever the failure was made. */
  readonly counts?: GenerationCounts | null | undefined;
  /** Told by the other side: not before so many milliseconds. */
  readonly waitMs?: number | null | undefined;
  /** Instead of the message, at a gate. */
  readonly detail?: string | undefined;
  /** The node waits where its pass waits, and has nothing of its own to tell. */
  readonly held?: true;
}

/** Cancellations pass untouched, unknown errors stay what they are (and are retried: a bug is not a business failure). */
export function toFailure(error: unknown, counts?: GenerationCounts): unknown {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof ApplicationFailure) return counts ? withCounts(error, counts) : error;
  if (error instanceof BackendError) {
    const { retryAfterMs: waitMs, trouble: detail } = error;
    return failure(failedCall(error), error.message, { counts, waitMs, detail });
  }
  if (error instanceof StoreError) {
    return failure(error.kind === 'unavailable' ? 'Store.Unavailable' : 'Store.Rejected', error.message, { counts });
  }
  if (error instanceof FlowError) return failure(error.type, error.message, { counts, waitMs: error.waitMs });
  // A stream or a folder that finds no space tells it in the system's own way.
  if (isDiskFull(error)) return toFailure(toDiskError(error, pathOf(error)), counts);
  return error;
}

function pathOf(error: unknown): string {
  const { path } = error as { readonly path?: unknown };
  return typeof path === 'string' ? path : 'a result';
}

function withCounts(error: ApplicationFailure, counts: GenerationCounts): ApplicationFailure {
  if (error.details?.[0]) return error;
  const { type, nonRetryable } = error;
  const nextRetryDelay = error.nextRetryDelay as '1 s' | undefined;
  return ApplicationFailure.create({
    message: error.message,
    details: [counts, ...(error.details ?? []).slice(1)],
    ...(type ? { type } : {}),
    ...(nonRetryable ? { nonRetryable } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
  });
}

/** Without a cause: a failure travels through history, and causes quote addresses and pieces of the file. */
export function failure(type: string, message: string, facts: FailureFacts = {}): ApplicationFailure {
  const known: Pick<FailureClass, 'handling' | 'delay'> = isFailureType(type)
    ? failureClass(type)
    : { handling: 'final' };
  const { counts = null, waitMs = null, detail = message, held } = facts;
  const gate: GateFacts | { readonly held: true } | null =
    known.handling === 'gate' ? { detail, waitMs } : held ? { held } : null;
  const nextRetryDelay = waitMs ?? known.delay;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: known.handling !== 'retry',
    ...(counts || gate ? { details: [counts, ...(gate ? [gate] : [])] } : {}),
    ...(known.handling === 'retry' && nextRetryDelay !== undefined ? { nextRetryDelay: nextRetryDelay as '1 s' } : {}),
  });
}
