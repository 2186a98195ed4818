/**
 * The probers behind the gates at which a pass waits. Each is one look, and fails until all is well: Temporal's retry
 * policy is the waiting, so that a day of it adds three events to a pass's history.
 */
import { cancellationSignal } from '@temporalio/activity';
import { BackendError } from '../clients/backend-error';
import type { ActivityDeps } from './deps';
import { failure, toFailure } from './failures';
import type { GatePlace } from './gate-checks';
import { checkBackend, checkDisk, checkStore } from './gate-checks';

/** Answers the address of the G-Labs that answered. */
export function createAwaitBackend(deps: ActivityDeps): (place: GatePlace) => Promise<string> {
  return async (place) => {
    try {
      return await checkBackend(deps, place, cancellationSignal());
    } catch (error) {
      // The same class as everywhere, but here trying again is the whole point.
      if (error instanceof BackendError) throw failure('Backend.StillUnreachable', error.trouble);
      throw toFailure(error);
    }
  };
}

export function createAwaitStore(deps: ActivityDeps): (place: GatePlace) => Promise<void> {
  return async (place) => {
    try {
      await checkStore(deps, place, cancellationSignal());
    } catch (error) {
      throw failure('Gate.NotYet', (error as Error).message);
    }
  };
}

export function createAwaitDisk(deps: ActivityDeps): (place: GatePlace) => Promise<void> {
  return async (place) => {
    try {
      await checkDisk(deps, place);
    } catch (error) {
      throw failure('Gate.NotYet', (error as Error).message);
    }
  };
}
