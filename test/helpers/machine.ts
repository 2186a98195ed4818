/** What the tests on real servers share on a machine: the servers' programs, and a list of homes to shut down. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isRunning } from '../../src/files/process-identity';
import { ensureBinary } from '../../src/services/binaries';
import { down } from '../../src/services/down';
import { homeFolders, makeHome } from '../../src/services/home';
import type { PortName, Ports } from '../../src/services/ports';
import { PORT_SPECS } from '../../src/services/ports';

/** Looked for upwards, since the chaos run uses these helpers compiled, from below `dist`. */
export const REPOSITORY = rootAbove(__dirname);

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder));
}

/** Kept between runs, because the programs are some 100 MB to fetch. */
function cacheFolder(): string {
  return process.env['NBFLOW_TEST_CACHE'] ?? join(homedir(), '.cache', 'nbflow-test');
}

/** Programs from the environment, the PATH or the cache; installed into the cache once. */
export async function sharedPrograms(): Promise<{ NBFLOW_TEMPORAL_BIN: string; NBFLOW_WEED_BIN: string }> {
  const home = homeFolders({ NBFLOW_HOME: join(cacheFolder(), 'programs') });
  await makeHome(home);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const context = { home, env: process.env, say };
  const [temporal, weed] = await Promise.all([ensureBinary('temporal', context), ensureBinary('weed', context)]);
  return { NBFLOW_TEMPORAL_BIN: temporal.path, NBFLOW_WEED_BIN: weed.path };
}

/** An environment without settings of whoever runs the tests. */
export function neutralEnv(): Record<string, string> {
  const ours = /^(GLABS|R2|TEMPORAL|NBFLOW|GOOGLE)_/;
  const entries = Object.entries(process.env).filter(([name, value]) => value !== undefined && !ours.test(name));
  // A profile of theirs must not lead to a server of theirs.
  return {
    ...Object.fromEntries(entries as [string, string][]),
    TEMPORAL_CONFIG_FILE: join(cacheFolder(), 'none.toml'),
  };
}

/** Ports away from the usual ones; taken ones are left for others by `up` itself. */
export function privatePorts(slot: number): Ports {
  const first = 14_000 + (slot % 1_000) * 8;
  const names = Object.keys(PORT_SPECS) as PortName[];
  return Object.fromEntries(names.map((name, index) => [name, first + index]));
}

const register = (): string => join(cacheFolder(), 'homes');

/** Notes a home that must not outlive this run, so that even a killed run is cleaned up by the next one. */
export function noteHome(home: string): void {
  mkdirSync(register(), { recursive: true });
  const runner = Number(process.env['NBFLOW_TEST_RUNNER'] ?? process.pid);
  writeFileSync(join(register(), `${Buffer.from(home).toString('base64url')}.json`), JSON.stringify({ home, runner }));
}

/** Stops what runs in a home and deletes it, unless somebody wants to read its logs. */
export async function endHome(home: string, keep = false): Promise<void> {
  await down({ env: { NBFLOW_HOME: home } });
  if (!keep) rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  rmSync(join(register(), `${Buffer.from(home).toString('base64url')}.json`), { force: true });
}

/** Ends the homes of one run of jest, and those of runs that are dead. */
export async function endHomesOf(runner: number): Promise<void> {
  mkdirSync(register(), { recursive: true });
  for (const name of readdirSync(register())) {
    const noted = JSON.parse(readFileSync(join(register(), name), 'utf8')) as { home: string; runner: number };
    if (noted.runner === runner || !isRunning(noted.runner)) await endHome(noted.home);
  }
}
