import { cancellationSignal } from '@temporalio/activity';
import { loadSettings } from '../config';
import type { ActivityDeps } from './deps';
import { failure, toFailure } from './failures';
import { firstHealthyServer } from './servers';
import { BackendError } from '../clients/backend-error';

export interface AwaitBackendInput {
  readonly root: string;
  readonly servers: readonly string[];
}

/** One round of health checks. It fails until a server answers; Temporal's retry policy is the waiting. */
export function createAwaitBackend(deps: ActivityDeps): (input: AwaitBackendInput) => Promise<string> {
  return async ({ root, servers }) => {
    const settings = loadSettings(root, deps.env, { servers });
    try {
      return (await firstHealthyServer(deps.glabsFor(settings), settings.servers, cancellationSignal())).server;
    } catch (error) {
      // The same class as everywhere, but here trying again is the whole point.
      if (error instanceof BackendError) throw failure('Backend.StillUnreachable', error.message);
      throw toFailure(error);
    }
  };
}
