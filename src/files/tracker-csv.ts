/** The tracker as CSV files, one per tab, in a folder: any spreadsheet program opens them. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowError } from '../flow/errors';
import type { Grid, Sheets, Tab } from '../flow/tracker-columns';
import { guarded, TABS } from '../flow/tracker-columns';
import { editedRows } from '../flow/tracker-edits';
import type { CellEdit, RowRemoval, TrackerPlan, TrackerStore } from '../flow/tracker-types';
import { writeFileAtomic } from './atomic';
import type { CsvText } from './csv-rows';
import { EMPTY_CSV, formatCsv, parseCsv } from './csv-rows';
import { readSource } from './read-source';
import { removeDeadTemps } from './temps';

interface OpenTab {
  readonly path: string;
  /** As it was read or written last; null when there is no such file. */
  readonly bytes: Buffer | null;
  readonly csv: CsvText;
}

export class CsvTracker implements TrackerStore {
  readonly where: string;
  private readonly tabs = new Map<Tab, OpenTab>();

  constructor(folder: string) {
    this.where = folder;
  }

  /** A tab that has no file is empty. Throws FlowError `File.Damaged` (exit 8), `Usage` (2: a folder in its place). */
  async read(): Promise<Sheets> {
    const grids: [Tab, Grid][] = [];
    for (const tab of TABS) {
      const open = await openTab(join(this.where, `${tab}.csv`));
      this.tabs.set(tab, open);
      grids.push([tab, open.csv.rows.map(({ cells }) => cells)]);
    }
    return Object.fromEntries(grids) as Record<Tab, Grid>;
  }

  /** Throws FlowError `Disk.Full` or `Disk.ReadOnly` (also when a program keeps a file open), exit 6. */
  async write({ edits, removals }: Pick<TrackerPlan, 'edits' | 'removals'>): Promise<boolean> {
    await removeDeadTemps(this.where);
    // All that is written before anything is removed: a row that moves is never in neither file.
    for (const tab of TABS) {
      const own = edits.filter((edit) => edit.tab === tab);
      if (!(await this.rewrite(tab, own, []))) return false;
    }
    for (const tab of TABS) {
      const own = removals.filter((removal) => removal.tab === tab);
      if (!(await this.rewrite(tab, [], own))) return false;
    }
    return true;
  }

  private async rewrite(tab: Tab, edits: readonly CellEdit[], removals: readonly RowRemoval[]): Promise<boolean> {
    const open = this.tabs.get(tab);
    if (!open || (edits.length === 0 && removals.length === 0)) return true;
    const { rows } = open.csv;
    const grid = rows.map(({ cells }) => cells);
    const edited = editedRows(grid, edits, removals, ({ value, ours }) => (ours ? guarded(value) : value));
    const csv = {
      ...open.csv,
      rows: edited.map(({ cells, was, changed }) => ({
        cells: was === null ? padded(cells, edited[0]?.cells.length ?? 0) : cells,
        raw: changed || was === null ? null : (rows[was]?.raw ?? null),
      })),
    };
    const text = formatCsv(csv);
    const mode = open.bytes === null ? null : (await stat(open.path).catch(() => null))?.mode;
    const written = await writeFileAtomic(open.path, text, {
      ...(mode ? { mode: mode & 0o7777 } : {}),
      beforeRename: () => isStill(open),
    });
    if (written) this.tabs.set(tab, { path: open.path, bytes: Buffer.from(text), csv });
    return written;
  }
}

async function openTab(path: string): Promise<OpenTab> {
  if (!existsSync(path)) return { path, bytes: null, csv: EMPTY_CSV };
  try {
    const { realPath, bytes, text } = await readSource(path);
    return { path: realPath, bytes, csv: parseCsv(text, path) };
  } catch (error) {
    if (!(error instanceof FlowError) || !/UTF-8|NUL/.test(error.message)) throw error;
    const next = ['Open it in a spreadsheet program and save it as CSV (UTF-8), then type the same command again.'];
    throw new FlowError(error.type, error.message, error.exitCode, next, { cause: error });
  }
}

/** A row of ours has a cell for each heading. */
function padded(cells: readonly string[], width: number): readonly string[] {
  return [...cells, ...Array.from({ length: Math.max(0, width - cells.length) }, () => '')];
}

async function isStill({ path, bytes }: OpenTab): Promise<boolean> {
  const now = await readFile(path).catch(() => null);
  return bytes === null ? now === null : (now?.equals(bytes) ?? false);
}
