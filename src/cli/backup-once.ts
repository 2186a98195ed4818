/** The backup before a command that empties cache fields. */
import { readFile } from 'node:fs/promises';
import { listBackups } from '../files/backup-list';
import { backupFile } from '../files/backups';
import { applyEdits } from '../files/patch';
import type { Edit } from '../flow/patches';
import type { ProjectLayout } from '../files/layout';

/**
 * Of a command that is typed again after it died with the file already written, the backup of the first time is the one to
 * go back to: a second one would hold the emptied file. Answers its path.
 */
export async function backupOnce(
  { file, backupsDir }: Pick<ProjectLayout, 'file' | 'backupsDir'>,
  reason: 'pre-cache-wipe' | 'pre-rerun',
  editsFor: (text: string) => readonly Edit[],
): Promise<string> {
  const now = await readFile(file, 'utf8');
  const [newest] = (await listBackups(file, backupsDir)).filter((one) => one.reason.startsWith(reason));
  const before = newest ? await readFile(newest.path, 'utf8').catch(() => null) : null;
  if (newest && before !== null && before !== now && editsFor(now).length === 0 && gives(before, editsFor, now))
    return newest.path;
  return backupFile(file, backupsDir, reason, new Date());
}

function gives(before: string, editsFor: (text: string) => readonly Edit[], now: string): boolean {
  try {
    return applyEdits(before, editsFor(before)) === now;
  } catch {
    return false;
  }
}
