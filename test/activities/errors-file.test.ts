import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ErrorsUpdate } from '../../src/activities/errors-file';
import { updateErrorsFile } from '../../src/activities/errors-file';
import { projectLayout } from '../../src/files/layout';
import type { ProjectLayout } from '../../src/files/layout';
import { emptyOutcome } from '../../src/flow/outcome';
import type { NodeOutcome } from '../../src/flow/outcome';
import type { PassNode } from '../../src/workflows/messages';
import { readErrorEntries } from '../helpers/errors-file';
import { generator } from '../helpers/flows';

let root: string;
let layout: ProjectLayout;
let remarks: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nbflow-errors-'));
  layout = projectLayout(join(root, 'XYZG3-V0-1.nbflow'), { root });
  mkdirSync(dirname(layout.errorsFile), { recursive: true });
  remarks = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const generators = new Map([1, 2, 3].map((id) => [`0:${id}`, generator({ id })]));
const node = (key: string): PassNode => ({ ...generators.get(key), key }) as unknown as PassNode;
const failed = (key: string): NodeOutcome =>
  emptyOutcome(key, 'failed', { errorType: 'Generation.Timeout', reason: 'too long' });
const update = (outcomes: readonly NodeOutcome[], more: Partial<ErrorsUpdate> = {}): Promise<boolean> =>
  updateErrorsFile({
    layout,
    pass: {
      startedAt: Date.UTC(2026, 4, 12),
      finishedAt: Date.UTC(2026, 4, 12, 1),
      nodes: outcomes.map(({ key }) => node(key)),
      outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome.key, outcome])),
    },
    receipts: new Map(),
    generators,
    prices: { image: 1, video: 10 },
    remarks,
    ...more,
  });
const text = (): string => readFileSync(layout.errorsFile, 'utf8');
const nodes = (): readonly number[] => readErrorEntries(layout.errorsFile).map((entry) => entry.node);

test('nothing failed and nothing was there: no file', async () => {
  expect(await update([emptyOutcome('0:1', 'done')])).toBe(false);
  expect(readdirSync(dirname(layout.errorsFile))).toEqual([]);
});

test('failed nodes are listed, and leave when they are mended', async () => {
  expect(await update([failed('0:1'), failed('0:2')])).toBe(true);
  expect(readErrorEntries(layout.errorsFile)).toMatchObject([
    { node: 1, type: 'Generation.Timeout', kind: 'timeout', message: 'too long' },
    { node: 2, first: '2026-05-12T00:00:00.000Z', last: '2026-05-12T01:00:00.000Z' },
  ]);
  // Only one of them is part of the next pass: what was said of the other stays.
  expect(await update([emptyOutcome('0:1', 'done')])).toBe(false);
  expect(nodes()).toEqual([2]);
});

test('a node that was cancelled, or skipped for what it is made from, is not mended by that', async () => {
  await update([failed('0:1'), failed('0:2'), failed('0:3')]);
  await update([emptyOutcome('0:1', 'cancelled'), emptyOutcome('0:2', 'skipped')]);
  expect(nodes()).toEqual([1, 2, 3]);
  await update([emptyOutcome('0:1', 'reused'), emptyOutcome('0:2', 'skipped', { harmless: true })]);
  expect(nodes()).toEqual([3]);
});

test('a node that is no longer in the file is no longer listed', async () => {
  await update([failed('0:1'), failed('0:2')]);
  await update([], { generators: new Map([...generators].filter(([key]) => key !== '0:1')) });
  expect(nodes()).toEqual([2]);
});

test('when it failed first is remembered while it goes on failing', async () => {
  await update([failed('0:1')]);
  const later = { startedAt: Date.UTC(2026, 4, 14), finishedAt: Date.UTC(2026, 4, 15) };
  await update([], { pass: { ...later, nodes: [node('0:1')], outcomes: { '0:1': failed('0:1') } } });
  expect(readErrorEntries(layout.errorsFile)).toMatchObject([
    { first: '2026-05-12T00:00:00.000Z', last: '2026-05-15T00:00:00.000Z' },
  ]);
});

test('what is not ours keeps every byte, also around the entries', async () => {
  const theirs = '{ "workflow":"elsewhere/OTHER-V0-1",\t"node": "0:1", "big": 12345678901234567890, "ü": "\\u00fc" }';
  const odd = '"a note of mine"';
  const around = (list: string): string => `\uFEFF{"mine": 1,\r\n "entries": ${list}, "version": 1.0}`;
  writeFileSync(layout.errorsFile, around(`[${theirs}, ${odd}]`));
  await update([failed('0:1')]);
  expect(text()).toContain(theirs);
  expect(text()).toContain(odd);
  await update([emptyOutcome('0:1', 'done')]);
  expect(text()).toBe(around(`[\n    ${theirs},\n    ${odd}\n  ]`));
  const before = text();
  await update([emptyOutcome('0:1', 'done')]);
  expect(text()).toBe(before);
});

test('entries of an older version, which name the node by tab and id in one, are mended too', async () => {
  const entries = ['0:1', '0:2'].map((key) => ({ workflow: layout.workflowId, node: key }));
  writeFileSync(layout.errorsFile, JSON.stringify({ version: 1, entries }));
  await update([emptyOutcome('0:1', 'done'), failed('0:2')]);
  expect(nodes()).toEqual([2]);
});

test.each([
  ['my own notes', [failed('0:1')]],
  ['[{"node": 1}]', [failed('0:1')]],
  ['{"version": 1, "entries": [{"workflow": "x", "no', [emptyOutcome('0:1', 'done')]],
  ['', [emptyOutcome('0:1', 'done')]],
])('a file of another shape is kept aside, and that is said: %j', async (content, outcomes) => {
  writeFileSync(layout.errorsFile, content);
  const failing = outcomes.some(({ state }) => state === 'failed');
  expect(await update(outcomes)).toBe(failing);
  expect(nodes()).toEqual(failing ? [1] : []);
  const aside = readdirSync(dirname(layout.errorsFile)).filter((name) => name !== 'errors.json');
  expect(aside).toEqual([expect.stringMatching(/^errors\.json\.bak-2026-05-12-unreadable$/)]);
  expect(readFileSync(join(dirname(layout.errorsFile), aside[0] as string), 'utf8')).toBe(content);
  expect(remarks).toEqual([expect.stringContaining(aside[0] as string)]);
  await update(outcomes);
  expect(remarks).toHaveLength(1);
});

test('twenty exports at once lose no entry of each other', async () => {
  const layouts = Array.from({ length: 20 }, (_, i) => projectLayout(join(root, `XYZG3-V0-${i}.nbflow`), { root }));
  await Promise.all(layouts.map((one) => update([failed('0:1')], { layout: one })));
  expect(
    readErrorEntries(layout.errorsFile)
      .map(({ workflow }) => workflow)
      .sort(),
  ).toEqual(layouts.map(({ workflowId }) => workflowId).sort());
  expect(readdirSync(dirname(layout.errorsFile))).toEqual(['errors.json']);
});
