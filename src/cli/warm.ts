import { setImmediate as soon } from 'node:timers/promises';
import type { Env } from '../config';
import type { Connected } from './connect';

/** A connection to the servers that already run, made while G-Labs is asked for its health; null when none run. */
export async function preconnect(env: Env): Promise<Connected | null> {
  try {
    const { runningServices } = await import('../services/running.js');
    const looking = runningServices({ env });
    // Loading the client takes a quarter of a second: not where it is known at once that nothing runs.
    if ((await Promise.race([looking, soon(undefined)])) === null) return null;
    const { connectTemporal } = await import('./connect.js');
    const services = await looking;
    return services && (await connectTemporal({ ...env, ...services.env }));
  } catch {
    // Only a head start: whoever needs the connection makes it again and says what is wrong.
    return null;
  }
}
