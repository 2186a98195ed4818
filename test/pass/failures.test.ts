/** The backend says no: the node fails, its clip is skipped, its siblings end well, and the next run mends it. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ErrorEntry } from '../../src/flow/error-entries';
import { readErrorEntries } from '../helpers/errors-file';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const errorEntries = (): readonly ErrorEntry[] => readErrorEntries(project.layout.errorsFile);

describe.each([
  { code: 400, tries: 2, type: 'Generation.Failed' },
  { code: 500, tries: 3, type: 'Generation.Failed' },
])('code $code', ({ code, tries, type }) => {
  test(`is tried ${tries} times, then fails its node alone; a second run mends it`, async () => {
    const match = { type: 'image' as const, promptContains: 'take 2.1' };
    backend.faults.add({ kind: 'fail', code, message: 'NOT_THIS_ONE', count: 4 * tries, match });
    const answer = await rig.run(project, backend, ['--scene', '1,2'], 1);
    expect(answer).toMatchObject({
      state: 'done-with-failures',
      nodes: { done: 2, failed: 1, skipped: 1 },
      generations: { paid: 8 + 4 * tries, lost: 0 },
      errorsFile: project.layout.errorsFile,
    });
    expect(answer.next.join('\n')).toContain('nbflow run');
    expect(backend.bill()).toMatchObject({ paid: 8 + 4 * tries, failed: 4 * tries });
    expectBillInReceipts(project, backend);
    expect(errorEntries()).toMatchObject([
      { workflow: project.workflowId, scene: '02', rows: [1], type, attempts: tries, paid: 4 * tries },
    ]);
    expect(errorEntries()[0]).toMatchObject({ candidates: Array(4).fill({ state: 'failed', code }) });
    expect(errorEntries()[0]?.message).toContain('NOT_THIS_ONE');

    const mended = await rig.run(project, backend, ['--scene', '1,2']);
    expect(mended).toMatchObject({ state: 'done', nodes: { reused: 2, done: 2 }, errorsFile: null });
    expect(mended.generations.paid).toBe(8);
    expect(errorEntries()).toEqual([]);
    expectBillInReceipts(project, backend);
    await expectResultsOpen(project, mended.output, 16);
  });
});

test('a failure that clears on the next try costs one generation and fails nothing', async () => {
  backend.faults.add({ kind: 'fail', code: 500, count: 1, match: { type: 'video' } });
  const answer = await rig.run(project, backend, ['--scene', '1']);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 9 } });
  expectBillInReceipts(project, backend);
});

test('entries of other files in errors.json are kept', async () => {
  const match = { promptContains: 'take 1.1', type: 'image' as const };
  backend.faults.add({ kind: 'fail', code: 403, count: 4, match });
  await rig.run(project, backend, ['--scene', '1'], 1);
  const other = { workflow: 'somebody/else', node: '0:5', note: 'mine' };
  const file = JSON.parse(readFileSync(project.layout.errorsFile, 'utf8')) as { entries: unknown[] };
  writeFileSync(project.layout.errorsFile, JSON.stringify({ ...file, entries: [...file.entries, other] }));
  await rig.run(project, backend, ['--scene', '1']);
  const left = JSON.parse(readFileSync(project.layout.errorsFile, 'utf8')) as { entries: unknown[] };
  expect(left.entries).toEqual([other]);
});

test('a reference that answers with a page is not paid for as a picture, and named', async () => {
  const spoilt = rig.project('XYZG3-V0-1', (text) => text.replace(/avatar-sheets\/[^"]+/g, 'page.html'));
  const end = await rig.startRun(spoilt, backend, ['--scene', '1', '--mode', 'images']).ended;
  expect([end.code, backend.paid()]).toEqual([1, 0]);
  const [entry] = readErrorEntries(spoilt.layout.errorsFile);
  expect(entry?.message).toMatch(/can't be had \(.* is not a whole picture: it is no PNG, JPEG or WebP file\)/);
});
