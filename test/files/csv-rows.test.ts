import fc from 'fast-check';
import type { CsvText } from '../../src/files/csv-rows';
import { EMPTY_CSV, formatCsv, parseCsv } from '../../src/files/csv-rows';

const FILE = 'Testing Workflows.csv';
const cellsOf = (csv: CsvText): readonly (readonly string[])[] => csv.rows.map(({ cells }) => cells);
const withRow = (csv: CsvText, cells: readonly string[]): CsvText => ({
  ...csv,
  rows: [...csv.rows, { cells, raw: null }],
});

test('quotes, line ends in cells and ragged rows are read', () => {
  const csv = parseCsv('\ufeffa,"b ""x"""\r\n"two\nlines",2,3\r\n\r\n last ', FILE);
  expect(cellsOf(csv)).toEqual([['a', 'b "x"'], ['two\nlines', '2', '3'], [''], [' last ']]);
  expect(csv).toMatchObject({ bom: true, delimiter: ',', lineEnd: '\r\n' });
});

test.each([
  ['commas, LF', 'a,b\n1,2\n', 'a,b\n1,2\nx,"y,z;"\n'],
  [
    'semicolons under a title, CRLF',
    'Title\r\na;b;c\r\n1;2;"3,4,5"\r\n',
    'Title\r\na;b;c\r\n1;2;"3,4,5"\r\nx;"y,z;"\r\n',
  ],
  ['tabs', 'a\tb\n', 'a\tb\nx\ty,z;\n'],
  ['everything quoted', '"a","b"\n', '"a","b"\n"x","y,z;"\n'],
  ['no line end at the end', 'a,b\n1,2', 'a,b\n1,2\nx,"y,z;"\n'],
  ['a byte order mark', '\ufeffa,b\n', '\ufeffa,b\nx,"y,z;"\n'],
  ['nothing', '', 'x,"y,z;"\r\n'],
])('a row is added to a file with %s in its own way', (_, before, after) => {
  expect(formatCsv(withRow(parseCsv(before, FILE), ['x', 'y,z;']))).toBe(after);
});

test.each([
  ['a,b\n"x', /quote/i],
  ['a,b\n"x"y,2\n', /at line 2/],
])('%j is refused with the file and the line', (text, words) => {
  expect(() => parseCsv(text, FILE)).toThrow(
    expect.objectContaining({
      type: 'File.Damaged',
      exitCode: 8,
      message: expect.stringMatching(words) as string,
    }) as Error,
  );
  expect(() => parseCsv(text, FILE)).toThrow(FILE);
});

const cell = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('', '"', 'a,b', 'x\ny', 'x\r\ny', '\r', ';', '\t', ' ', 'é'))
  .filter((text) => !text.includes('\ufeff'));

test('whatever is written is read again, and what is read keeps its bytes', () => {
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.constantFrom('\r\n', '\n'), fc.boolean(), (cells, lineEnd, bom) => {
      // Delimiters are guessed from what stands outside quotes: a first row of headings settles it.
      const head = { cells: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm'], raw: null };
      const csv = { ...EMPTY_CSV, bom, lineEnd, rows: [head, ...cells.map((row) => ({ cells: row, raw: null }))] };
      const text = formatCsv(csv);
      const read = parseCsv(text, FILE);
      expect(cellsOf(read)).toEqual([head.cells, ...cells]);
      expect(formatCsv(read)).toBe(text);
    }),
    { numRuns: 300 },
  );
});
