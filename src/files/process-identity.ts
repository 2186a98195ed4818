/**
 * Who a process is, beyond a pid that the system may hand out again: host, boot and start time. Written into lock and
 * state files, read back by other processes to learn whether the writer is surely gone.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** Names the machine: host name and machine id, whatever of them the system has. */
  readonly host: string;
  /** Changes with every boot; null where the system has no such id (Windows). */
  readonly bootId: string | null;
  /** `ticks:<clock ticks since boot>` on Linux, an ISO time elsewhere, null when it can't be learnt. */
  readonly startedAt: string | null;
}

/** Two readings of one start time may differ by this on Windows, where our own is worked out from the uptime. */
const START_TOLERANCE_MS = 10_000;
const ASK_TIMEOUT_MS = 10_000;

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function ask(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string | null {
  try {
    const answer = execFileSync(command, args, {
      encoding: 'utf8',
      timeout: ASK_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      env: { ...process.env, ...env },
    });
    return answer.trim() || null;
  } catch {
    return null;
  }
}

let hostOnce: string | undefined;
/** Two machines may both be called localhost, and a Mac is renamed by every network it joins: a machine id helps. */
function thisHost(): string {
  if (hostOnce !== undefined) return hostOnce;
  if (process.platform === 'darwin') {
    const uuid = /"IOPlatformUUID" = "([^"]+)"/.exec(ask('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']) ?? '')?.[1];
    return (hostOnce = uuid ? `mac/${uuid.slice(0, 13)}` : hostname());
  }
  const machine = process.platform === 'linux' ? readOrNull('/etc/machine-id') : null;
  return (hostOnce = machine ? `${hostname()}/${machine.slice(0, 12)}` : hostname());
}

let bootOnce: string | null | undefined;
function thisBoot(): string | null {
  if (bootOnce !== undefined) return bootOnce;
  if (process.platform === 'linux') return (bootOnce = readOrNull('/proc/sys/kernel/random/boot_id'));
  return (bootOnce = process.platform === 'darwin' ? ask('sysctl', ['-n', 'kern.bootsessionuuid']) : null);
}

/** State letter and start time of `/proc/<pid>/stat`; the command in parentheses may itself hold spaces and `)`. */
export function parseProcStat(stat: string): { readonly state: string; readonly startTicks: string } | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = fields[19];
  return state && startTicks && /^\d+$/.test(startTicks) ? { state, startTicks } : null;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isoOrNull(text: string | null): string | null {
  const time = text === null ? NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** Start time where there is no /proc; null when the system won't tell. */
function startOf(pid: number): string | null {
  if (process.platform === 'win32') {
    const script = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`;
    return isoOrNull(ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]));
  }
  // lstart is written in the local zone and language; pinned, so that two readings agree.
  const started = ask('ps', ['-o', 'lstart=', '-p', String(pid)], { LC_ALL: 'C', TZ: 'UTC' });
  return isoOrNull(started === null ? null : `${started} UTC`);
}

/** Whether any process has this pid now (a zombie counts as gone). Quick on every system: nothing is started. */
export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') return identify(pid) !== null;
  return Number.isInteger(pid) && pid > 0 && exists(pid);
}

/** The identity of a process of this machine, or null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return null;
  const base = { pid, host: thisHost(), bootId: thisBoot() };
  if (process.platform !== 'linux') return { ...base, startedAt: startOf(pid) };
  const text = readOrNull(`/proc/${pid}/stat`);
  const stat = text === null ? null : parseProcStat(text);
  if (stat && (stat.state === 'Z' || stat.state === 'X')) return null;
  return { ...base, startedAt: stat ? `ticks:${stat.startTicks}` : null };
}

let selfOnce: ProcessIdentity | undefined;
/** The identity of this process; asked of the system once. */
export function currentProcess(): ProcessIdentity {
  if (selfOnce) return selfOnce;
  const base = { pid: process.pid, host: thisHost(), bootId: thisBoot() };
  if (process.platform === 'win32') {
    // Starting PowerShell takes half a second: our own start time is worked out instead.
    return (selfOnce = { ...base, startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString() });
  }
  return (selfOnce = identify(process.pid) ?? { ...base, startedAt: null });
}

function differs(a: string, b: string): boolean {
  if (a === b) return false;
  const [first, second] = [Date.parse(a), Date.parse(b)];
  if (a.startsWith('ticks:') || Number.isNaN(first) || Number.isNaN(second)) return true;
  return Math.abs(first - second) > START_TOLERANCE_MS;
}

/** True only when that process is certainly gone; false for another host's and whenever something is not known. */
export function isSurelyDead(identity: ProcessIdentity): boolean {
  if (identity.host !== thisHost()) return false;
  const boot = thisBoot();
  if (identity.bootId !== null && boot !== null && identity.bootId !== boot) return true;
  const now = identify(identity.pid);
  if (now === null) return true;
  return identity.startedAt !== null && now.startedAt !== null && differs(identity.startedAt, now.startedAt);
}

/** True only when a process with this pid and this very start time runs here; what a signal may be sent to. */
export function isSurelyAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== thisHost()) return false;
  const now = identify(identity.pid);
  if (now === null || identity.startedAt === null || now.startedAt === null) return false;
  return now.bootId === identity.bootId && !differs(identity.startedAt, now.startedAt);
}
