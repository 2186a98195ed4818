/** `nbflow backups FILE`: what there is to go back to. */
import { readFile } from 'node:fs/promises';
import type { Backup } from '../files/backup-list';
import { listBackups } from '../files/backup-list';
import type { ProjectLayout } from '../files/layout';
import { projectLayout } from '../files/layout';
import { quoted } from '../flow/advice';
import { resolveSource } from './context';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';

/** A backup with its number as people name it, 1 the newest. */
export interface NumberedBackup extends Backup {
  readonly number: number;
  /** The same bytes as the file has now. */
  readonly same: boolean;
}

/** Of the layout's file, which may be damaged or gone. */
export async function numberedBackups({ file, backupsDir }: ProjectLayout): Promise<readonly NumberedBackup[]> {
  const now = await readFile(file).catch(() => null);
  const all = await listBackups(file, backupsDir);
  return Promise.all(
    all.map(async (backup, i) => {
      const same = now !== null && now.length === backup.bytes && now.equals(await readFile(backup.path));
      return { ...backup, number: i + 1, same };
    }),
  );
}

export async function backupsCommand(name: string, options: OutputOptions): Promise<number> {
  const layout = projectLayout(resolveSource(name, process.cwd()));
  const backups = await numberedBackups(layout);
  const next = backups.length > 0 ? [`Go back to one: nbflow restore ${quoted(name)} NUMBER`] : [];
  if (options.json) {
    jsonResult({ file: layout.file, backups: backups.map(backupJson), next });
    return 0;
  }
  if (backups.length === 0) result(`There are no backups of ${layout.file} in ${layout.backupsDir}.`);
  else result(`${plural(backups.length, 'backup')} in ${layout.backupsDir}, the newest first:`);
  for (const { number, day, reason, bytes, same } of backups) {
    const size = `${Math.ceil(bytes / 1024)} KB`.padStart(9);
    result(`  ${String(number).padStart(3)}  ${day}  ${size}  ${reason}${same ? '  (as the file is now)' : ''}`);
  }
  for (const step of next) say(`  → ${step}`);
  return 0;
}

function backupJson({ number, path, day, reason, bytes, madeAt, same }: NumberedBackup): object {
  return { number, path, day, reason, bytes, madeAt: new Date(madeAt).toISOString(), same };
}
