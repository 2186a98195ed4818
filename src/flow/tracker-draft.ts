/** One tab while changes to it are being planned: what stands where, and what is to be written. */
import { FlowError } from './errors';
import type { Grid, Header, Headings, Tab } from './tracker-columns';
import { findHeader, sameHeading, shown, WORKFLOW_HEADINGS } from './tracker-columns';
import type { CellEdit, TrackerPlan } from './tracker-types';

export interface PeoplesCell {
  readonly heading: string;
  /** Of several columns with this heading, which: 0, 1… */
  readonly nth: number;
  readonly value: string;
}

export class TabDraft<Field extends string> {
  readonly tab: Tab;
  readonly edits: CellEdit[] = [];
  readonly newColumns: TrackerPlan['newColumns'];
  private readonly grid: Grid;
  private readonly header: Header<Field>;
  /** Of the headings as they will be. */
  private readonly headings: string[];
  private nextRow: number;
  private width: number;

  /** Throws FlowError `Tracker.NoHeadings` (exit 8) for a tab that has rows, but no column for the workflow. */
  constructor(tab: Tab, grid: Grid, headings: Headings<Field>) {
    const header = findHeader(grid, headings);
    if (!header) throw noHeadings(tab, grid);
    this.tab = tab;
    this.grid = grid;
    this.header = header;
    this.headings = [...(grid[header.row] ?? [])];
    this.newColumns = header.missing.map(({ heading }) => ({ tab, heading }));
    for (const { column, heading } of header.missing) this.write(header.row, column, heading, true);
    for (const { column, heading } of header.missing) this.headings[column] = heading;
    const last = grid.findLastIndex((row) => row.some((cell) => cell.trim() !== ''));
    this.nextRow = Math.max(last, header.row) + 1;
    this.width = Math.max(0, ...grid.map((row) => row.length), ...header.missing.map(({ column }) => column + 1));
  }

  /** Indexes of the rows below the headings that a test picks. */
  rowsWhere(test: (row: number) => boolean): number[] {
    return this.grid.map((_, row) => row).filter((row) => row > this.header.row && test(row));
  }

  /** As it stands there now, without spaces around it. */
  text(row: number, field: Field): string {
    return shown(this.grid[row]?.[this.columnOf(field)] ?? '');
  }

  columnOf(field: Field): number {
    return this.header.columns.get(field) ?? -1;
  }

  headingOf(field: Field): string {
    return this.headings[this.columnOf(field)] ?? '';
  }

  /** An index behind all rows that say something. */
  addRow(): number {
    this.nextRow += 1;
    return this.nextRow - 1;
  }

  set(row: number, field: Field, value: string): void {
    this.write(row, this.columnOf(field), value, true);
  }

  /** What people have written into columns of their own. */
  peoplesCells(row: number): readonly PeoplesCell[] {
    const ours = new Set(this.header.columns.values());
    return (this.grid[row] ?? []).flatMap((value, column) => {
      if (ours.has(column) || value.trim() === '') return [];
      const heading = this.headings[column] ?? '';
      return [{ heading, nth: this.columnsWith(heading).filter((one) => one < column).length, value }];
    });
  }

  /** The column with a heading of people's; null when there is none. */
  peoplesColumn({ heading, nth }: Omit<PeoplesCell, 'value'>): number | null {
    return this.columnsWith(heading)[nth] ?? null;
  }

  /** Those of people's, from left to right. */
  private columnsWith(heading: string): readonly number[] {
    if (heading.trim() === '') return [];
    const ours = new Set(this.header.columns.values());
    return this.headings.flatMap((one, at) => (!ours.has(at) && sameHeading(one, heading) ? [at] : []));
  }

  /** As it will stand there. */
  cell(row: number, column: number): string {
    const edit = this.edits.findLast((one) => one.row === row && one.column === column);
    return edit?.value ?? this.grid[row]?.[column] ?? '';
  }

  /** Puts a cell of people's into its column, which is made where there is none. */
  carry(row: number, cell: PeoplesCell): void {
    const column = this.peoplesColumn(cell) ?? this.addColumn(cell.heading);
    this.write(row, column, cell.value, false);
  }

  private addColumn(heading: string): number {
    const column = this.width;
    this.width += 1;
    this.headings[column] = heading;
    if (heading.trim() !== '') this.write(this.header.row, column, heading, false);
    return column;
  }

  private write(row: number, column: number, value: string, ours: boolean): void {
    this.edits.push({ tab: this.tab, row, column, value, ours });
  }
}

function noHeadings(tab: Tab, grid: Grid): FlowError {
  const [wanted] = WORKFLOW_HEADINGS.code;
  const got = grid.find((row) => row.some((cell) => cell.trim() !== ''))?.filter((cell) => cell.trim() !== '') ?? [];
  return new FlowError(
    'Tracker.NoHeadings',
    `The tab "${tab}" can't be kept up to date: expected a heading "${wanted}" in one of its first rows, got ${got.slice(0, 6).join(', ')}.`,
    8,
    [`Give the column with the codes (XYZG3) the heading "${wanted}", then type the same command again.`],
  );
}
