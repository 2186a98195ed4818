import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsvTracker } from '../../src/files/tracker-csv';
import { planTracker } from '../../src/flow/tracker';
import type { TrackerWorkflow } from '../../src/flow/tracker-types';
import { changingPlaces, workflowOf } from '../helpers/sheets';
import { runTypescript } from './run-typescript';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracker-'));
});
afterEach(() => rm(folder, { recursive: true }));

const pathOf = (tab: string): string => join(folder, `${tab}.csv`);
const read = (tab: string): string => readFileSync(pathOf(tab), 'utf8');

async function sync(...workflows: readonly TrackerWorkflow[]): Promise<boolean> {
  const tracker = new CsvTracker(folder);
  return tracker.write(planTracker(workflows, await tracker.read()));
}

test('a folder that is not there becomes three files with headings, which a second sync leaves alone', async () => {
  folder = join(folder, 'reference', 'tracker');
  const workflow = workflowOf('XYZG3', {
    notes: '=not a formula',
    history: [{ date: '2026-11-27', version: 'V0-1', notes: '-5 scenes' }],
  });
  expect(await sync(workflow)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual([
    'Approved Workflows.csv',
    'Testing Workflows.csv',
    'Version History.csv',
  ]);
  expect(read('Testing Workflows')).toBe(
    '\ufeffWorkflow,Brand,Current version,Status,Fan-out,Last updated,File,Drive link,Notes\r\n' +
      "XYZG3,xyz-wellness,V0-1,testing,,2026-11-27,projects/may/xyz-wellness/testing/XYZG3-V0-1.nbflow,,'=not a formula\r\n",
  );
  expect(read('Version History')).toContain(",V0-1,'-5 scenes\r\n");
  const before = readdirSync(folder).map((name) => statSync(join(folder, name)).ino);
  expect(await sync(workflow)).toBe(true);
  expect(readdirSync(folder).map((name) => statSync(join(folder, name)).ino)).toEqual(before);
});

test("rows that do not change keep their bytes, people's cells are never guarded, permissions stay", async () => {
  const rows = ['Idea ,"a ""dog""",=SUM(A1:A2)', 'XYZG3,"V0-1",=1+1', ' odd; spacing ,,'];
  const head = 'Workflow,Version,Sum,Brand,Status,Fan-out,Last updated,File,Drive link,Notes';
  writeFileSync(pathOf('Testing Workflows'), [head, ...rows].join('\n'));
  chmodSync(pathOf('Testing Workflows'), 0o640);
  await sync(workflowOf('XYZG3', { version: 'V0-2', updated: null, file: null }));
  expect(read('Testing Workflows')).toBe([head, rows[0], 'XYZG3,V0-2,=1+1,xyz-wellness,testing', rows[2]].join('\n'));
  expect(statSync(pathOf('Testing Workflows')).mode & 0o777).toBe(0o640);
});

test('a workflow that is approved goes from one file into the other', async () => {
  writeFileSync(pathOf('Testing Workflows'), '\ufeffWorkflow,Sum\r\nXYZG3,=A1\r\n');
  await sync(workflowOf('XYZG3'), workflowOf('XYZG4'));
  await sync(workflowOf('XYZG3', { status: 'approved', version: 'V1' }), workflowOf('XYZG4'));
  expect(read('Testing Workflows')).toMatch(/^\ufeffWorkflow.*\r\nXYZG4,.*\r\n$/);
  // A formula of people's stays one.
  expect(read('Approved Workflows')).toMatch(/^\ufeffWorkflow.*,Sum\r\nXYZG3,xyz-wellness,V1,approved,.*,=A1\r\n$/);
});

test('what somebody saves meanwhile is not overwritten', async () => {
  await sync(workflowOf('XYZG3'));
  const tracker = new CsvTracker(folder);
  const plan = planTracker([workflowOf('XYZG3', { version: 'V0-2' })], await tracker.read());
  writeFileSync(pathOf('Testing Workflows'), 'Workflow\nmine\n');
  expect(await tracker.write(plan)).toBe(false);
  expect(read('Testing Workflows')).toBe('Workflow\nmine\n');
  expect(readdirSync(folder)).toHaveLength(3);
});

test.each([
  ['bytes that are not UTF-8', () => writeFileSync(pathOf('Testing Workflows'), Buffer.from([0x41, 0xe9, 0x0a])), 8],
  ['UTF-16', () => writeFileSync(pathOf('Testing Workflows'), Buffer.from('Workflow', 'utf16le')), 8],
  ['a folder', () => mkdirSync(pathOf('Testing Workflows')), 2],
  ['a quote that does not end', () => writeFileSync(pathOf('Testing Workflows'), 'Workflow\n"XYZG3'), 8],
])('%s in place of a tab is refused with its name and what to do', async (_, make, exitCode) => {
  make();
  const refusal = await sync(workflowOf('XYZG3')).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ exitCode, message: expect.stringContaining('Testing Workflows.csv') as string });
  if (exitCode === 8) expect(refusal).toMatchObject({ next: [expect.stringContaining('UTF-8')] });
  expect(readdirSync(folder)).toEqual(['Testing Workflows.csv']);
});

describe('a sync that is killed with kill -9', () => {
  // Each of two files is written, then written again without the row that left it; the history once.
  const deaths = [1, 2, 3, 4, 5].flatMap((count) => ['before', 'after'].map((when) => [count, when] as const));
  const files = (): Record<string, string> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

  test.each(deaths)('at file %i, %s it has its name: no row is lost, and the next one ends it', async (count, when) => {
    await sync(...changingPlaces('before'));
    const first = files();
    await sync(...changingPlaces('after'));
    const whole = files();
    for (const [name, text] of Object.entries(first)) writeFileSync(join(folder, name), text);
    const end = await runTypescript(join(__dirname, 'tracker-killed.ts'), [folder, String(count), when]);
    expect(end).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    const both = read('Approved Workflows') + read('Testing Workflows');
    for (const { code } of changingPlaces('before')) expect(both).toContain(code);
    await sync(...changingPlaces('after'));
    expect(files()).toEqual(whole);
  });
});
