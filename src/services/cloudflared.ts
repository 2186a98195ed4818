/** cloudflared as a process: where it is, how it is started, how it is surely ended. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import { findOnPath, isProgram } from './binaries';
import { CloudflaredOutput } from './cloudflared-output';
import { openLog } from './processes';
import { withoutSettings } from './worker-env';

/** cloudflared itself would wait half a minute for open requests; G-Labs' answers are short. */
const GRACE_MS = 3_000;
const WINDOWS = process.platform === 'win32';

export interface TunnelProcess {
  /** Undefined when it could not be started at all. */
  readonly pid: number | undefined;
  /** The public address; stays open for ever when none is told. */
  readonly url: Promise<string>;
  /** Resolves when it is gone, with how it ended, in words. */
  readonly ended: Promise<string>;
  /** Asks it to end and kills it if it does not, resolving when it is gone. */
  stop(): Promise<void>;
  /** No asking. */
  kill(): void;
}

export interface CloudflaredStart {
  readonly program: string;
  /** Where the tunnel leads. */
  readonly target: string;
  readonly env: Env;
  readonly log: string;
}

const WHERE_TO_GET_IT = [
  'Get it: winget install --id Cloudflare.cloudflared (Windows), brew install cloudflared (macOS), or from https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/downloads/',
  'Or say where it is: nbflow tunnel --cloudflared PATH, or NBFLOW_CLOUDFLARED=PATH in the environment',
];

/** Throws FlowError: `Tunnel.NoProgram` (4) when there is none, `Usage` (2) when the named path is none. */
export async function findCloudflared(named: string | undefined, env: Env): Promise<string> {
  const path = named ?? (env['NBFLOW_CLOUDFLARED'] || undefined);
  if (path !== undefined) {
    if (await isProgram(path)) return path;
    const by = named === undefined ? 'NBFLOW_CLOUDFLARED' : '--cloudflared';
    throw new FlowError('Usage', `${by} names ${path}, which is not a program.`, 2, WHERE_TO_GET_IT);
  }
  const found = await findOnPath('cloudflared', env);
  if (found) return found;
  throw new FlowError('Tunnel.NoProgram', 'A tunnel needs cloudflared, and it is not on the PATH.', 4, WHERE_TO_GET_IT);
}

/** Throws FlowError `Usage` (2) for what can never be started; all other trouble is how it ended. */
export function startCloudflared({ program, target, env, log }: CloudflaredStart): TunnelProcess {
  const child = spawnIt(program, target, env);
  const ours = { end: false };
  const output = new CloudflaredOutput();
  const url = new Promise<string>((resolve) => read(child, log, output, resolve));
  const atExit = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', atExit);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it can't be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      signalGroup(child, 'SIGKILL');
      resolve(ours.end ? 'stopped' : howItEnded(code, signal, output.lastWords));
    });
  }).finally(() => process.off('exit', atExit));
  return {
    pid: child.pid,
    url,
    ended,
    stop: async () => {
      ours.end = true;
      const patience = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
      signalGroup(child, 'SIGTERM');
      await ended;
      clearTimeout(patience);
    },
    kill: () => signalGroup(child, 'SIGKILL'),
  };
}

function spawnIt(program: string, target: string, env: Env): ChildProcess {
  try {
    // An update of itself would restart it once a day, with another address each time.
    return spawn(program, ['tunnel', '--no-autoupdate', '--url', target], {
      env: tunnelEnv(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C comes through us, and a wrapper script's children are ended with it.
      detached: !WINDOWS,
      windowsHide: true,
    });
  } catch (error) {
    // A .cmd file on Windows, for instance.
    throw new FlowError('Usage', `${program} can't be started: ${(error as Error).message}`, 2, WHERE_TO_GET_IT);
  }
}

/** Nothing of ours is its business, and settings of another tunnel in the environment must not change this one. */
function tunnelEnv(env: Env): Record<string, string> {
  const foreign = /^TUNNEL_(?!EDGE_|TRANSPORT_|REGION|DNS)/;
  const kept = Object.entries(withoutSettings(env)).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), TUNNEL_LOGLEVEL: 'info' };
}

function read(child: ChildProcess, log: string, output: CloudflaredOutput, found: (url: string) => void): void {
  const write = logWriter(child, log);
  // It logs on stderr; a wrapper may put that on stdout.
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      write(text);
      const url = output.push(text);
      if (url !== null) found(url);
    });
  }
}

/** A full disk costs the log its lines, not the person the tunnel. */
function logWriter(child: ChildProcess, path: string): (text: string) => void {
  let file: number | null = null;
  child.once('close', () => {
    if (file !== null) closeSync(file);
    file = null;
  });
  return (text) => {
    try {
      file ??= openLog(path);
      writeSync(file, text);
    } catch {
      // The next piece may find room again.
    }
  };
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null, lastWords: string): string {
  // What it said before has nothing to do with being killed.
  if (signal) return `it was ended by ${signal}`;
  const how = `it ended with code ${code ?? '?'}`;
  return lastWords ? `${how}, saying: ${lastWords}` : how;
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (WINDOWS) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
