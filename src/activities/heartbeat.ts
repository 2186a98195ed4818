import { CancelledFailure, Context } from '@temporalio/activity';
import type { GenerationCounts } from '../flow/ledger';
import { failure } from './failures';

/** Beats this often; the timeout in workflows/policies.ts is ten times it. */
const BEAT_MS = 1_000;

/**
 * Runs an activity's work with heartbeats that carry `details()`. A worker that is told to stop gives the activity back
 * at once, as a failure that Temporal retries without delay; a real cancellation stays one, and tells what was `spent` until then.
 */
export async function withHeartbeat<T>(
  details: () => unknown,
  work: (signal: AbortSignal) => Promise<T>,
  spent: () => Promise<GenerationCounts | null> = () => Promise.resolve(null),
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), BEAT_MS);
  context.heartbeat(details());
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    if (!context.cancellationSignal.aborted) throw error;
    const why = context.cancellationDetails;
    if (why?.cancelRequested) throw new CancelledFailure('CANCELLED', [await spent()]);
    throw failure(
      'Worker.Stopping',
      why?.workerShutdown
        ? 'the worker was stopped; another one goes on'
        : 'this attempt was replaced; a newer one goes on',
    );
  } finally {
    clearInterval(timer);
  }
}
