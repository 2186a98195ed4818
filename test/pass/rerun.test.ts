/** Re-rolls: fresh candidates for a scene or for one candidate, at their price; what was there stays on record. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts } from '../helpers/judge';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

async function rerun(...args: string[]): Promise<RunAnswer> {
  const end = await rig.cli(project, ['rerun', project.file, '--server', backend.url, '--yes', '--json', ...args]);
  if (end.code !== 0) throw new Error(`exit ${end.code}:\n${end.stdout}\n${end.stderr}`);
  return jsonOf<RunAnswer>(end);
}
const urls = (): readonly (string | null)[] =>
  current(project)
    .filter(({ mediaType }) => mediaType?.startsWith('image/'))
    .map(({ url }) => url);

test('a scene: four new pictures stand in the cache and the gallery, the clip stays, a restore goes back for nothing', async () => {
  await rig.run(project, backend, ['--scene', '1']);
  const [before, text] = [urls(), project.text()];
  const answer = await rerun('--scene', '1');
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 4 } });
  const after = urls();
  expect([backend.paid(), after.filter((url) => before.includes(url))]).toEqual([12, []]);
  // Once in the cache and once in the gallery behind it.
  for (const url of after) expect(project.text().split(JSON.stringify(url)).length - 1).toBeGreaterThanOrEqual(2);
  expect(jsonOf(await rig.cli(project, ['plan', project.file, '--scene', '1', '--json']))).toMatchObject({ price: 0 });

  expect((await rig.cli(project, ['restore', project.file, 'pre-rerun'])).code).toBe(0);
  expect(project.text()).toBe(text);
  await rig.run(project, backend, ['--scene', '1']);
  expect(backend.paid()).toBe(12);
  expectBillInReceipts(project, backend);
});

test('one candidate: one is paid for, the others stay', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const before = urls();
  const answer = await rerun('--scene', '1', '--candidate', '2');
  expect([answer.generations.paid, urls().filter((url) => !before.includes(url)).length]).toEqual([1, 1]);
  expectBillInReceipts(project, backend);
});

test('pictures of an older runner, without receipts, are made afresh too', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const before = urls();
  rmSync(join(project.layout.receiptsDir, '..', '..'), { recursive: true });
  const answer = await rerun('--scene', '1');
  expect([answer.generations.paid, urls().some((url) => before.includes(url))]).toEqual([4, false]);
});

test('it is priced first, and needs a scene', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const dry = await rig.cli(project, ['rerun', project.file, '--scene', '1,2', '--dry-run', '--json']);
  expect(jsonOf(dry)).toMatchObject({ candidates: 8, price: 8 });
  const unnamed = await rig.cli(project, ['rerun', project.file, '--yes']);
  expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('--scene 3')]);
  expect(backend.paid()).toBe(4);
});
