/** A stand-in for Google on loopback: gives tokens for signed requests and keeps one spreadsheet, as strictly as the real one. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './google-keys';
import { HOSTS, keyPair, TOKEN, tokenFor } from './google-keys';

export const SPREADSHEET = 'spreadsheet-of-the-tests';
export interface StandInTab {
  title: string;
  id: number;
  rows: number;
  columns: number;
  values: string[][];
}

interface Fault {
  readonly path: RegExp;
  readonly status: number;
  readonly body?: object;
  readonly headers?: Record<string, string>;
  /** The work is done, and the answer is lost. */
  readonly afterwards?: boolean;
  times: number;
}

export interface GoogleStandIn {
  readonly url: string;
  readonly tabs: StandInTab[];
  /** `POST /v4/…/values:batchUpdate`, in their order. */
  readonly calls: string[];
  readonly keys: { readonly privateKey: string };
  readonly fetch: typeof fetch;
  fail(fault: Fault): void;
  /** Called when a request with this path is in, before it is answered. */
  onCall: (call: string) => void;
  close(): Promise<void>;
}

export const googleError = (code: number, status: string, message: string): object => ({
  error: { code, status, message },
});

/** One pair for all stand-ins of a test file: making one takes half a second. */
let shared: KeyPair | null = null;

