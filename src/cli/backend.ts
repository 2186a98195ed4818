import type { Settings } from '../config';
import { BackendError } from '../clients/backend-error';
import { createGLabsClient } from '../clients/glabs';
import { FlowError } from '../flow/errors';

/** The first server that answers, with our key tried on it. Throws FlowError (4) unless `wait`: the pass waits then. */
export async function firstAnswering(settings: Settings, wait: boolean): Promise<string | null> {
  const glabs = createGLabsClient({ key: () => settings.glabsKey });
  const failures: string[] = [];
  for (const server of settings.servers) {
    try {
      await glabs.health(server, AbortSignal.timeout(10_000));
      await tryKey(() => glabs.tasks(server, AbortSignal.timeout(10_000)), server, settings.glabsKey !== null);
      return server;
    } catch (error) {
      if (error instanceof FlowError) throw error;
      failures.push((error as Error).message);
    }
  }
  if (wait) return null;
  throw new FlowError(
    'Backend.Unreachable',
    `G-Labs does not answer, so nothing was started and nothing was spent.\n  ${failures.join('\n  ')}`,
    4,
    [
      'Start G-Labs (its Webhook tab, button Start), then type the same command again.',
      'If it runs behind a tunnel: the same command with --server https://the-new-address',
      'To start now and let the pass wait for it: add --wait',
    ],
  );
}

async function tryKey(call: () => Promise<unknown>, server: string, given: boolean): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof BackendError) || (error.status !== 401 && error.status !== 403)) throw error;
    const what =
      error.status === 403
        ? `refuses this account (${error.message})`
        : given
          ? 'refuses the API key'
          : 'wants an API key and none is set';
    throw new FlowError('Backend.Auth', `G-Labs at ${server} ${what}. Nothing was started and nothing was spent.`, 4, [
      'Copy the key from G-Labs (Webhook tab) and set it: GLABS_API_KEY=… in the environment or in the .env beside nbflow.config.json',
    ]);
  }
}
