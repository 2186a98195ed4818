/** The next version of a file: V0-1 becomes V0-2, the old file lies among the backups. */
import { createHash } from 'node:crypto';
import { chmod, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createExclusive, syncFolder } from './files/atomic';
import { listBackups } from './files/backup-list';
import { backupFile } from './files/backups';
import { toDiskError } from './files/disk-errors';
import type { ProjectLayout } from './files/layout';
import { projectLayout } from './files/layout';
import { withLock } from './files/lock';
import { applyEdits } from './files/patch';
import { ReceiptStore } from './files/receipts';
import { sourceLockPath } from './files/source-lock';
import type { RegistryOutcome } from './files/version-registry';
import { readRegistryWorkflow } from './files/version-registry';
import { quoted } from './flow/advice';
import { carryReceipt, isCarried } from './flow/carry';
import { FlowError } from './flow/errors';
import type { Receipt } from './flow/receipt';
import { compareVersions, nextVersion } from './flow/versions';
import type { Project } from './project';
import { record } from './record';

const LOCK_WAIT_MS = 10_000;

export interface Bump {
  readonly from: ProjectLayout;
  readonly to: ProjectLayout;
  /** Of the old file, as it was when the bump was planned. */
  readonly bytes: Buffer;
  readonly text: string;
  /** False where the `name` field is the person's own, not the file's name. */
  readonly renamed: boolean;
  readonly receipts: readonly Receipt[];
}

/**
 * Plans a bump: the next version that nobody used. Throws FlowError `Usage` (2): a name without a version, or another file
 * with the next one's name.
 */
export async function planBump({ layout, text, flow, receipts }: Project): Promise<Bump> {
  const to = await freeVersion(layout);
  const renamed = flow.document.name === baseOf(layout);
  const bumped = renamed ? applyEdits(text, [{ path: ['name'], value: baseOf(to) }]) : text;
  const there = await readFile(to.file, 'utf8').catch(() => null);
  if (there !== null && there !== bumped) {
    throw new FlowError(
      'Usage',
      `There is a ${basename(to.file)} beside it already, and it is another one. Nothing was changed.`,
      2,
      [`Go on with that one: nbflow plan ${quoted(to.file)}`, `Or bump it: nbflow bump ${quoted(to.file)}`],
    );
  }
  return { from: layout, to, bytes: Buffer.from(text), text: bumped, renamed, receipts: await receipts.list() };
}

/** A version of which only a backup or its own receipts are left was used, too: what they tell of is not this file's. */
async function freeVersion(from: ProjectLayout): Promise<ProjectLayout> {
  const { root, brand, code } = from;
  const isCounted = baseOf(from) === `${code}-${from.version}`;
  for (let version = isCounted ? nextVersion(from.version) : null; version !== null; version = nextVersion(version)) {
    const to = projectLayout(join(dirname(from.file), `${code}-${version}.nbflow`), { root, brand });
    const used = (await listBackups(to.file, to.backupsDir)).length > 0;
    const own = (await new ReceiptStore(to.receiptsDir).list()).some((receipt) => !isCarried(receipt));
    const isThere = await stat(to.file).catch(() => null);
    if (isThere || (!used && !own)) return to;
  }
  throw new FlowError(
    'Usage',
    `${basename(from.file)} has no version in its name that could be counted up. Nothing was changed.`,
    2,
    [`Give it one by renaming it, for instance to ${from.code}-V0-1.nbflow`],
  );
}

export interface Bumped {
  readonly backup: string;
  readonly registry: RegistryOutcome;
}

/** Moments at which a test may kill. */
type Reached = (step: 'bump-backup' | 'bump-receipts' | 'bump-file' | 'bump-recorded' | 'bump-removed') => void;

/**
 * Each step leaves the old file or the new one whole, and may be repeated: the old one goes last. Throws FlowError
 * `File.Changed`, `File.Busy` (7: somebody else is at the old file), `Disk.Full`, `Disk.ReadOnly`, and what writing the registry throws.
 */
export async function performBump(
  bump: Bump,
  { why, reached }: { readonly why: string; readonly reached: Reached },
): Promise<Bumped> {
  const { from } = bump;
  const lock = await sourceLockPath(from.file, await realpath(from.file));
  const work = async (): Promise<Bumped> => {
    await expectUnchanged(bump);
    const at = new Date();
    const backup = await backupFile(from.file, from.backupsDir, 'pre-bump', at);
    reached('bump-backup');
    await carryReceipts(bump);
    reached('bump-receipts');
    await writeNew(bump);
    reached('bump-file');
    const registry = await recordBump(bump, { why, at: at.toISOString() });
    reached('bump-recorded');
    await expectUnchanged(bump);
    await removeOld(from.file);
    reached('bump-removed');
    return { backup, registry };
  };
  return withLock(lock, work, { waitMs: LOCK_WAIT_MS, extra: { purpose: 'bump', file: from.file } });
}

async function expectUnchanged({ from, bytes, receipts }: Bump): Promise<void> {
  const now = await readFile(from.file).catch(() => null);
  // A pass that began meanwhile pays before it writes the file; what it paid for must not be left behind.
  const isPaidFor = !isDeepStrictEqual(await new ReceiptStore(from.receiptsDir).list(), receipts);
  if (isPaidFor) {
    throw new FlowError(
      'File.Changed',
      `A pass over ${from.file} was at work at this very moment; it was left there.`,
      7,
      [`See how it is: nbflow diagnose ${quoted(from.file)}`, 'Type it again when the pass is done.'],
    );
  }
  if (now?.equals(bytes)) return;
  throw new FlowError('File.Changed', `Another program wrote ${from.file} at this very moment; it was left there.`, 7, [
    'Type it again when the other program is done.',
  ]);
}

async function carryReceipts({ receipts, to }: Bump): Promise<void> {
  const store = new ReceiptStore(to.receiptsDir);
  // A bump that is repeated must not take away what the new version has paid for since.
  for (const receipt of receipts)
    await store.update(receipt.key, (now) => (now && !isCarried(now) ? now : carryReceipt(receipt)));
}

async function writeNew({ from, to, text }: Bump): Promise<void> {
  const { mode } = await stat(from.file);
  if (await createExclusive(to.file, text, true)) await chmod(to.file, mode & 0o777);
}

/** The history and the registry hear of it once, however often it is begun; the registry is never led back to an older version. */
async function recordBump(
  { from, to, bytes }: Bump,
  { why, at }: { readonly why: string; readonly at: string },
): Promise<RegistryOutcome> {
  const current = (await readRegistryWorkflow(to))?.currentVersion ?? null;
  const isNewer = current === null || compareVersions(current, to.version) < 0;
  const content = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const text = `${to.version}: from ${from.version}${why === '' ? '' : `, ${why}`}`;
  const id = `bump ${from.version} ${to.version} ${content}`;
  const entry = { schema: 1, id, at, version: to.version, kind: 'bump', text } as const;
  return record(to, entry, isNewer ? to.version : undefined);
}

async function removeOld(file: string): Promise<void> {
  try {
    await rm(file);
    await syncFolder(dirname(file));
  } catch (error) {
    throw toDiskError(error, file);
  }
}

function baseOf({ file }: ProjectLayout): string {
  return basename(file).replace(/\.nbflow$/i, '');
}
