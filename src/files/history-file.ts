/**
 * `Assets/{CODE}/.nbflow/history.jsonl`: what happened to all versions of a code, a line each. Rewritten whole at each
 * change, so that a crash leaves it with the line or without; lines of another shape (torn, or of a newer version) stay.
 */
import { z } from 'zod';
import type { HistoryEntry } from '../flow/history';
import { writeFileAtomic } from './atomic';
import { parseLines, readText, withLine } from './json-lines';
import { withLock } from './lock';

const LOCK_WAIT_MS = 20_000;

const count = z.number();
const entrySchema = z.object({
  schema: z.literal(1),
  id: z.string(),
  at: z.string(),
  version: z.string(),
  kind: z.enum(['pass', 'note', 'bump']),
  text: z.string(),
  pass: z
    .object({
      id: z.string(),
      state: z.enum(['done', 'done-with-failures', 'needs-person', 'over-budget', 'cancelled']),
      seconds: count,
      paid: count,
      generated: count,
      reused: count,
      failed: count,
      lost: count,
      price: count,
      interruptions: count,
      output: z.string().nullable(),
    })
    .optional(),
}) satisfies z.ZodType<HistoryEntry>;

/** Oldest first, each thing once; `unreadable` counts the lines that are of another shape. */
export async function readHistory(
  historyFile: string,
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly unreadable: number }> {
  const { lines, unreadable } = parseLines(await readText(historyFile), entrySchema);
  return { entries: [...new Map(lines.map((entry) => [entry.id, entry])).values()], unreadable };
}

/**
 * Adds an entry, synced to disk, and answers it; when one with its id is there already, that one stays and is answered. Throws
 * FlowError `File.Busy` (7), `Disk.Full`, `Disk.ReadOnly`.
 */
export async function addHistory(historyFile: string, entry: HistoryEntry): Promise<HistoryEntry> {
  const add = async (): Promise<HistoryEntry> => {
    const text = await readText(historyFile);
    const there = parseLines(text, entrySchema).lines.find(({ id }) => id === entry.id);
    if (there) return there;
    await writeFileAtomic(historyFile, withLine(text, entry));
    return entry;
  };
  return withLock(`${historyFile}.lock`, add, {
    waitMs: LOCK_WAIT_MS,
    extra: { purpose: 'history', file: historyFile },
  });
}
