import { ApplicationFailure } from '@temporalio/common';
import type { GLabsClient } from '../clients/glabs';
import { BackendError } from '../clients/backend-error';
import { loadSettings } from '../config';
import type { GenerateInput } from '../workflows/messages';
import type { ActivityDeps } from './deps';
import { failure } from './failures';
import type { GenerationCounts } from '../flow/ledger';

export interface Backend {
  readonly server: string;
  /** Backend clock minus ours, milliseconds. */
  readonly skewMs: number;
  /** Seconds since it started, null when it does not say. */
  readonly uptime: number | null;
}

/** The first server of the list that answers its health check. Throws the last BackendError when none does. */
export async function firstHealthyServer(
  glabs: GLabsClient,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<Backend> {
  const failures: BackendError[] = [];
  for (const server of servers) {
    try {
      const { skewMs, uptime } = await glabs.health(server, signal);
      return { server, skewMs, uptime };
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      failures.push(error);
    }
  }
  const last = failures.at(-1);
  if (last) throw last;
  throw new Error('no G-Labs address is configured');
}

/**
 * The failure to end an attempt with. One that would send the node to the gate although a server answers its health
 * check is retried after a pause instead: the gate would open at once, and each round through it grows the pass's
 * history, without end where one route or one result stays broken.
 */
export async function unlessAnswering(
  deps: ActivityDeps,
  { root, options }: GenerateInput,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof ApplicationFailure) || error.type !== 'Backend.Unreachable') return error;
  try {
    const settings = loadSettings(root, deps.env, { servers: options.servers });
    await firstHealthyServer(deps.glabsFor(settings), settings.servers, signal);
  } catch {
    return error;
  }
  return failure('Backend.StillUnreachable', error.message, error.details?.[0] as GenerationCounts | undefined);
}
