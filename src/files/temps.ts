/** Temporary files of atomic writes: their names tell whose they are, so that what a killed process left can be removed. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { currentProcess, isRunning } from './process-identity';

const ENDING = '.nbtmp';
const NAME = /^\..+\.([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{8}\.nbtmp$/;
/** No write takes so long. For names of other machines, and of a process whose number was given to another since. */
const STALE_MS = 3_600_000;

/** A fresh temporary name beside `path`. */
export function tempPathFor(path: string): string {
  // File systems allow 255 bytes for a name, and a letter may take four of them.
  const stem = basename(path).slice(0, 48);
  const pid = process.pid.toString(16).padStart(8, '0');
  return join(dirname(path), `.${stem}.${machine()}${pid}${randomBytes(4).toString('hex')}${ENDING}`);
}

/** Removes temporary files of ours whose writers are dead; those of living ones stay. Answers how many there were. */
export async function removeDeadTemps(folder: string, options: { readonly recursive?: boolean } = {}): Promise<number> {
  const names = await readdir(folder, { recursive: options.recursive ?? false }).catch(() => []);
  let removed = 0;
  for (const name of names) {
    const [, host, pid] = NAME.exec(basename(name)) ?? [];
    if (host === undefined || pid === undefined) continue;
    const path = join(folder, name);
    const dead = host === machine() && !isRunning(Number.parseInt(pid, 16));
    if (!dead && !(await isStale(path))) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

async function isStale(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs >= STALE_MS;
}

let machineOnce: string | undefined;
function machine(): string {
  machineOnce ??= createHash('sha256').update(currentProcess().host).digest('hex').slice(0, 8);
  return machineOnce;
}
