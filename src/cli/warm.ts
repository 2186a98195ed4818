import type { Env } from '../config';
import type { Connected } from './connect';

/** A connection to the servers that already run, made while G-Labs is asked for its health; null when none run. */
export async function preconnect(env: Env): Promise<Connected | null> {
  try {
    const [{ runningServices }, { connectTemporal }] = await Promise.all([
      import('../services/up.js'),
      import('./connect.js'),
    ]);
    const services = await runningServices({ env });
    return services && (await connectTemporal({ ...env, ...services.env }));
  } catch {
    // Only a head start: whoever needs the connection makes it again and says what is wrong.
    return null;
  }
}
