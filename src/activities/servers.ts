import type { GLabsClient } from '../clients/glabs';
import { BackendError } from '../clients/backend-error';

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
