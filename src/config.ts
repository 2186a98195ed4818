/**
 * Settings, in rising order of strength: `nbflow.config.json` at the project root, the root's `.env`, (for G-Labs'
 * address) what a tunnel or a person said last, the environment, flags. `loadSettings` is called by the entry points and
 * once per pass in the worker.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { FlowError } from './flow/errors';
import { DEFAULT_CONCURRENCY, DEFAULT_SERVER, MAX_CONCURRENCY, TASK_QUEUE } from './names';
import { layered, readSecretFiles, withWholePaths } from './secret-files';
import type { TrackerSettings } from './tracker-settings';
import { trackerConfigSchema, trackerEnvShape, trackerSettings } from './tracker-settings';

export interface StoreSettings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Origin (and path) under which an object's key opens in a browser. */
  readonly publicBaseUrl: string;
  readonly region: string;
}

/** Who names G-Labs addresses, strongest first. `remembered`: a tunnel, or `nbflow server URL`, on this machine. */
export type ServerSource = 'flag' | 'environment' | 'remembered' | '.env' | 'config' | 'default';

export interface NamedServers {
  readonly from: ServerSource;
  readonly servers: readonly string[];
}

export interface Settings {
  /** G-Labs addresses, tried in order; without a trailing slash. */
  readonly servers: readonly string[];
  /** All that is said about them, strongest first: the first one counts. */
  readonly serverSources: readonly NamedServers[];
  readonly glabsKey: string | null;
  readonly concurrency: number;
  readonly taskQueue: string;
  readonly prices: { readonly image: number; readonly video: number };
  readonly brand: string | null;
  /** Null when nothing is configured: the embedded store is used then. */
  readonly store: StoreSettings | null;
  readonly tracker: TrackerSettings;
}

export type Env = Readonly<Record<string, string | undefined>>;

export interface SettingFlags {
  readonly servers?: readonly string[] | undefined;
  readonly concurrency?: number | undefined;
  /** What a tunnel or a person said last: below flags and the caller's environment, above `.env` and the config. */
  readonly remembered?: readonly string[] | undefined;
}

const address = z.url({
  protocol: /^https?$/,
  error: 'must be an http(s) address, for instance http://localhost:8765',
});
/** Of a G-Labs or a store. Addresses are written into Temporal's history, so nothing secret may be in them. */
export const serverAddress = address.refine((text) => {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}, 'must not carry a name or password: it would be kept in history; use GLABS_API_KEY');
const price = z.number().nonnegative();

const configSchema = z.strictObject({
  servers: z.array(serverAddress).min(1).optional(),
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).optional(),
  taskQueue: z.string().min(1).optional(),
  brand: z.string().min(1).optional(),
  prices: z.strictObject({ image: price, video: price }).optional(),
  tracker: trackerConfigSchema.optional(),
});

const envSchema = z.object({
  GLABS_SERVER: z
    .string()
    .transform((list) => list.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(serverAddress))
    .optional(),
  GLABS_API_KEY: z.string().optional(),
  NBFLOW_TASK_QUEUE: z.string().min(1).optional(),
  R2_ENDPOINT: serverAddress.optional(),
  R2_BUCKET: z.string().min(1).optional(),
  R2_ACCESS_KEY_ID: z.string().min(1).optional(),
  R2_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  R2_PUBLIC_BASE_URL: serverAddress.optional(),
  R2_REGION: z.string().min(1).optional(),
  ...trackerEnvShape,
});

/** Folder for state of this machine: servers, logs, locks. `NBFLOW_HOME` or the system's usual place. */
export function defaultHome(env: Env = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['NBFLOW_HOME']) return env['NBFLOW_HOME'];
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'nbflow');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'nbflow');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'nbflow');
}

