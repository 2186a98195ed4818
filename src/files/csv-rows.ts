/** The text of a CSV file as rows whose bytes are known: what is not edited keeps them, quotes and line ends included. */
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { FlowError } from '../flow/errors';

export interface CsvRow {
  readonly cells: readonly string[];
  /** As it stands in the file, with its line end; null for a row that is not in it as it is here. */
  readonly raw: string | null;
}

export interface CsvText {
  readonly bom: boolean;
  readonly delimiter: string;
  readonly lineEnd: string;
  /** Whether cells are quoted that need no quotes. */
  readonly quoted: boolean;
  readonly rows: readonly CsvRow[];
}

/** What a new file looks like; spreadsheets take it for UTF-8 by its byte order mark. */
export const EMPTY_CSV: CsvText = { bom: true, delimiter: ',', lineEnd: '\r\n', quoted: false, rows: [] };

const BOM = '\ufeff';
const DELIMITERS = [',', ';', '\t'] as const;
const LINE_ENDS = ['\r\n', '\n', '\r'];

/** Throws FlowError `File.Damaged` (exit 8) naming the line. */
export function parseCsv(text: string, file: string): CsvText {
  const bom = text.startsWith(BOM);
  const body = Buffer.from(bom ? text.slice(1) : text);
  if (body.length === 0) return { ...EMPTY_CSV, bom };
  const delimiter = delimiterOf(body.toString());
  const rows: CsvRow[] = [];
  let at = 0;
  for (const { record, info } of records(body, delimiter, file)) {
    rows.push({ cells: record, raw: body.toString('utf8', at, info.bytes) });
    at = info.bytes;
  }
  const head = rows[0]?.raw ?? '';
  return {
    bom,
    delimiter,
    lineEnd: LINE_ENDS.find((end) => head.endsWith(end)) ?? EMPTY_CSV.lineEnd,
    quoted: head.startsWith('"') && !/[,;\t\r\n"]/.test(rows[0]?.cells[0] ?? ''),
    rows,
  };
}

export function formatCsv({ bom, delimiter, lineEnd, quoted, rows }: CsvText): string {
  const lines = rows.map(({ cells, raw }, index) => {
    const line = raw ?? formatRow(cells, { delimiter, lineEnd, quoted });
    // The last line of a file need not end; when something follows, it must.
    return index < rows.length - 1 && !/[\r\n]$/.test(line) ? line + lineEnd : line;
  });
  return (bom ? BOM : '') + lines.join('');
}

function formatRow(
  cells: readonly string[],
  { delimiter, lineEnd, quoted }: Pick<CsvText, 'delimiter' | 'lineEnd' | 'quoted'>,
): string {
  return stringify([[...cells]], { delimiter, record_delimiter: lineEnd, quoted, quoted_match: /[\r\n]/ });
}

/** `bytes`: where the record ends, its line end included. */
const recordsSchema = z.array(z.object({ record: z.array(z.string()), info: z.object({ bytes: z.number() }) }));

function records(body: Buffer, delimiter: string, file: string): z.infer<typeof recordsSchema> {
  try {
    const options = { delimiter, info: true, relax_column_count: true, record_delimiter: LINE_ENDS };
    return recordsSchema.parse(parse(body, options));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new FlowError(
      'File.Damaged',
      `${file} is no whole CSV file: ${error.message}. Nothing was written into it.`,
      8,
      ['Open it in a spreadsheet program and save it again as CSV (UTF-8), then type the same command again.'],
      { cause: error },
    );
  }
}

/** Spreadsheets of some countries write semicolons; the first lines show it, of which one may be a title. */
function delimiterOf(text: string): string {
  const start = text
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]+/)
    .slice(0, 10)
    .join('\n');
  const counts = DELIMITERS.map((delimiter) => start.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
