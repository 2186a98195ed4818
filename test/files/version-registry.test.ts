import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Identity, RegistryChange } from '../../src/files/version-registry';
import { readRegistry, readRegistryWorkflow, registryFile, updateRegistry } from '../../src/files/version-registry';
import { runTypescript } from './run-typescript';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'registry-'));
  await mkdir(join(root, 'reference'));
});
afterEach(() => rm(root, { recursive: true }));

const MAY = 'projects/may/xyz-wellness/testing/XYZG3-V0-1';
const identity = (of: Partial<Identity> = {}): Identity => ({
  root,
  workflowId: MAY,
  code: 'XYZG3',
  brand: 'xyz-wellness',
  ...of,
});
const put = (text: string): Promise<void> => writeFile(registryFile(root), text);
const text = (): Promise<string> => readFile(registryFile(root), 'utf8');
const noon = new Date(2026, 10, 27, 12);
const note = (notes: string, id?: string): RegistryChange => ({
  at: noon,
  entry: { version: 'V0-1', notes, ...(id === undefined ? {} : { id }) },
});

const TEAM = `{
  "brands": { "xyz-wellness": { "file": "brands/xyz-wellness.md", "budget": 1.0 } },
  "workflows": {
    "_note": "one entry per code",
    "xyz-wellness": {
      "XYZG3": {
        "current_version": "V0-1", "status": "testing",
        "fanned_out_to_accounts": ["A","B"],
        "owner": "Ann",
        "last_updated": "2026-05-12",
        "history": [
          { "version": "V0-1", "date": "2026-05-12", "notes": "first", "by": "Ann" }
        ]
      }
    },
    "other": { "OTHS1": { "current_version": "V1", "status": "approved" } }
  }
}
`;

test('workflows are read with what is missing as null, remarks and unknown fields left aside', async () => {
  await put(TEAM);
  expect(await readRegistry(root)).toEqual([
    {
      brand: 'xyz-wellness',
      code: 'XYZG3',
      currentVersion: 'V0-1',
      status: 'testing',
      fannedOutTo: ['A', 'B'],
      testAccount: null,
      lastUpdated: '2026-05-12',
      type: null,
      month: null,
      driveLink: null,
      history: [{ version: 'V0-1', date: '2026-05-12', notes: 'first', id: null }],
    },
    expect.objectContaining({ brand: 'other', code: 'OTHS1', currentVersion: 'V1', history: [] }),
  ]);
});

test('a new entry is written in the style of the file, every other byte stays', async () => {
  await put(TEAM);
  expect(await updateRegistry(identity(), note('worker killed, resumed after 4 s', 'pass-1'))).toBe('changed');
  const added = `,
          { "version": "V0-1", "date": "2026-11-27", "notes": "worker killed, resumed after 4 s", "id": "pass-1" }`;
  const expected = TEAM.replace('"by": "Ann" }', `"by": "Ann" }${added}`).replace(
    '"last_updated": "2026-05-12"',
    '"last_updated": "2026-11-27"',
  );
  expect(await text()).toBe(expected);
});

test('the same id, or the same words on the same day, is written once', async () => {
  await put(TEAM);
  expect(await updateRegistry(identity(), note('made', 'pass-1'))).toBe('changed');
  expect(await updateRegistry(identity(), note('made, told again', 'pass-1'))).toBe('same');
  expect(await updateRegistry(identity(), note('by hand'))).toBe('changed');
  const before = await text();
  expect(await updateRegistry(identity(), note('by hand'))).toBe('same');
  expect(await text()).toBe(before);
  const tomorrow = new Date(2026, 10, 28, 12);
  expect(await updateRegistry(identity(), { ...note('by hand'), at: tomorrow })).toBe('changed');
});

