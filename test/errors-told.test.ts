import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorsTold } from '../src/errors-told';
import type { Action, Plan } from '../src/flow/plan-types';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'errors-told-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const planOf = (actions: Readonly<Record<string, Action>>): Plan => {
  const nodes = Object.entries(actions).map(([key, action]) => ({
    key,
    skip: null,
    rows: [{ candidates: [{ action }] }],
  }));
  return { nodes } as unknown as Plan;
};
const told = (text: string | null, plan: Plan | null = null): Promise<readonly string[]> => {
  const errorsFile = join(folder, 'errors.json');
  rmSync(errorsFile, { force: true });
  if (text !== null) writeFileSync(errorsFile, text);
  return errorsTold({ errorsFile, workflowId: 'a/XYZG3-V0-1' }, plan);
};
const ours = (...entries: readonly object[]): string =>
  JSON.stringify({ version: 1, entries: entries.map((one) => ({ workflow: 'a/XYZG3-V0-1', ...one })) });

test('our entries about this file, and which of them are out of date', async () => {
  const text = ours(
    { tab: 0, node: 5, title: 'Scene 01 — image gen', words: 'G-Labs refused it' },
    { tab: 0, node: 9, title: 'Scene 01 — video gen', message: 'TIMEOUT' },
    { tab: 0, node: 5, title: 'of another file', workflow: 'b' },
  );
  expect(await told(text, planOf({ '0:5': 'reuse', '0:9': 'generate' }))).toEqual([
    expect.stringMatching(/^Scene 01 — image gen: G-Labs refused it \(out of date: it is made since/),
    'Scene 01 — video gen: TIMEOUT',
  ]);
  expect(await told(null)).toEqual([]);
});

test.each([
  ['a bare list', [{ nodeId: 17, errorType: '522', message: '522 timeout' }], 'node 17: 522: 522 timeout'],
  ['a list by any name', { failed: [{ node_id: '17', type: 'api_error', error: 'boom' }] }, 'node 17: api_error: boom'],
  ['an entry that says nothing', [{ odd: true }], 'some node: no reason given'],
])("another runner's list is told as far as it can be read: %s", async (_, list, line) => {
  const lines = await told(JSON.stringify(list));
  expect(lines).toEqual([line, expect.stringMatching(/another runner.* sets it aside/)]);
});

test.each(['', '{', '[]', '[1, null]', 'null', '{"entries": 7}'])(
  '%j can not be read, and that is told',
  async (text) => {
    expect(await told(text)).toEqual([expect.stringMatching(/^It can not be read; .* sets it aside/)]);
  },
);

test('a long list is cut', async () => {
  const lines = await told(JSON.stringify(Array.from({ length: 30 }, (_, i) => ({ node: i, message: 'x' }))));
  expect([lines.length, lines[20]]).toEqual([22, '… and 10 more']);
});
