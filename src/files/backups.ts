/** Backups of a source file before something is done to it: `{file}.bak-{YYYY-MM-DD}-{reason}`. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createExclusive } from './atomic';
import { errnoOf, toDiskError } from './disk-errors';

/**
 * Copies a file byte for byte into the backups folder, synced to disk, and answers the copy's path. A backup of that
 * name with the same bytes is used again; one with other bytes is kept, and the new one gets `-2`, `-3`…
 */
export async function backupFile(source: string, backupsDir: string, reason: string, date: Date): Promise<string> {
  const bytes = await readFile(source);
  const stem = join(backupsDir, `${basename(source)}.bak-${dayOf(date)}-${reason}`);
  for (let number = 1; ; number++) {
    const path = number === 1 ? stem : `${stem}-${number}`;
    if (await createUnlessThere(path, bytes)) return path;
    const there = await readIfThere(path);
    if (there?.equals(bytes)) return path;
  }
}

/** A second backup of the day is common: looked at first, so that it costs no copy. */
async function createUnlessThere(path: string, bytes: Buffer): Promise<boolean> {
  if (await readIfThere(path)) return false;
  return createExclusive(path, bytes, true);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw toDiskError(error, path);
  }
}

/** Local date, as people see it on their clock. */
export function dayOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
