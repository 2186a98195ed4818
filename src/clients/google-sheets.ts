/** A Google spreadsheet, over its REST interface, as a service account: reading tabs, writing cells, removing rows. */
import { setTimeout as delay } from 'node:timers/promises';
import type { gaxios, JWT } from 'google-auth-library';
import { z } from 'zod';
import { asGoogleError, GoogleError } from './google-error';

export interface ServiceAccount {
  readonly email: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface SheetTab {
  readonly title: string;
  readonly id: number;
  /** Size of its grid, empty cells included. */
  readonly rows: number;
  readonly columns: number;
}

/** Counted from 0. */
export interface SheetCell {
  readonly title: string;
  readonly row: number;
  readonly column: number;
  readonly value: string;
}

export interface SheetsOptions {
  readonly fetch?: typeof fetch;
  /** For tests; waits in milliseconds between two attempts. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

const ORIGIN = 'https://sheets.googleapis.com/v4/spreadsheets';
const SCOPE = 'https://www.googleapis.com/auth/spreadsheets';
const TIMEOUT_MS = 30_000;
/** Google counts requests per minute: the pauses add up to about one. */
const RETRIES = 6;
const MOST_PAUSE_MS = 30_000;
const ONCE_REJECTED: [number, number][] = [[429, 429]];

const tabsSchema = z.object({
  sheets: z.array(
    z.object({
      properties: z.object({
        title: z.string(),
        sheetId: z.number(),
        gridProperties: z.object({ rowCount: z.number(), columnCount: z.number() }).optional(),
      }),
    }),
  ),
});
const valuesSchema = z.object({
  valueRanges: z.array(z.object({ values: z.array(z.array(z.coerce.string())).optional() })),
});
/** Each method throws GoogleError. What can be repeated is repeated when Google is busy (429, 5xx) or does not answer. */
export class GoogleSheets {
  private readonly client: JWT;
  private readonly base: string;
  private readonly wait: (ms: number) => Promise<unknown>;

  private constructor(client: JWT, spreadsheet: string, wait: (ms: number) => Promise<unknown>) {
    this.client = client;
    this.base = `${ORIGIN}/${encodeURIComponent(spreadsheet)}`;
    this.wait = wait;
  }

  static async open(spreadsheet: string, account: ServiceAccount, options: SheetsOptions = {}): Promise<GoogleSheets> {
    // Loaded only here: it costs a tenth of a second.
    const { JWT: Client } = await import('google-auth-library');
    const { fetch: fetchImplementation = fetch, wait = delay } = options;
    const client = new Client({
      email: account.email,
      key: account.privateKey,
      scopes: [SCOPE],
      transporterOptions: { fetchImplementation, timeout: TIMEOUT_MS },
    });
    return new GoogleSheets(client, spreadsheet, wait);
  }

  async tabs(): Promise<readonly SheetTab[]> {
    const answer = await this.send(
      'GET',
      '?fields=sheets.properties(title,sheetId,gridProperties(rowCount,columnCount))',
    );
    return parsed(tabsSchema, answer).sheets.map(({ properties: { title, sheetId, gridProperties } }) => ({
      title,
      id: sheetId,
      rows: gridProperties?.rowCount ?? 0,
      columns: gridProperties?.columnCount ?? 0,
    }));
  }

  /** What the cells of these tabs show, in the order asked for; rows are ragged. */
  async values(titles: readonly string[]): Promise<readonly (readonly (readonly string[])[])[]> {
    if (titles.length === 0) return [];
    const query = new URLSearchParams(titles.map((title): [string, string] => ['ranges', quoted(title)]));
    query.set('valueRenderOption', 'FORMATTED_VALUE');
    query.set('majorDimension', 'ROWS');
    const { valueRanges } = parsed(valuesSchema, await this.send('GET', `/values:batchGet?${query.toString()}`));
    return valueRanges.map(({ values }) => values ?? []);
  }

  /** As raw text: nothing is taken for a formula, a number or a date. */
  async write(cells: readonly SheetCell[]): Promise<void> {
    const data = runsOf(cells).map(({ title, row, column, values }) => ({
      range: `${quoted(title)}!${columnName(column)}${row + 1}`,
      values: [values],
    }));
    await this.send('POST', '/values:batchUpdate', { valueInputOption: 'RAW', data });
  }

  /** Requests of `spreadsheets.batchUpdate`, all or none. Not repeated unless Google says that it did nothing. */
  async change(requests: readonly object[]): Promise<void> {
    await this.send('POST', ':batchUpdate', { requests }, { noResponseRetries: 0, statusCodesToRetry: ONCE_REJECTED });
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    data?: object,
    retry: gaxios.GaxiosOptions['retryConfig'] = {},
  ): Promise<unknown> {
    const request = {
      url: this.base + path,
      method,
      ...(data ? { data } : {}),
      responseType: 'json' as const,
      retryConfig: {
        retry: RETRIES,
        noResponseRetries: 2,
        httpMethodsToRetry: ['GET', 'POST'],
        retryDelay: 500,
        maxRetryDelay: MOST_PAUSE_MS,
        retryBackoff: (error: gaxios.GaxiosError, pause: number) =>
          this.wait(pauseFor(error, pause)).then(() => undefined),
        ...retry,
      },
    };
    try {
      return (await this.client.request(request)).data;
    } catch (error) {
      throw asGoogleError(error, ORIGIN);
    }
  }
}

function pauseFor(error: gaxios.GaxiosError, pause: number): number {
  const seconds = Number(error.response?.headers.get('retry-after') ?? 0);
  return Math.min(Math.max(pause, seconds > 0 ? seconds * 1000 : 0), MOST_PAUSE_MS);
}

function parsed<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new GoogleError(`an answer of another shape than expected (${where})`, 200, 'sheet', { cause: result.error });
}

interface Run extends Omit<SheetCell, 'value'> {
  readonly values: string[];
}

/** Cells that stand side by side, together: Google counts what is written by ranges. */
function runsOf(cells: readonly SheetCell[]): readonly Run[] {
  const runs: Run[] = [];
  const ordered = cells.toSorted((a, b) => a.title.localeCompare(b.title) || a.row - b.row || a.column - b.column);
  for (const { title, row, column, value } of ordered) {
    const last = runs.at(-1);
    if (last?.title === title && last.row === row && last.column + last.values.length === column)
      last.values.push(value);
    else runs.push({ title, row, column, values: [value] });
  }
  return runs;
}

function quoted(title: string): string {
  return `'${title.replaceAll("'", "''")}'`;
}

/** 0 is A, 26 is AA. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}
