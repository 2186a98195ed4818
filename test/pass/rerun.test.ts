/** Re-rolls: fresh candidates for a scene or for one candidate, at their price; what was there stays on record. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts } from '../helpers/judge';
import { atTerminal } from '../helpers/terminal';

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

test('at a terminal it asks first, and then whether the clip made from the old picture is made again too', async () => {
  await rig.run(project, backend, ['--scene', '1']);
  const args = ['rerun', project.file, '--scene', '1', '--server', backend.url];
  const answer = (...answers: string[]): ReturnType<typeof atTerminal> =>
    atTerminal(args, answers, { cwd: project.folder, env: rig.env });
  const unwilling = await answer('n');
  expect([unwilling.code, backend.paid()]).toEqual([0, 8]);
  const pictures = await answer('y', 'n');
  expect([pictures.code, backend.paid()]).toEqual([0, 12]);
  expect(pictures.shown).toMatch(/Scene 01 — video gen was made from a picture of before[^]*for 40 units/);
  const both = await answer('y', 'y');
  expect([both.code, backend.paid()]).toEqual([0, 20]);
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

test('what a run would refuse is refused with nothing put aside: too small a budget, no G-Labs, a file with errors', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const text = project.text();
  const refused = async (...args: string[]): Promise<unknown> => {
    const { code, stderr } = await rig.cli(project, ['rerun', project.file, '--scene', '1', '--yes', ...args]);
    return [code, stderr];
  };
  const small = await refused('--kind', 'image', '--budget', '3', '--server', backend.url);
  expect(small).toEqual([5, expect.stringMatching(/would cost 4 units.*--budget 4/s)]);
  const silent = await refused('--server', 'http://127.0.0.1:9');
  expect(silent).toEqual([4, expect.stringMatching(/does not answer.*the same command/s)]);
  project.write(text.replaceAll('"nano_banana_2"', '"another"'));
  expect(await refused('--server', backend.url)).toEqual([3, expect.stringContaining('--fix')]);
  project.write(text);
  expect(
    jsonOf(await rig.cli(project, ['plan', project.file, '--scene', '1', '--mode', 'images', '--json'])),
  ).toMatchObject({ price: 0 });
});

test('with --attempts a candidate that is refused is asked for again until it succeeds, and not once more than said', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const refuse = (count: number): unknown => backend.faults.add({ kind: 'fail', code: 400, message: 'Refused', count });
  const one = ['rerun', project.file, '--scene', '1', '--candidate', '2', '--attempts', '5'];
  expect(jsonOf(await rig.cli(project, [...one, '--dry-run', '--json']))).toMatchObject({
    candidates: 1,
    price: 1,
    most: 5,
  });
  refuse(4);
  expect(await rerun('--scene', '1', '--candidate', '2', '--attempts', '5')).toMatchObject({
    generations: { paid: 5 },
  });
  expect(backend.bill()).toMatchObject({ paid: 4 + 5, failed: 4 });

  refuse(9);
  const end = await rig.cli(project, [...one, '--server', backend.url, '--yes', '--json']);
  expect([end.code, jsonOf<RunAnswer>(end).generations.paid, backend.paid()]).toEqual([1, 5, 4 + 5 + 5]);
  const wrong = await rig.cli(project, ['rerun', project.file, '--scene', '1', '--attempts', '11']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('from 1 to 10')]);
  expectBillInReceipts(project, backend);
});

test('one row of a Dynamic node: its clips are made again in their places, the other rows stay', async () => {
  const dynamic = rig.project('week-1-testing');
  await rig.run(dynamic, backend, ['--node', '4,8']);
  const clips = (): readonly unknown[] => {
    const { tabs } = JSON.parse(dynamic.text()) as {
      tabs: { graphData: { nodes: { id: number; properties: object }[] } }[];
    };
    const node = tabs[0]?.graphData.nodes.find(({ id }) => id === 8);
    return (node?.properties as { _savedVideos: unknown[] })._savedVideos;
  };
  const [before, paid] = [clips(), backend.paid()];
  expect(before).toHaveLength(8);
  const args = [
    'rerun',
    dynamic.file,
    '--node',
    '8',
    '--row',
    '3',
    '--kind',
    'video',
    '--server',
    backend.url,
    '--json',
  ];
  expect(jsonOf(await rig.cli(dynamic, [...args, '--dry-run']))).toMatchObject({ candidates: 2, price: 20 });
  expect((await rig.cli(dynamic, [...args, '--yes'])).code).toBe(0);
  expect(backend.paid()).toBe(paid + 2);
  expect(clips().map((clip, i) => clip === before[i])).toEqual([true, true, true, true, false, false, true, true]);

  const story = jsonOf<{ nodes: { generations: { row: number }[] }[] }>(
    await rig.cli(dynamic, ['why', dynamic.file, '--node', '8', '--row', '3', '--json']),
  );
  expect(story.nodes.flatMap(({ generations }) => generations.map(({ row }) => row))).toEqual([3, 3, 3, 3]);
});
