/** The tabs and columns of the team's tracker, and finding them in what people have made of it. */

export const TABS = ['Approved Workflows', 'Testing Workflows', 'Version History'] as const;
export type Tab = (typeof TABS)[number];
export type WorkflowTab = Exclude<Tab, 'Version History'>;

/** Rows of cells, ragged; no rows where the tab is not there yet. */
export type Grid = readonly (readonly string[])[];
export type Sheets = Readonly<Record<Tab, Grid>>;

export type WorkflowField = 'code' | 'brand' | 'version' | 'status' | 'fanOut' | 'updated' | 'file' | 'link' | 'notes';
export type HistoryField = 'date' | 'code' | 'brand' | 'version' | 'notes';

/** Our heading first, then others that mean the same. */
export type Headings<Field extends string> = Readonly<Record<Field, readonly [string, ...string[]]>>;

export const WORKFLOW_HEADINGS: Headings<WorkflowField> = {
  code: ['Workflow', 'Code', 'Workflow code'],
  brand: ['Brand'],
  version: ['Current version', 'Version'],
  status: ['Status'],
  fanOut: ['Fan-out', 'Fan-out state', 'Fanned out', 'Fanned out to'],
  updated: ['Last updated', 'Updated'],
  file: ['File', 'Latest file'],
  link: ['Drive link', 'Drive', 'Link'],
  notes: ['Notes', 'Latest notes', 'Note'],
};

export const HISTORY_HEADINGS: Headings<HistoryField> = {
  date: ['Date'],
  code: WORKFLOW_HEADINGS.code,
  brand: WORKFLOW_HEADINGS.brand,
  version: ['Version'],
  notes: WORKFLOW_HEADINGS.notes,
};

export interface Header<Field extends string> {
  /** Index of the row with the headings; what stands above is a title of people's. */
  readonly row: number;
  readonly columns: ReadonlyMap<Field, number>;
  /** Headings that are not there yet, with the column that each gets. */
  readonly missing: readonly { readonly field: Field; readonly column: number; readonly heading: string }[];
}

/** Titles above the headings take no more rows than this. */
const MOST_TITLE_ROWS = 10;

/** Finds the headings. Null where a tab has rows, but none of the first ten has a column for the workflow. */
export function findHeader<Field extends string>(grid: Grid, headings: Headings<Field>): Header<Field> | null {
  const fields = Object.keys(headings) as Field[];
  const isEmpty = grid.every((row) => row.every((cell) => cell.trim() === ''));
  const row = isEmpty
    ? 0
    : grid.slice(0, MOST_TITLE_ROWS).findIndex((cells) => cells.some((cell) => means(cell, WORKFLOW_HEADINGS.code)));
  if (row < 0) return null;
  const cells = isEmpty ? [] : (grid[row] ?? []);
  const columns = new Map<Field, number>();
  for (const field of fields) {
    // Of two columns that could be meant, the one with our own heading is.
    const column = headings[field]
      .map((heading) => cells.findIndex((cell) => means(cell, [heading])))
      .find((at) => at >= 0);
    if (column !== undefined) columns.set(field, column);
  }
  const width = isEmpty ? 0 : Math.max(...grid.slice(row).map((one) => one.length));
  const missing = fields
    .filter((field) => !columns.has(field))
    .map((field, i) => ({ field, column: width + i, heading: headings[field][0] }));
  for (const { field, column } of missing) columns.set(field, column);
  return { row, columns, missing };
}

/** `Fan-out state` and `fan out STATE` are one heading. */
export function sameHeading(a: string, b: string): boolean {
  return plainHeading(a) === plainHeading(b);
}

function means(cell: string, headings: readonly string[]): boolean {
  return headings.some((heading) => sameHeading(cell, heading));
}

function plainHeading(text: string): string {
  // One of signs alone, such as an emoji, is what it is.
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '') || text.trim();
}

const FORMULA_START = /^[=+\-@\t\r]/;

/**
 * The text with an apostrophe in front where a spreadsheet would take it for a formula: what stands in a note is shown, never
 * computed. For files; a sheet that is written as raw text needs none.
 */
export function guarded(text: string): string {
  return FORMULA_START.test(text) ? `'${text}` : text;
}

/** What a cell says, without the guard and without spaces around it. */
export function shown(cell: string): string {
  const text = cell.startsWith("'") && FORMULA_START.test(cell.slice(1)) ? cell.slice(1) : cell;
  return text.replaceAll('\r\n', '\n').trim();
}
