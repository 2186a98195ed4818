/** `errors.json` beside the output: one entry per failed node, entries of other workflows kept, gone when fixed. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFileAtomic } from '../files/atomic';
import { backupFile } from '../files/backups';
import { errnoOf, toDiskError } from '../files/disk-errors';
import type { KnownEntry } from '../files/errors-text';
import { EMPTY_ERRORS, readErrors, withEntries } from '../files/errors-text';
import type { ProjectLayout } from '../files/layout';
import { withLock } from '../files/lock';
import type { ErrorEntry } from '../flow/error-entries';
import { errorEntry, stillHolds } from '../flow/error-entries';
import type { Receipt } from '../flow/receipt';
import type { Generator, Kind } from '../flow/types';
import type { ExportInput } from '../workflows/messages';

/** Another export writes for milliseconds; past this the activity is tried again. */
const LOCK_WAIT_MS = 20_000;

export interface ErrorsUpdate {
  readonly layout: ProjectLayout;
  readonly pass: Pick<ExportInput, 'nodes' | 'outcomes' | 'startedAt' | 'finishedAt'>;
  /** By generator key. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** What the file has now, by key. */
  readonly generators: ReadonlyMap<string, Generator>;
  readonly prices: Readonly<Record<Kind, number>>;
  /** For what a person should know of it. */
  readonly remarks: string[];
}

/**
 * Writes the entries of this pass; answers whether there are any. Passes over other files of the same folder write to
 * the same list, so each does it under a lock. A list that can't be read is set aside and said, never lost.
 */
export async function updateErrorsFile(update: ErrorsUpdate): Promise<boolean> {
  const path = update.layout.errorsFile;
  const failing = failedEntries(update, []).length > 0;
  if (!failing && (await readIfThere(path)) === null) return false;
  await withLock(`${path}.lock`, () => rewrite(update, path), {
    waitMs: LOCK_WAIT_MS,
    extra: { purpose: 'errors', file: path },
  });
  return failing;
}

async function rewrite(update: ErrorsUpdate, path: string): Promise<void> {
  const { layout, pass, generators } = update;
  const { text, entries } = await readOrSetAside(path, update);
  const ours = entries.filter(({ workflow, key }) => workflow === layout.workflowId && key !== null);
  const added = failedEntries(update, ours);
  const renewed = new Set(added.map(({ tab, node }) => `${tab}:${node}`));
  const kept = entries.filter((entry) => {
    const { key } = entry;
    if (key === null || !ours.includes(entry)) return true;
    return !renewed.has(key) && stillHolds(key, pass.outcomes[key], generators);
  });
  if (added.length > 0 || kept.length < entries.length) await writeFileAtomic(path, withEntries(text, kept, added));
}

async function readOrSetAside(
  path: string,
  { pass, remarks, layout }: ErrorsUpdate,
): Promise<{ readonly text: string; readonly entries: readonly KnownEntry[] }> {
  const bytes = await readIfThere(path);
  const text = bytes?.toString('utf8') ?? EMPTY_ERRORS;
  const entries = readErrors(text);
  if (entries) return { text, entries };
  const aside = await backupFile(path, layout.generationsDir, 'unreadable', new Date(pass.finishedAt));
  // Also when nothing failed: else it would be said again after every pass.
  await writeFileAtomic(path, EMPTY_ERRORS);
  remarks.push(`The old errors.json could not be read. It is kept as ${basename(aside)}; a new list begins.`);
  return { text: EMPTY_ERRORS, entries: [] };
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw toDiskError(error, path);
  }
}

function failedEntries(
  { layout, pass, receipts, generators, prices }: ErrorsUpdate,
  ours: readonly KnownEntry[],
): readonly ErrorEntry[] {
  return pass.nodes.flatMap((node) => {
    const outcome = pass.outcomes[node.key];
    if (!outcome) return [];
    const since = ours.find(({ key }) => key === node.key)?.first ?? null;
    const { startedAt, finishedAt } = pass;
    const { workflowId: workflow, file } = layout;
    const known = { receipt: receipts.get(node.key), generator: generators.get(node.key), prices, since };
    return errorEntry({ workflow, file, node, outcome, startedAt, finishedAt, ...known }) ?? [];
  });
}
