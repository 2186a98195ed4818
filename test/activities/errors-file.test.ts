import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { updateErrorsFile } from '../../src/activities/errors-file';
import { projectLayout } from '../../src/files/layout';
import { emptyOutcome } from '../../src/flow/outcome';
import type { NodeOutcome } from '../../src/flow/outcome';
import type { ExportInput, PassNode } from '../../src/workflows/messages';

const root = mkdtempSync(join(tmpdir(), 'nbflow-errors-'));
const layout = projectLayout(join(root, 'XYZG3-V0-1.nbflow'), { root });
const node = (key: string): PassNode =>
  ({ key, title: `Node ${key}`, account: 'A', scene: '01', kind: 'image' }) as unknown as PassNode;
const failed = (key: string): NodeOutcome =>
  emptyOutcome(key, 'failed', { errorType: 'Generation.Timeout', reason: 'too long' });
const input = (outcomes: readonly NodeOutcome[]): ExportInput =>
  ({
    pass: 'p',
    nodes: outcomes.map(({ key }) => node(key)),
    outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome.key, outcome])),
  }) as unknown as ExportInput;
const update = (outcomes: readonly NodeOutcome[]): Promise<boolean> =>
  updateErrorsFile(layout.errorsFile, layout, input(outcomes), new Map());
const entries = (): Record<string, unknown>[] =>
  (JSON.parse(readFileSync(layout.errorsFile, 'utf8')) as { entries: Record<string, unknown>[] }).entries;

test('nothing failed and nothing was there: no file', async () => {
  expect(await update([emptyOutcome('0:1', 'done')])).toBe(false);
  expect(() => entries()).toThrow(/ENOENT/);
});

test('failed nodes are listed with both vocabularies, and leave when they are mended', async () => {
  mkdirSync(dirname(layout.errorsFile), { recursive: true });
  expect(await update([failed('0:1'), failed('0:2')])).toBe(true);
  expect(entries()).toMatchObject([{ node: '0:1', type: 'Generation.Timeout', kind: 'timeout' }, { node: '0:2' }]);
  // Only one of them is part of the next pass: what was said of the other stays.
  expect(await update([emptyOutcome('0:1', 'done')])).toBe(false);
  expect(entries().map((entry) => entry['node'])).toEqual(['0:2']);
});

test('entries of other workflows are kept with all their fields', async () => {
  const other = { workflow: 'elsewhere/OTHER-V0-1', node: '0:1', theirs: 1 };
  writeFileSync(layout.errorsFile, JSON.stringify({ version: 1, entries: [other] }));
  await update([failed('0:1')]);
  expect(entries()).toMatchObject([other, { workflow: 'XYZG3-V0-1' }]);
});

test('a file of another shape is set aside, not lost', async () => {
  writeFileSync(layout.errorsFile, 'my own notes');
  await update([failed('0:1')]);
  expect(entries()).toHaveLength(1);
  expect(readFileSync(`${layout.errorsFile}.old`, 'utf8')).toBe('my own notes');
});