test('what a person made of our entry stays', async () => {
  await put(TEAM);
  await updateRegistry(identity(), note('made', 'pass-1'));
  await put((await text()).replace('"made"', '"made, Ann likes it"'));
  expect(await updateRegistry(identity(), note('made', 'pass-1'))).toBe('same');
  expect(await text()).toContain('made, Ann likes it');
});

test('a version is set with its entry; a history that was not there is begun', async () => {
  await put(TEAM);
  const other = identity({ code: 'OTHS1', brand: 'other', workflowId: 'projects/may/other/approved/OTHS1-V1' });
  const change = { at: noon, currentVersion: 'V1-1', entry: { version: 'V1-1', notes: 'bumped from V1' } };
  expect(await updateRegistry(other, change)).toBe('changed');
  expect(await updateRegistry(other, change)).toBe('same');
  expect(await updateRegistry(other, { at: new Date(2026, 10, 28), currentVersion: 'V1-1' })).toBe('same');
  expect(await readRegistryWorkflow(other)).toMatchObject({
    currentVersion: 'V1-1',
    status: 'approved',
    lastUpdated: '2026-11-27',
    history: [{ version: 'V1-1', date: '2026-11-27', notes: 'bumped from V1', id: null }],
  });
});

test('a file that writes times gets times, and a later day is not set back', async () => {
  await put(`{"workflows":{"xyz-wellness":{"XYZG3":{"last_updated":"2027-01-01T08:00:00Z","history":[]}}}}`);
  await updateRegistry(identity(), note('made'));
  expect(await text()).toBe(
    `{"workflows":{"xyz-wellness":{"XYZG3":{"last_updated":"2027-01-01T08:00:00Z",` +
      `"history":[{"version":"V0-1","date":"2026-11-27","notes":"made"}]}}}}`,
  );
  await put(`{"workflows":{"xyz-wellness":{"XYZG3":{"last_updated":"2025-01-01T08:00:00Z"}}}}`);
  await updateRegistry(identity(), note('made'));
  expect(await readRegistryWorkflow(identity())).toMatchObject({ lastUpdated: noon.toISOString() });
});

test.each([
  ['no registry', null],
  ['no workflows', '{"brands":{}}'],
  ['workflows that are null', '{"workflows":null}'],
  ['another code', '{"workflows":{"xyz-wellness":{"XYZG4":{}}}}'],
  ["another brand's workflow of this code", '{"workflows":{"other":{"XYZG3":{}}}}'],
])('%s: nothing is written', async (_, content) => {
  if (content !== null) await put(content);
  expect(await updateRegistry(identity(), note('made'))).toBe('absent');
  expect(await readRegistryWorkflow(identity())).toBeNull();
  expect(await text().catch(() => null)).toBe(content);
});

test.each([
  ['the brand is written another way', '{"workflows":{"XYZ Wellness":{"XYZG3":{}},"b":{"XYZG3":{}}}}', {}],
  ['the registry has no brands', '{"workflows":{"XYZG3":{"current_version":"V0-1"}}}', {}],
  [
    'the path names no brand, and one workflow has the code',
    '{"workflows":{"b":{"XYZG3":{}},"c":{}}}',
    { workflowId: 'XYZG3-V0-1', brand: 'folder' },
  ],
])('found although %s', async (_, content, of) => {
  await put(content);
  expect(await updateRegistry(identity(of), note('made'))).toBe('changed');
});

test('a code that two brands have is not guessed', async () => {
  await put('{"workflows":{"b":{"XYZG3":{}},"c":{"XYZG3":{}}}}');
  expect(await updateRegistry(identity({ workflowId: 'XYZG3-V0-1', brand: 'folder' }), note('made'))).toBe('absent');
});

