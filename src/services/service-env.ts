/** Which settings a service is given: addresses and names stand in its own file, secrets only in one closed to others. */
import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import { SECRET_NAMES } from '../secret-files';
import { shellWord } from './service-quotes';

/** Settings that anybody may read. What is not listed counts as a secret. */
const OPEN = new Set<string>([
  ...['NBFLOW_TASK_QUEUE', 'NBFLOW_TEMPORAL_BIN', 'NBFLOW_WEED_BIN'],
  'GLABS_SERVER',
  ...SECRET_NAMES.map((name) => `${name}_FILE`),
  ...['R2_ENDPOINT', 'R2_BUCKET', 'R2_PUBLIC_BASE_URL', 'R2_REGION'],
  ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'],
  ...['TEMPORAL_TLS', 'TEMPORAL_TLS_SERVER_NAME', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'],
  ...['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
]);
/** Of the system, for finding programs and certificates; a service's own surroundings are bare. */
const SURROUNDINGS = ['PATH', 'XDG_CONFIG_HOME', 'NODE_EXTRA_CA_CERTS'];
const MAY_BE_SECRET = /^(GLABS|R2|TEMPORAL)_/;
const IS_PATH = /_(FILE|PATH|BIN)$/;

export interface SplitSettings {
  readonly open: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
}

/** Takes an environment apart; paths are made absolute with `absolute`, because a service starts elsewhere. */
export function splitSettings(env: Env, absolute: (path: string) => string): SplitSettings {
  const open: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const name of SURROUNDINGS) if (env[name]) open[name] = env[name];
  for (const [name, value] of Object.entries(env)) {
    if (!value) continue;
    if (OPEN.has(name)) open[name] = IS_PATH.test(name) ? absolute(value) : value;
    else if (MAY_BE_SECRET.test(name)) secret[name] = value;
  }
  return { open, secret };
}

/** Reads `NAME=value` lines. Throws FlowError `Service.NoEnvFile` (2) when it is not there, `Usage` (2) when others can read it. */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    throw new FlowError('Service.NoEnvFile', `There is no file ${path} with settings for the service.`, 2, [
      'Correct the path, or: nbflow service install --save-env',
      'To do without it: nbflow service remove, then nbflow service install',
    ]);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new FlowError('Usage', `${path} may hold keys, but others can read it.`, 2, [`chmod 600 ${shellWord(path)}`]);
  }
  const entries = Object.entries(parseEnv(readFileSync(path, 'utf8')));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** The lines that readEnvFile reads back as they were. */
export function envFileText(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  return ['# Settings of the nbflow service; only you can read this file.\n', ...lines].join('');
}

function quoted(name: string, value: string): string {
  // Double quotes come last: in them \n means a line end.
  const quote = ["'", '`', '"'].find((mark) => !value.includes(mark) && (mark !== '"' || !value.includes('\\')));
  if (quote) return `${quote}${value}${quote}`;
  throw new FlowError('Usage', `${name} has every kind of quote in it and can't be written into a file.`, 2, [
    'Write the file yourself and name it: --env-file FILE',
  ]);
}