export async function googleStandIn(): Promise<GoogleStandIn> {
  const { privateKey, publicKey } = (shared ??= keyPair());
  const tabs: StandInTab[] = [{ title: 'Sheet1', id: 0, rows: 1000, columns: 26, values: [] }];
  const calls: string[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) =>
      send(response, 599, googleError(599, 'BUG', String(error))),
    );
  });
  const standIn: GoogleStandIn = {
    url: '',
    tabs,
    calls,
    keys: { privateKey },
    fetch: (input, init) =>
      fetch(
        HOSTS.reduce(
          (url, host) => url.replace(host, standIn.url),
          String(input instanceof Request ? input.url : input),
        ),
        init,
      ),
    fail: (fault) => faults.push(fault),
    onCall: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const call = `${request.method} ${decodeURIComponent(request.url ?? '')}`;
    calls.push(call);
    standIn.onCall(call);
    const fault = faults.find(({ path, times }) => times > 0 && path.test(call));
    if (fault) fault.times -= 1;
    if (fault?.afterwards) handle(call, request, body);
    const [status, said] = fault ? [fault.status, fault.body ?? {}] : handle(call, request, body);
    send(response, status, said, fault?.headers);
  }

  function handle(call: string, request: IncomingMessage, body: string): [number, object] {
    if (call.startsWith('POST /token')) return tokenFor(new URLSearchParams(body), publicKey);
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return [401, googleError(401, 'UNAUTHENTICATED', 'no token')];
    const [, id, rest = ''] = /^\w+ \/v4\/spreadsheets\/([\w-]+)(.*)$/.exec(call) ?? [];
    if (id !== SPREADSHEET) return [404, googleError(404, 'NOT_FOUND', 'Requested entity was not found.')];
    try {
      return [200, spreadsheetAnswer(tabs, rest, body)];
    } catch (error) {
      return [400, googleError(400, 'INVALID_ARGUMENT', (error as Error).message)];
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(standIn, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

interface Body {
  readonly valueInputOption?: string;
  readonly data?: readonly { readonly range: string; readonly values: readonly (readonly string[])[] }[];
  readonly requests?: readonly ChangeRequest[];
}

interface ChangeRequest {
  readonly addSheet?: {
    readonly properties: {
      readonly title: string;
      readonly gridProperties: { readonly rowCount: number; readonly columnCount: number };
    };
  };
  readonly appendDimension?: {
    readonly sheetId: number;
    readonly dimension: 'ROWS' | 'COLUMNS';
    readonly length: number;
  };
  readonly deleteDimension?: {
    readonly range: {
      readonly sheetId: number;
      readonly dimension: string;
      readonly startIndex: number;
      readonly endIndex: number;
    };
  };
}

function spreadsheetAnswer(tabs: StandInTab[], rest: string, text: string): object {
  const body = (text === '' ? {} : JSON.parse(text)) as Body;
  if (rest.startsWith('?fields=sheets.properties')) {
    const properties = tabs.map(({ title, id, rows, columns }) => ({
      title,
      sheetId: id,
      gridProperties: { rowCount: rows, columnCount: columns },
    }));
    return { sheets: properties.map((one) => ({ properties: one })) };
  }
  if (rest.startsWith('/values:batchGet?')) {
    const ranges = new URLSearchParams(rest.slice(rest.indexOf('?'))).getAll('ranges');
    return { valueRanges: ranges.map((range) => valuesOf(tabNamed(tabs, range))) };
  }
  if (rest === '/values:batchUpdate') {
    if (body.valueInputOption !== 'RAW') throw new Error(`valueInputOption ${body.valueInputOption}`);
    for (const { range, values } of body.data ?? []) writeRow(tabs, range, values[0] ?? []);
    return {};
  }
  if (rest !== ':batchUpdate') throw new Error(`unknown request ${rest}`);
  // All or none.
  const copy = structuredClone(tabs);
  for (const request of body.requests ?? []) change(copy, request);
  tabs.splice(0, tabs.length, ...copy);
  return {};
}

function change(tabs: StandInTab[], { addSheet, appendDimension, deleteDimension }: ChangeRequest): void {
  const tabWith = (id: number): StandInTab => tabs.find((tab) => tab.id === id) ?? fail(`No grid with id: ${id}`);
  if (addSheet) {
    const { title, gridProperties } = addSheet.properties;
    if (tabs.some((tab) => tab.title === title)) fail(`A sheet with the name "${title}" already exists.`);
    tabs.push({
      title,
      id: 1000 + tabs.length,
      rows: gridProperties.rowCount,
      columns: gridProperties.columnCount,
      values: [],
    });
  } else if (appendDimension) {
    const tab = tabWith(appendDimension.sheetId);
    if (appendDimension.dimension === 'ROWS') tab.rows += appendDimension.length;
    else tab.columns += appendDimension.length;
  } else if (deleteDimension) {
    const { sheetId, dimension, startIndex, endIndex } = deleteDimension.range;
    if (dimension !== 'ROWS' || endIndex !== startIndex + 1) fail('one row is expected');
    const tab = tabWith(sheetId);
    tab.values.splice(startIndex, 1);
    tab.rows -= 1;
  } else fail('unknown request');
}

/** As Google answers: without empty cells and rows at the end. */
function valuesOf({ values }: StandInTab): object {
  const rows = values.map((row) => row.slice(0, row.findLastIndex((cell) => cell !== '') + 1));
  const trimmed = rows.slice(0, rows.findLastIndex((row) => row.length > 0) + 1);
  return trimmed.length > 0 ? { values: trimmed } : {};
}

function writeRow(tabs: StandInTab[], range: string, values: readonly string[]): void {
  const [, quoted = '', letters = '', number = ''] = /^('.*')!([A-Z]+)(\d+)$/.exec(range) ?? [];
  const tab = tabNamed(tabs, quoted);
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  const row = Number(number) - 1;
  if (row >= tab.rows || column + values.length > tab.columns) fail(`Range (${range}) exceeds grid limits.`);
  for (let at = tab.values.length; at <= row; at++) tab.values.push([]);
  const cells = tab.values[row] ?? [];
  while (cells.length < column) cells.push('');
  cells.splice(column, values.length, ...values);
}

function tabNamed(tabs: readonly StandInTab[], range: string): StandInTab {
  const title = range.replace(/^'|'$/g, '').replaceAll("''", "'");
  return tabs.find((tab) => tab.title === title) ?? fail(`Unable to parse range: ${range}`);
}

function fail(message: string): never {
  throw new Error(message);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