test.each([
  ['{"workflows":', /not valid JSON: it ends too early, at line 1/],
  ['[]', /the file: expected object, got a list of 0/],
  ['{"workflows":[]}', /workflows: expected record, got a list of 0/],
  ['{"workflows":{"xyz-wellness":"x"}}', /workflows\.xyz-wellness: expected object, got "x"/],
  ['{"workflows":{"xyz-wellness":{"XYZG3":7}}}', /workflows\.xyz-wellness\.XYZG3: expected object, got 7/],
  [
    '{"workflows":{"xyz-wellness":{"XYZG3":{"history":[{"notes":7}]}}}}',
    /workflows\.xyz-wellness\.XYZG3\.history\[0\]\.notes: expected string, got 7/,
  ],
])('%s is refused with the path, and not written', async (content, words) => {
  await put(content);
  const refusal = { type: 'File.Damaged', exitCode: 8, message: expect.stringMatching(words) as string };
  await expect(updateRegistry(identity(), note('made'))).rejects.toMatchObject(refusal);
  await expect(readRegistry(root)).rejects.toMatchObject(refusal);
  expect(await text()).toBe(content);
});

test("another workflow's mistakes do not keep ours from being written", async () => {
  await put('{"workflows":{"xyz-wellness":{"XYZG3":{},"XYZG4":{"history":7}}}}');
  expect(await updateRegistry(identity(), note('made'))).toBe('changed');
});

test('notes that several processes write at once are all there', async () => {
  await put('{"workflows":{"project":{"XYZG3":{"current_version":"V0-1","history":[]}}}}');
  const writer = join(__dirname, 'registry-writer.ts');
  const ended = await Promise.all(['a', 'b', 'c'].map((name) => runTypescript(writer, [root, name, '4'])));
  expect(ended).toEqual(ended.map(() => ({ code: 0, signal: null, stderr: '' })));
  const [workflow] = (await readRegistry(root)) ?? [];
  const ids = workflow?.history.map(({ id }) => id).sort();
  expect(ids).toEqual(['a', 'b', 'c'].flatMap((name) => [0, 1, 2, 3].map((i) => `${name}-${i}`)));
  expect(await readdir(join(root, 'reference'))).toEqual(['.nbflow', 'version-registry.json']);
});

test('notes that one process writes at once are all there', async () => {
  await put(TEAM);
  const ids = ['p1', 'p2', 'p3', 'p2'];
  await Promise.all(ids.map((id) => updateRegistry(identity(), note(id, id))));
  const workflow = await readRegistryWorkflow(identity());
  expect(workflow?.history.map(({ id }) => id).sort()).toEqual([null, 'p1', 'p2', 'p3'].sort());
});

test('whatever else a registry holds, however it is laid out, stays', async () => {
  const any = fc.jsonValue({ maxDepth: 3 });
  const indent = fc.constantFrom(undefined, 1, 2, '\t');
  const fields = fc.dictionary(fc.stringMatching(/^x[a-z"\\é]{0,6}$/), any, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(
      fields,
      fields,
      fields,
      indent,
      fc.string({ maxLength: 40 }),
      async (top, brand, own, space, words) => {
        const others = Object.fromEntries(Object.keys(brand).map((code) => [code, { own }]));
        const entry = { version: 'V0-1', date: '2026-05-12', notes: 'first', ...own };
        const before = {
          ...top,
          workflows: { other: others, 'xyz-wellness': { ...others, XYZG3: { ...own, history: [entry] } } },
        };
        const content = JSON.stringify(before, null, space);
        await put(content);
        await updateRegistry(identity(), note(words, 'pass-1'));
        const after = await text();
        const workflow = {
          ...own,
          history: [entry, { version: 'V0-1', date: '2026-11-27', notes: words, id: 'pass-1' }],
          last_updated: '2026-11-27',
        };
        const workflows = { ...before.workflows, 'xyz-wellness': { ...others, XYZG3: workflow } };
        expect(JSON.parse(after)).toEqual(JSON.parse(JSON.stringify({ ...before, workflows })));
        // Taking the two new pieces out again leaves the old bytes.
        expect(isSubsequence(content, after)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at += 1;
  return at === part.length;
}
