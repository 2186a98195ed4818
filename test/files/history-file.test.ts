import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addHistory, readHistory } from '../../src/files/history-file';
import { logInterruption, readInterruptions } from '../../src/files/interruption-log';
import type { HistoryEntry } from '../../src/flow/history';
import type { Interruption } from '../../src/flow/interruption';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nbflow history '));
  file = join(dir, 'Assets', 'XYZG3', '.nbflow', 'history.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function entry(id: string, text = `text of ${id}`): HistoryEntry {
  return { schema: 1, id, at: '2026-05-12T14:30:00.000Z', version: 'V0-1', kind: 'note', text };
}

const ids = async (): Promise<readonly string[]> => (await readHistory(file)).entries.map(({ id }) => id);

test('no file is an empty history; the first entry makes it', async () => {
  expect(await readHistory(file)).toEqual({ entries: [], unreadable: 0 });
  expect(await addHistory(file, entry('a'))).toEqual(entry('a'));
  expect(await readHistory(file)).toEqual({ entries: [entry('a')], unreadable: 0 });
});

test('an entry that is told again stays as it was first told', async () => {
  await addHistory(file, entry('a', 'first'));
  expect(await addHistory(file, entry('a', 'second'))).toEqual(entry('a', 'first'));
  expect((await readHistory(file)).entries).toEqual([entry('a', 'first')]);
});

test('entries that come at the same time are all there', async () => {
  const wanted = Array.from({ length: 12 }, (_, i) => `e${i}`);
  await Promise.all(wanted.map((id) => addHistory(file, entry(id))));
  expect([...(await ids())].sort()).toEqual([...wanted].sort());
});

test('a last line that is torn at any byte hides no other, is kept, and what comes next is a line of its own', async () => {
  await addHistory(file, entry('a'));
  const whole = readFileSync(file, 'utf8');
  const next = JSON.stringify(entry('b'));
  for (let bytes = 0; bytes < next.length; bytes += 7) {
    writeFileSync(file, whole + next.slice(0, bytes));
    await addHistory(file, entry('c'));
    expect(await ids()).toEqual(['a', 'c']);
    expect(readFileSync(file, 'utf8').startsWith(whole + next.slice(0, bytes))).toBe(true);
  }
});

test('a whole last line that only lacks its end counts, and is not told twice', async () => {
  await addHistory(file, entry('a'));
  truncateSync(file, readFileSync(file).length - 1);
  await addHistory(file, entry('a', 'again'));
  await addHistory(file, entry('b'));
  expect(await ids()).toEqual(['a', 'b']);
});

test('lines of another shape stay byte for byte and are counted', async () => {
  await addHistory(file, entry('a'));
  const foreign = '{"schema":2,"id":"x","mood":"good"}\nnot json\n';
  appendFileSync(file, foreign);
  await addHistory(file, entry('b'));
  expect(readFileSync(file, 'utf8')).toContain(foreign);
  expect(await readHistory(file)).toMatchObject({ unreadable: 2 });
  expect(await ids()).toEqual(['a', 'b']);
});

test('interruptions are read by pass, also behind a torn line', async () => {
  const receiptsDir = join(dir, 'v0-1', 'receipts');
  const since = '2026-05-12T14:30:00.000Z';
  const one = (pass: string): Interruption => ({
    ...{ pass, worker: 'host 12 ticks:7', how: 'killed', step: 'node', node: 'Scene 06' },
    ...{ since, resumed: since },
  });
  expect(await readInterruptions(receiptsDir, 'p1')).toEqual([]);
  await logInterruption(receiptsDir, one('p1'));
  appendFileSync(join(dir, 'v0-1', 'interruptions.jsonl'), '{"pass":"p1","wor');
  await Promise.all([logInterruption(receiptsDir, one('p2')), logInterruption(receiptsDir, one('p1'))]);
  expect(await readInterruptions(receiptsDir, 'p1')).toEqual([one('p1'), one('p1')]);
});
