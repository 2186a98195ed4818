/** A home of its own for each test, with the programs of a shared cache, and a worker that only notes its starts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../../src/files/process-identity';
import { ensureBinary } from '../../src/services/binaries';
import { down } from '../../src/services/down';
import { homeFolders, makeHome } from '../../src/services/home';
import type { PortName, Ports } from '../../src/services/ports';
import { PORT_SPECS, writePorts } from '../../src/services/ports';
import type { ServicesState } from '../../src/services/state';
import { readState } from '../../src/services/state';

export interface WorkerStart {
  readonly pid: number;
  readonly at: number;
  readonly env: Readonly<Record<string, string>>;
}

export interface Rig {
  readonly env: Record<string, string | undefined>;
  readonly root: string;
  readonly workerScript: string;
  state(): ServicesState;
  pid(name: 'temporal' | 'store' | 'worker'): number;
  workerStarts(): WorkerStart[];
  close(): Promise<void>;
}

const WORKER = `
const { appendFileSync } = require('node:fs');
const names = Object.keys(process.env).filter((name) => /^(GLABS|R2|TEMPORAL|NBFLOW)_/.test(name));
const env = Object.fromEntries(names.map((name) => [name, process.env[name]]));
appendFileSync(process.env.NBFLOW_HOME + '/starts.jsonl', JSON.stringify({ pid: process.pid, at: Date.now(), env }) + '\\n');
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1e6);
`;

function ambient(): Record<string, string | undefined> {
  const ours = /^(GLABS|R2|TEMPORAL|NBFLOW)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** Programs from the environment, the PATH, or installed once into the cache of this machine's tests. */
async function programs(): Promise<Record<string, string>> {
  const home = homeFolders({ NBFLOW_HOME: join(tmpdir(), 'nbflow-test-programs') });
  await makeHome(home);
  const context = { home, env: process.env, say: () => undefined };
  const [temporal, weed] = await Promise.all([ensureBinary('temporal', context), ensureBinary('weed', context)]);
  return { NBFLOW_TEMPORAL_BIN: temporal.path, NBFLOW_WEED_BIN: weed.path };
}

let opened = 0;
/** Remembered ports of the rig's own, so that servers on the usual ones are in nobody's way. */
function ownPorts(): Ports {
  const first = 11_000 + (process.pid % 100) * 100 + (opened++ % 10) * 8;
  const names = Object.keys(PORT_SPECS) as PortName[];
  return Object.fromEntries(names.map((name, index) => [name, first + index]));
}

export async function openRig(): Promise<Rig> {
  const root = mkdtempSync(join(tmpdir(), 'nbflow home '));
  const workerScript = join(root, 'noting worker.js');
  writeFileSync(workerScript, WORKER);
  await writePorts(homeFolders({ NBFLOW_HOME: root }), ownPorts());
  // A profile of whoever runs the tests must not lead to a server of theirs.
  const env = {
    ...ambient(),
    ...(await programs()),
    NBFLOW_HOME: root,
    TEMPORAL_CONFIG_FILE: join(root, 'no-profile.toml'),
  };
  const state = (): ServicesState => {
    const found = readState(homeFolders(env));
    if (!found) throw new Error(`no state in ${root}`);
    return found;
  };
  return {
    env,
    root,
    workerScript,
    state,
    pid: (name) => state().services[name]?.identity?.pid ?? -1,
    workerStarts: () => readStarts(join(root, 'starts.jsonl')),
    close: async () => {
      await down({ env });
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

function readStarts(path: string): WorkerStart[] {
  try {
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as WorkerStart);
  } catch {
    return [];
  }
}

/** Looks until the answer is there; fails after the bound with what was waited for. */
export async function until<T>(what: string, look: () => T | Promise<T>, boundMs = 30_000): Promise<NonNullable<T>> {
  const end = Date.now() + boundMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${boundMs} ms in vain for ${what}`);
    await delay(20);
  }
}

/** Kills without a word, and waits until it is gone. */
export async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(`the end of process ${pid}`, () => !isRunning(pid));
}
