/** The tracker as a Google spreadsheet that the team has shared with a service account. */
import type { GoogleSheets, SheetTab } from './clients/google-sheets';
import { GoogleError } from './clients/google-error';
import { FlowError } from './flow/errors';
import type { Grid, Sheets, Tab } from './flow/tracker-columns';
import { shown, TABS } from './flow/tracker-columns';
import type { CellEdit, RowRemoval, TrackerPlan, TrackerStore } from './flow/tracker-types';
import { googleRefusal } from './tracker-refusals';

export interface SheetIdentity {
  readonly spreadsheet: string;
  /** Address of the service account. */
  readonly email: string;
  readonly keyFile: string;
}

/** Rows that a new tab gets, so that it need not grow each time. */
const NEW_TAB = { rowCount: 200, columnCount: 26 };

export class GoogleTracker implements TrackerStore {
  readonly where: string;
  private readonly open: () => Promise<GoogleSheets>;
  private readonly identity: SheetIdentity;
  private client: GoogleSheets | null = null;
  private tabs: ReadonlyMap<Tab, SheetTab> = new Map();

  constructor(identity: SheetIdentity, open: () => Promise<GoogleSheets>) {
    this.where = `https://docs.google.com/spreadsheets/d/${identity.spreadsheet}`;
    this.identity = identity;
    this.open = open;
  }

  /** Throws FlowError `Tracker.Refused` (exit 6), `Tracker.Unreachable` (4), `Usage` (2: no such spreadsheet). */
  async read(): Promise<Sheets> {
    return this.told(async (client) => {
      const there = await client.tabs();
      this.tabs = new Map(
        TABS.flatMap((name) => {
          const tab = there.find(({ title }) => title.trim().toLowerCase() === name.toLowerCase());
          return tab ? [[name, tab] as const] : [];
        }),
      );
      const grids = await this.grids(client, [...this.tabs.keys()]);
      return Object.fromEntries(TABS.map((name) => [name, grids.get(name) ?? []])) as Record<Tab, Grid>;
    });
  }

  /** Errors as read. */
  async write({ edits, removals }: Pick<TrackerPlan, 'edits' | 'removals'>): Promise<boolean> {
    return this.told(async (client) => {
      await this.makeRoom(client, edits);
      const cells = edits.map(({ tab, row, column, value }) => ({ title: this.titleOf(tab), row, column, value }));
      if (cells.length > 0) await client.write(cells);
      return removals.length === 0 || this.remove(client, removals);
    });
  }

  /** Adds the tabs, rows and columns that the edits need. */
  private async makeRoom(client: GoogleSheets, edits: readonly CellEdit[]): Promise<void> {
    const requests = TABS.flatMap((name): readonly object[] => {
      const own = edits.filter(({ tab }) => tab === name);
      if (own.length === 0) return [];
      const rows = Math.max(...own.map(({ row }) => row)) + 1;
      const columns = Math.max(...own.map(({ column }) => column)) + 1;
      const tab = this.tabs.get(name);
      if (!tab) {
        const { rowCount, columnCount } = NEW_TAB;
        const size = { rowCount: Math.max(rows, rowCount), columnCount: Math.max(columns, columnCount) };
        return [{ addSheet: { properties: { title: name, gridProperties: size } } }];
      }
      return [
        ...(rows > tab.rows ? [growth(tab, 'ROWS', rows - tab.rows)] : []),
        ...(columns > tab.columns ? [growth(tab, 'COLUMNS', columns - tab.columns)] : []),
      ];
    });
    if (requests.length > 0) await client.change(requests);
  }

  /** Rows are removed by their number, so it is looked once more whether they are still what they were. */
  private async remove(client: GoogleSheets, removals: readonly RowRemoval[]): Promise<boolean> {
    const now = await this.grids(client, [...new Set(removals.map(({ tab }) => tab))]);
    const isStill = ({ tab, row, column, code }: RowRemoval): boolean =>
      shown(now.get(tab)?.[row]?.[column] ?? '').toLowerCase() === code.toLowerCase();
    if (!removals.every(isStill)) return false;
    const fromBelow = removals.toSorted((a, b) => b.row - a.row);
    await client.change(
      fromBelow.map(({ tab, row }) => ({
        deleteDimension: {
          range: { sheetId: this.tabs.get(tab)?.id, dimension: 'ROWS', startIndex: row, endIndex: row + 1 },
        },
      })),
    );
    return true;
  }

  private async grids(client: GoogleSheets, names: readonly Tab[]): Promise<ReadonlyMap<Tab, Grid>> {
    const values = await client.values(names.map((name) => this.titleOf(name)));
    return new Map(names.map((name, i) => [name, values[i] ?? []]));
  }

  private titleOf(tab: Tab): string {
    return this.tabs.get(tab)?.title ?? tab;
  }

  private async told<T>(work: (client: GoogleSheets) => Promise<T>): Promise<T> {
    try {
      this.client ??= await this.open();
      return await work(this.client);
    } catch (error) {
      if (error instanceof FlowError || !(error instanceof GoogleError)) throw error;
      throw googleRefusal(error, this.identity);
    }
  }
}

function growth({ id }: SheetTab, dimension: 'ROWS' | 'COLUMNS', length: number): object {
  return { appendDimension: { sheetId: id, dimension, length } };
}
