/** Starting processes that outlive their starter, and stopping them by identity. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../files/process-identity';
import { isRunning, isSurelyAlive } from '../files/process-identity';

const ROTATE_BYTES = 8 * 1024 * 1024;
const LOOK_MS = 25;
/** What a killed process may take to vanish, for instance in the middle of a disk write. */
const KILL_WAIT_MS = 5_000;

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
}

/** Opens a log for appending; a large one is put aside first, so that two generations are kept at most. */
export function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) {
    try {
      renameSync(path, `${path}.1`);
    } catch {
      // Windows keeps the name while a dying process holds the file: it is put aside next time.
    }
  }
  return openSync(path, 'a', 0o600);
}

/** Starts a process in a session of its own, output to its log; it survives us and our terminal. */
export function startDetached(launch: Launch): ChildProcess {
  const log = openLog(launch.log);
  try {
    const options = { env: launch.env, stdio: ['ignore', log, log] as ['ignore', number, number] };
    const child = spawn(launch.command, launch.args, { ...options, detached: true, windowsHide: true });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Resolves once no such process is there; false after the bound. */
export async function waitForEnd(pid: number, boundMs: number): Promise<boolean> {
  const until = performance.now() + boundMs;
  while (isRunning(pid)) {
    if (performance.now() > until) return false;
    await delay(LOOK_MS);
  }
  return true;
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Asks a process to end and kills it after the bound. Never touches a process that merely has the pid: answers false
 * when the one that was meant is not there. (Windows knows no asking: there it is ended at once.)
 */
export async function stopProcess(identity: ProcessIdentity, boundMs: number): Promise<boolean> {
  if (!isSurelyAlive(identity)) return false;
  signal(identity.pid, 'SIGTERM');
  if (await waitForEnd(identity.pid, boundMs)) return true;
  if (isSurelyAlive(identity)) signal(identity.pid, 'SIGKILL');
  await waitForEnd(identity.pid, KILL_WAIT_MS);
  return true;
}
