/** `nbflow restore FILE [BACKUP]`: the file as it was, byte for byte; the present one is kept aside. */
import { copyFile, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Backup } from '../files/backup-list';
import { listBackups } from '../files/backup-list';
import { backupFile } from '../files/backups';
import { syncFolder } from '../files/atomic';
import type { ProjectLayout } from '../files/layout';
import { projectLayout, timeStamp } from '../files/layout';
import { listOutputs } from '../files/outputs';
import { ReceiptStore } from '../files/receipts';
import { replaceSource } from '../files/replace-source';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import { decodeFlow } from '../flow/parse';
import type { Receipt } from '../flow/receipt';
import { unwipeReceipt } from '../flow/wipe';
import { FlowCache } from '../flow-cache';
import { killAt } from '../kill-at';
import { receiptsByKey } from '../project';
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
  const { backup, target } = await find(layout, which);
  const bytes = await readFile(backup.path);
  const text = decodeFlow(bytes, backup.path);
  const reached = killAt(process.env);
  const aside = await keepAside(target, layout, bytes);
  reached('backed-up');
  // Before the file: were this to end in between, what the old file lists is on record again, and a run pays nothing for it.
  if (target === layout.file) await takeBack(layout, text);
  reached('receipts-written');
  await replaceSource(target, bytes);
  reached('file-written');
  if (options.fresh && target === layout.file) await forget(layout.file);
  report({ name, target, backup, aside }, options);
  return 0;
}

interface Found {
  readonly backup: Backup;
  /** The file that it is a backup of: the source, or one of its outputs. */
  readonly target: string;
}

async function find(layout: ProjectLayout, which: string | undefined): Promise<Found> {
  if (which !== undefined) {
    for (const target of await listOutputs(layout)) {
      const backups = await listBackups(target, layout.backupsDir);
      const backup = backups.find(({ name, path }) => which === name || which === path);
      if (backup) return { backup, target };
    }
  }
  return { backup: choose(await numberedBackups(layout), which, layout), target: layout.file };
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

/** A copy of the present file, on disk before anything is written; null when there is none, or nothing to change. */
async function keepAside(file: string, { backupsDir }: ProjectLayout, wanted: Buffer): Promise<Aside | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null || bytes.equals(wanted)) return null;
  if (isReadable(bytes, file))
    return { path: await backupFile(file, backupsDir, 'pre-restore', new Date()), whole: true };
  const stem = basename(file).replace(/\.nbflow$/i, '');
  const path = join(backupsDir, `${stem}-broken-${timeStamp(new Date())}.nbflow`);
  await copyFile(file, path);
  await syncFolder(backupsDir);
  return { path, whole: false };
}

interface Aside {
  readonly path: string;
  /** False for what could not be read: nobody wants to go back to it. */
  readonly whole: boolean;
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
  const receipts = new ReceiptStore(layout.receiptsDir);
  const listed = new Set(new FlowCache().compile(text, layout.file).generators.flatMap(({ cachedUrls }) => cachedUrls));
  const at = new Date().toISOString();
  for (const receipt of await receipts.list()) {
    if (unwipeReceipt(receipt, listed, at) === receipt) continue;
    const change = (now: Receipt): Receipt => unwipeReceipt(now, listed, at);
    await editReceipt({ layout, receipts }, receipt.key, commandOwner('restore'), change);
  }
}

async function forget(file: string): Promise<void> {
  const context = await openContext(file);
  const { flow } = context.project;
  await wipe(context, flow.generators, [...(await receiptsByKey(context.project)).values()]);
}

interface Restored extends Found {
  readonly name: string;
  readonly aside: Aside | null;
}

function report({ name, target, backup, aside }: Restored, options: RestoreOptions): void {
  const file = quoted(name);
  const next = [`See what a run would pay for now: nbflow plan ${file}`, `Check it: nbflow check ${file}`];
  if (!aside) next.push(`Go back to another one: nbflow backups ${file}`);
  if (aside?.whole) next.push(`Take this back: nbflow restore ${file} ${quoted(aside.path)}`);
  if (options.json) {
    return jsonResult({
      file: target,
      backup: backup.path,
      aside: aside?.path ?? null,
      fresh: options.fresh ?? false,
      next,
    });
  }
  result(`Restored ${target} from ${backup.name}, byte for byte.`);
  if (aside) result(`The file as it was is kept: ${aside.path}`);
  if (options.fresh) result('What it remembered is forgotten: a run makes everything afresh, at full price.');
  else result('What is paid for and still fits is used again; --fresh forgets it.');
  for (const step of next) say(`  → ${step}`);
}
