/** `nbflow restore FILE [BACKUP]`: the file as it was, byte for byte; the present one is kept aside. */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backupFile } from '../files/backups';
import { syncFolder } from '../files/atomic';
import type { ProjectLayout } from '../files/layout';
import { projectLayout, timeStamp } from '../files/layout';
import { replaceSource } from '../files/replace-source';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import { decodeFlow } from '../flow/parse';
import { unwipeReceipt } from '../flow/wipe';
import { FlowCache } from '../flow-cache';
import { openProject, receiptsByKey } from '../project';
import { commandOwner, editReceipt } from '../receipt-edits';
import type { NumberedBackup } from './backups';
import { numberedBackups } from './backups';
import { openContext, resolveSource, serverEnv } from './context';
import { refuseWhileRunning } from './idle';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';
import { wipe } from './wipe';

export interface RestoreOptions extends OutputOptions {
  /** Also forget what is cached, so that everything is made afresh. */
  readonly fresh?: boolean;
}

/** Throws FlowError: 2 (no such backup), 7 (a pass runs), 8 (the backup itself is damaged). */
export async function restoreCommand(
  name: string,
  which: string | undefined,
  options: RestoreOptions,
): Promise<number> {
  const layout = projectLayout(resolveSource(name, process.cwd()));
  await refuseWhileRunning(layout, serverEnv(layout.root, process.env));
  const backup = choose(await numberedBackups(layout), which, layout);
  const bytes = await readFile(backup.path);
  const text = decodeFlow(bytes, backup.path);
  const aside = await keepAside(layout);
  await replaceSource(layout.file, bytes);
  await takeBack(layout, text);
  if (options.fresh) await forget(layout.file);
  report({ name, layout, backup, aside }, options);
  return 0;
}

/** By number, by name or a part of it; without a word the newest that differs from the file as it is. */
function choose(
  backups: readonly NumberedBackup[],
  which: string | undefined,
  { file, backupsDir }: ProjectLayout,
): NumberedBackup {
  const matches =
    which === undefined
      ? backups.filter(({ same }) => !same)
      : backups.filter(({ number, name, path }) => which === String(number) || path === which || name === which);
  const [found] =
    matches.length > 0 || which === undefined ? matches : backups.filter((one) => one.name.includes(which));
  if (found) return found;
  const next = [`See what there is: nbflow backups ${quoted(file)}`];
  if (backups.length === 0) throw new FlowError('Usage', `There are no backups of ${file} in ${backupsDir}.`, 2, next);
  const why = which === undefined ? 'All backups are as the file is now' : `No backup is called ${which}`;
  throw new FlowError('Usage', `${why}. Nothing was changed.`, 2, next);
}

/** A copy of the present file, on disk before anything is written; null when there is none. */
async function keepAside({ file, backupsDir, code, version }: ProjectLayout): Promise<string | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) return null;
  if (isReadable(bytes, file)) return backupFile(file, backupsDir, 'pre-restore', new Date());
  const path = join(backupsDir, `${code}-${version}-broken-${timeStamp(new Date())}.nbflow`);
  await copyFile(file, path);
  await syncFolder(backupsDir);
  return path;
}

function isReadable(bytes: Buffer, file: string): boolean {
  try {
    new FlowCache().compile(decodeFlow(bytes, file), file);
    return true;
  } catch {
    return false;
  }
}

/** What was wiped since counts again where the file lists it again. */
async function takeBack(layout: ProjectLayout, text: string): Promise<void> {
  const flows = new FlowCache();
  const project = await openProject(layout.file, flows, layout.root);
  const listed = new Set(flows.compile(text, layout.file).generators.flatMap(({ cachedUrls }) => cachedUrls));
  const at = new Date().toISOString();
  for (const receipt of (await receiptsByKey(project)).values()) {
    if (unwipeReceipt(receipt, listed, at) === receipt) continue;
    await editReceipt(project, receipt.key, commandOwner('restore'), (now) => unwipeReceipt(now, listed, at));
  }
}

async function forget(file: string): Promise<void> {
  const context = await openContext(file);
  const { flow } = context.project;
  await wipe(context, flow.generators, [...(await receiptsByKey(context.project)).values()]);
}

interface Restored {
  readonly name: string;
  readonly layout: ProjectLayout;
  readonly backup: NumberedBackup;
  readonly aside: string | null;
}

function report({ name, layout, backup, aside }: Restored, options: RestoreOptions): void {
  const file = quoted(name);
  const next = [`See what a run would pay for now: nbflow plan ${file}`, `Check it: nbflow check ${file}`];
  if (aside) next.push(`Take this back: nbflow restore ${file} ${quoted(aside)}`);
  if (options.json) {
    return jsonResult({ file: layout.file, backup: backup.path, aside, fresh: options.fresh ?? false, next });
  }
  result(`Restored ${layout.file} from ${backup.name}, byte for byte.`);
  if (aside) result(`The file as it was is kept: ${aside}`);
  if (options.fresh) result('What it remembered is forgotten: a run makes everything afresh, at full price.');
  else result('What is paid for and still fits is used again; --fresh forgets it.');
  for (const step of next) say(`  → ${step}`);
}
