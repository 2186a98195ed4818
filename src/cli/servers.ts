/** The client for commands that only look: connects to what runs, starts nothing. */
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import { runningServices } from '../services/up';
import type { Connected } from './connect';
import { connectTemporal } from './connect';

/** Throws FlowError (4) when neither a configured nor an embedded server runs. */
export async function connectRunning(env: Env): Promise<Connected & { readonly uiUrl: string | null }> {
  const services = await runningServices({ env });
  if (!services) {
    throw new FlowError('Temporal.Unreachable', 'No servers are running here, so no pass is running either.', 4, [
      'Start them: nbflow up  (or just: nbflow run FILE)',
    ]);
  }
  const connected = await connectTemporal({ ...env, ...services.env });
  return { ...connected, uiUrl: services.temporal.uiUrl };
}
