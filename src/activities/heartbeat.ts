import { CancelledFailure, Context } from '@temporalio/activity';
import type { GenerationCounts } from '../flow/ledger';
import { failure } from './failures';
import { beatOf } from './last-attempt';

/** Beats this often; the timeout in workflows/policies.ts is ten times it. */
const BEAT_MS = 1_000;

/**
 * Runs an activity's work with heartbeats that carry `details()`. A worker that is told to stop gives the activity back
 * at once, as a failure that Temporal retries without delay; a real cancellation stays one, and tells what was `spent` until then.
 */
export async function withHeartbeat<T>(
  details: () => object,
  work: (signal: AbortSignal) => Promise<T>,
  spent: () => Promise<GenerationCounts | null> = () => Promise.resolve(null),
): Promise<T> {
  const context = Context.current();
  const beat = (ended: 'failed' | 'stopped' | null = null): void =>
    context.heartbeat({ ...details(), beat: beatOf(ended) });
  const timer = setInterval(() => beat(), BEAT_MS);
  beat();
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    const why = context.cancellationDetails;
    beat(why?.workerShutdown ? 'stopped' : 'failed');
    if (!context.cancellationSignal.aborted) throw error;
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
