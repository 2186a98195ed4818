/** Which servers are configured to be somebody else's, so that we start none. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env, StoreSettings } from '../config';
import { FlowError } from '../flow/errors';
import { readSecretFiles } from '../secret-files';

/** Where Temporal's tools look for their profiles, as documented for `temporal config`. */
function profileFile(env: Env): string {
  if (env['TEMPORAL_CONFIG_FILE']) return env['TEMPORAL_CONFIG_FILE'];
  const home = homedir();
  if (process.platform === 'win32')
    return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'temporalio', 'temporal.toml');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'temporalio', 'temporal.toml');
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'temporalio', 'temporal.toml');
}

/** Address of a configured Temporal server (variable or profile), null when the embedded one is to be used. */
export async function configuredTemporal(env: Env): Promise<string | null> {
  if (env['TEMPORAL_ADDRESS']) return env['TEMPORAL_ADDRESS'];
  const file = profileFile(env);
  if (!existsSync(file)) return null;
  // Loaded late: it costs 100 ms, and hardly anybody has such a file.
  const { loadClientConfigProfile } = await import('@temporalio/envconfig');
  const overrideEnvVars = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  try {
    return loadClientConfigProfile({ overrideEnvVars: overrideEnvVars as Record<string, string> }).address ?? null;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError(
      'Usage',
      `Temporal's profile file ${file} can't be used: ${why}`,
      2,
      ['Correct it, or remove it.'],
      {
        cause,
      },
    );
  }
}

/** The configured object store, null when the embedded one is to be used. `loadSettings` says what is missing of it. */
export function configuredStore(env: Env): StoreSettings | null {
  const endpoint = env['R2_ENDPOINT'];
  if (!endpoint) return null;
  const secrets = readSecretFiles(env, []);
  return {
    endpoint,
    bucket: env['R2_BUCKET'] ?? '',
    accessKeyId: secrets['R2_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: secrets['R2_SECRET_ACCESS_KEY'] ?? '',
    publicBaseUrl: (env['R2_PUBLIC_BASE_URL'] ?? '').replace(/\/+$/, ''),
    region: env['R2_REGION'] ?? 'auto',
  };
}
