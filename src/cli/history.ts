/** `nbflow history FILE`: what happened to all versions of a storyboard, newest first. Asks no server. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadSettings } from '../config';
import { readHistory } from '../files/history-file';
import type { ProjectLayout } from '../files/layout';
import { readReceiptFolder } from '../files/receipt-folders';
import { quoted } from '../flow/advice';
import { spentBy } from '../flow/budget';
import type { FlowError } from '../flow/errors';
import type { HistoryEntry } from '../flow/history';
import { unrecordedPasses } from '../flow/history';
import { units } from '../flow/money-words';
import { layoutOf } from './context';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import { wrapLine } from './wrap';

/** An entry with its cost in price units; null for what costs nothing by its nature. */
interface Priced {
  readonly entry: HistoryEntry;
  readonly cost: number | null;
}

interface Unrecorded {
  readonly passes: readonly Priced[];
  /** Receipts that can't be read: what they tell of is missing. */
  readonly damaged: readonly FlowError[];
}

/** Answers 0, or 8 when a receipt is damaged: the rest is told all the same. Throws FlowError `Usage` (2). */
export async function historyCommand(name: string, options: OutputOptions): Promise<number> {
  const layout = layoutOf(name);
  const { entries, unreadable } = await readHistory(layout.historyFile);
  const recorded = entries.map((entry): Priced => ({ entry, cost: entry.pass?.price ?? null }));
  const { passes, damaged } = await unrecorded(layout, entries);
  const newest = [...recorded, ...passes].sort((a, b) => (a.entry.at < b.entry.at ? 1 : -1));
  const next =
    newest.length > 0
      ? [`What it cost: nbflow bill ${quoted(name)}`]
      : [`See what there is: nbflow diagnose ${quoted(name)}`, `It begins with: nbflow run ${quoted(name)}`];
  if (options.json)
    jsonResult({
      file: layout.file,
      code: layout.code,
      entries: newest.map(toJson),
      unreadable,
      damaged: damaged.map(({ message }) => message),
      next,
    });
  else print(newest, unreadable, layout);
  if (!options.json) {
    for (const { message } of damaged) say(`  note: ${message}`);
    for (const step of [...damaged.flatMap((error) => error.next), ...next]) say(`  → ${step}`);
  }
  return damaged.length > 0 ? 8 : 0;
}

/** Of all versions of the code: their receipts lie beside the history. */
async function unrecorded(layout: ProjectLayout, entries: readonly HistoryEntry[]): Promise<Unrecorded> {
  const { prices } = loadSettings(layout.root, process.env);
  const hidden = dirname(layout.historyFile);
  const names = (await readdir(hidden, { withFileTypes: true }).catch(() => [])).filter((one) => one.isDirectory());
  const found = await Promise.all(
    names.map(async ({ name }): Promise<Unrecorded> => {
      const { receipts, damaged } = await readReceiptFolder({ receiptsDir: join(hidden, name, 'receipts') });
      const version = name === layout.folderVersion ? layout.version : name === 'v0' ? name : name.toUpperCase();
      const passes = unrecordedPasses(receipts, { version, entries });
      return { passes: passes.map((entry) => ({ entry, cost: spentBy(entry.id, receipts, prices) })), damaged };
    }),
  );
  return { passes: found.flatMap(({ passes }) => passes), damaged: found.flatMap(({ damaged }) => damaged) };
}

function print(newest: readonly Priced[], unreadable: number, { code, historyFile }: ProjectLayout): void {
  if (newest.length === 0) result(`There is no history of ${code} yet: no pass of this runner ended here.`);
  const width = Math.max(0, ...newest.map(({ entry }) => entry.version.length));
  for (const { entry, cost } of newest) {
    const head = `${localTime(entry.at)}  ${entry.version.padEnd(width)}  `;
    const price = cost === null ? entry.kind : units(cost);
    const text = entry.kind === 'note' ? entry.text : entry.text.replace(`${entry.version}: `, '');
    const [first = '', ...rest] = wrapLine(text, Math.max(40, columns() - head.length - 14));
    result(`${head}${price.padEnd(12)}  ${first}`);
    for (const line of rest) result(`${' '.repeat(head.length + 14)}${line}`);
  }
  if (unreadable > 0) say(`  note: ${plural(unreadable, 'line')} of ${historyFile} can't be read; the rest is shown.`);
}

function columns(): number {
  return process.stdout.columns ?? 120;
}

/** `2026-11-27 20:41`, on the reader's clock. */
function localTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE').slice(0, 16);
}

function toJson({ entry, cost }: Priced): object {
  const { at, version, kind, text, pass = null } = entry;
  return { at, version, kind, text, cost, pass };
}
