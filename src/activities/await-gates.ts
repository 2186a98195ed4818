/**
 * The probers behind the gates at which a pass waits. Each is one look, and fails until all is well: Temporal's retry
 * policy is the waiting, so that a day of it adds three events to a pass's history.
 */
import { cancellationSignal } from '@temporalio/activity';
import { BackendError } from '../clients/backend-error';
import type { GateKind } from '../flow/gates';
import { LOOK_EVERY_MS, LOOK_MS } from '../flow/gates';
import type { ActivityDeps } from './deps';
import { failure, toFailure } from './failures';
import type { GatePlace } from './gate-checks';
import { checkBackend, checkDisk, checkStore } from './gate-checks';
import { presentRun } from './gate-holds';

/** Answers the address of the G-Labs that answered. */
export function createAwaitBackend(deps: ActivityDeps): (place: GatePlace) => Promise<string> {
  return (place) =>
    oneLook(deps, 'backend', async (signal) => {
      try {
        return await checkBackend(deps, place, signal);
      } catch (error) {
        // The same class as everywhere, but here trying again is the whole point.
        if (error instanceof BackendError) throw failure('Backend.StillUnreachable', error.trouble);
        throw toFailure(error);
      }
    });
}

export function createAwaitStore(deps: ActivityDeps): (place: GatePlace) => Promise<void> {
  return (place) =>
    oneLook(deps, 'store', async (signal) => {
      try {
        await checkStore(deps, place, signal);
      } catch (error) {
        throw failure('Gate.NotYet', (error as Error).message);
      }
    });
}

export function createAwaitDisk(deps: ActivityDeps): (place: GatePlace) => Promise<void> {
  return (place) =>
    oneLook(deps, 'disk', async () => {
      try {
        await checkDisk(deps, place);
      } catch (error) {
        throw failure('Gate.NotYet', (error as Error).message);
      }
    });
}

/** Nodes of this run need not tell it what its prober is about to find out. */
async function oneLook<T>(
  { holds }: ActivityDeps,
  gate: GateKind,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const runId = presentRun();
  const signal = cancellationSignal();
  holds.keep(runId, gate, LOOK_MS);
  try {
    const answer = await look(signal);
    holds.open(runId, gate);
    return answer;
  } catch (error) {
    // Another prober takes the place of a cancelled one.
    if (!signal.aborted) holds.keep(runId, gate, 2 * LOOK_EVERY_MS);
    throw error;
  }
}