/** Reads and checks all settings. Throws FlowError `Usage` (exit 2) that lists every bad value at once. */
export function loadSettings(root: string | null, env: Env, flags: SettingFlags = {}): Settings {
  const problems: string[] = [];
  const config = readConfig(root, problems);
  const dotEnv = readDotEnv(root);
  const own = withoutEmpty(env);
  const parsed = envSchema.safeParse(readSecretFiles(mergeEnv(dotEnv, own), problems));
  if (!parsed.success)
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const values = parsed.success ? parsed.data : {};
  const store = readStore(values, problems);
  const flagServers = checkServers(flags.servers, problems);
  const concurrency = flags.concurrency ?? config.concurrency ?? DEFAULT_CONCURRENCY;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    problems.push(`--concurrency: expected a whole number from 1 to ${MAX_CONCURRENCY}, got ${concurrency}`);
  }
  if (problems.length > 0) {
    throw new FlowError('Usage', `These settings can't be used:\n  ${problems.join('\n  ')}`, 2, [
      'Correct them and run again.',
    ]);
  }
  const serverSources = rankServers({
    flag: flagServers,
    environment: own['GLABS_SERVER'] ? values.GLABS_SERVER : null,
    remembered: flags.remembered,
    '.env': own['GLABS_SERVER'] ? null : values.GLABS_SERVER,
    config: config.servers,
    default: [DEFAULT_SERVER],
  });
  return {
    servers: serverSources[0]?.servers ?? [],
    serverSources,
    glabsKey: values.GLABS_API_KEY ?? null,
    concurrency,
    taskQueue: values.NBFLOW_TASK_QUEUE ?? config.taskQueue ?? TASK_QUEUE,
    prices: config.prices ?? { image: 1, video: 10 },
    brand: config.brand ?? null,
    store,
    tracker: trackerSettings(root, config.tracker, values),
  };
}

/**
 * The environment stands above the project's `.env`, with one exception: a worker is told the embedded store through its
 * environment, and that is only the fallback for projects that name no store of their own.
 */
function mergeEnv(dotEnv: Env, env: Env): Env {
  const embedded = env['NBFLOW_EMBEDDED']?.split(' ').includes('store') ?? false;
  if (!embedded || !dotEnv['R2_ENDPOINT']) return layered(dotEnv, env);
  const own = Object.entries(env).filter(([name]) => !name.startsWith('R2_'));
  return layered(dotEnv, Object.fromEntries(own));
}

function rankServers(said: Record<ServerSource, readonly string[] | null | undefined>): readonly NamedServers[] {
  const ranked = ['flag', 'environment', 'remembered', '.env', 'config', 'default'] as const;
  return ranked.flatMap((from) => {
    const servers = said[from]?.map((server) => server.replace(/\/+$/, '')) ?? [];
    return servers.length > 0 ? [{ from, servers }] : [];
  });
}

function readConfig(root: string | null, problems: string[]): z.infer<typeof configSchema> {
  const file = root === null ? null : join(root, 'nbflow.config.json');
  if (file === null || !existsSync(file)) return {};
  try {
    const parsed = configSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    problems.push(
      ...parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.') || '(top)'}: ${issue.message}`),
    );
  } catch (error) {
    problems.push(`${file}: not JSON: ${(error as Error).message}`);
  }
  return {};
}

function readDotEnv(root: string | null): Record<string, string | undefined> {
  const file = root === null ? null : join(root, '.env');
  if (root === null || file === null || !existsSync(file)) return {};
  return withWholePaths(withoutEmpty(parseEnv(readFileSync(file, 'utf8'))), root);
}

function withoutEmpty(env: Env): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

const STORE_NAMES = [
  'R2_ENDPOINT',
  'R2_BUCKET',
  'R2_ACCESS_KEY_ID',
  'R2_SECRET_ACCESS_KEY',
  'R2_PUBLIC_BASE_URL',
] as const;

function readStore(values: Partial<z.infer<typeof envSchema>>, problems: string[]): StoreSettings | null {
  const missing = STORE_NAMES.filter((name) => values[name] === undefined);
  if (missing.length === STORE_NAMES.length) return null;
  if (missing.length > 0) {
    problems.push(`the object store needs all of R2_*; missing: ${missing.join(', ')}`);
    return null;
  }
  return {
    endpoint: values.R2_ENDPOINT ?? '',
    bucket: values.R2_BUCKET ?? '',
    accessKeyId: values.R2_ACCESS_KEY_ID ?? '',
    secretAccessKey: values.R2_SECRET_ACCESS_KEY ?? '',
    publicBaseUrl: (values.R2_PUBLIC_BASE_URL ?? '').replace(/\/+$/, ''),
    region: values.R2_REGION ?? 'auto',
  };
}

function checkServers(servers: readonly string[] | undefined, problems: string[]): readonly string[] | null {
  if (!servers || servers.length === 0) return null;
  for (const server of servers) {
    const parsed = serverAddress.safeParse(server);
    if (!parsed.success) problems.push(`--server: ${parsed.error.issues[0]?.message ?? 'is no address'}`);
  }
  return servers;
}
