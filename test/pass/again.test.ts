/** Runs after the first: what is there is reused, and only what a person asks for is paid for. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig } from '../helpers/rig';
import { billed, eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { outsideCaches } from '../helpers/outside-caches';
import { FIXTURES } from '../helpers/references';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const kinds = (): string[] => backend.bill().entries.map(({ type }) => type);

test('pictures first, then everything: the clips are made from the pictures that are there', async () => {
  const pictures = await rig.run(project, backend, ['--mode', 'images']);
  expect(pictures).toMatchObject({ state: 'done', generations: { paid: 20 } });
  expect(new Set(kinds())).toEqual(new Set(['image']));
  const all = await rig.run(project, backend);
  expect(all).toMatchObject({ state: 'done', generations: { paid: 20, reused: 20 }, nodes: { reused: 5, done: 5 } });
  expect(kinds().slice(20)).toEqual(Array<string>(20).fill('video'));
  await expectResultsOpen(project, all.output, 40);
});

test('chosen scenes alone are paid for, with the pictures that their clips need', async () => {
  const answer = await rig.run(project, backend, ['--scene', '2,4']);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 16 } });
  const scenes = new Set(project.receipts().map((receipt) => receipt.node.scene));
  expect(scenes).toEqual(new Set(['02', '04']));
  expect(outsideCaches(project.text())).toBe(outsideCaches(project.original));
});

test('chosen accounts alone are paid for', async () => {
  const five = rig.project('XYZS1-V0-4');
  const answer = await rig.run(five, backend, ['--account', 'B', '--scene', '1', '--mode', 'images']);
  expect(answer.generations.paid).toBe(4);
  expect(five.receipts().map((receipt) => receipt.node.account)).toEqual(['Account B']);
});

test('a scene that is not there is named, and nothing starts', async () => {
  const end = await rig.cli(project, ['run', project.file, '--server', backend.url, '--scene', '77']);
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(/77/);
  expect(backend.paid()).toBe(0);
});

test('without the cache the chosen scene is paid for again, and its older files stay', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const before = project.generations();
  const again = await rig.run(project, backend, ['--scene', '1', '--mode', 'images', '--no-cache']);
  expect(again.generations.paid).toBe(4);
  expect(backend.paid()).toBe(8);
  expectBillInReceipts(project, backend);
  for (const { url } of before) expect((await fetch(url ?? '')).status).toBe(200);
  expect(project.generations().filter(({ superseded }) => superseded)).toHaveLength(4);
});

test('a prompt edited between two runs makes that node again, and no other', async () => {
  await rig.run(project, backend, ['--mode', 'images']);
  project.write(project.text().replace('leaning on the counter, take 2.1', 'sitting on the sofa'));
  const again = await rig.run(project, backend, ['--mode', 'images']);
  expect(again).toMatchObject({ generations: { paid: 4, reused: 16 }, nodes: { done: 1, reused: 4 } });
  const prompts = new Set(billed(backend.bill()).slice(20));
  expect([...prompts]).toEqual([expect.stringContaining('sitting on the sofa')]);
});

test('an edit that is undone uses the old pictures again, and doing it again the newer ones; nothing is paid', async () => {
  const pictures = ['--mode', 'images', '--scene', '1,2'];
  await rig.run(project, backend, pictures);
  const [before, text] = [project.generations(), project.text()];
  const edit = (): void => project.write(project.text().replace('take 2.1', 'take 2.1 on the sofa'));
  edit();
  expect((await rig.run(project, backend, pictures)).generations.paid).toBe(4);
  const listed = project.text();
  const undo = (): void => project.write(project.text().replace('take 2.1 on the sofa', 'take 2.1'));
  undo();
  const undone = await rig.run(project, backend, pictures);
  expect(undone).toMatchObject({ state: 'done', generations: { paid: 0 } });
  for (const { url } of before) expect(project.text()).toContain(JSON.stringify(url));
  edit();
  expect((await rig.run(project, backend, pictures)).generations.paid).toBe(0);
  expect(project.text()).toContain(/"(http[^"]*scene02-c1\.png)"/.exec(listed)?.[0]);
  // Back to the file of before, as PatchWork's undo leaves it: its own links are the old ones.
  project.write(text);
  const args = ['plan', project.file, '--server', backend.url, ...pictures];
  expect((await rig.cli(project, args)).stdout).toMatch(/4 reused \(made before with these very inputs\)|4 to finish/);
  expect((await rig.run(project, backend, pictures)).generations.paid).toBe(0);
  expect(backend.paid()).toBe(12);
  await expectResultsOpen(project, (await rig.run(project, backend, pictures)).output, 8);
});

test('a reference picture given by its path is uploaded once and its link stands in the file', async () => {
  const local = 'reference/avatar-sheets/account-a.png';
  mkdirSync(join(project.root, 'reference', 'avatar-sheets'), { recursive: true });
  copyFileSync(join(FIXTURES, 'refs', 'avatar-sheets', 'account-a.png'), join(project.root, local));
  const url = /"imageData": "([^"]*account-a\.png)"/.exec(project.original)?.[1] ?? '';
  project.write(project.original.replaceAll(url, local));
  const answer = await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  expect(answer.state).toBe('done');
  const written = /"imageData": "([^"]*account-a\.png)"/.exec(project.text())?.[1] ?? '';
  expect(written).toMatch(/^http/);
  const opened = Buffer.from(await (await fetch(written)).arrayBuffer());
  expect(opened.equals(readFileSync(join(project.root, local)))).toBe(true);
  expect(outsideCaches(project.text(), ['imageData'])).toBe(outsideCaches(project.original, ['imageData']));
});

test('a reference picture that is not there is named before anything is spent', async () => {
  const url = /"imageData": "([^"]*account-a\.png)"/.exec(project.original)?.[1] ?? '';
  project.write(project.original.replaceAll(url, 'reference/avatar-sheets/nobody.png'));
  const text = project.text();
  const end = await rig.cli(project, ['run', project.file, '--server', backend.url]);
  expect(end.code).toBe(3);
  expect(end.stderr).toMatch(/nobody\.png/);
  expect(backend.paid()).toBe(0);
  expect(project.text()).toBe(text);
});

test('an edit that a person saves while the pass runs is kept', async () => {
  const slow = await rig.simulate();
  const release = slow.hold();
  const run = rig.startRun(project, slow, ['--scene', '1,2']);
  await until('the first submits', () => slow.paid() >= 4);
  const edited = project
    .text()
    .replace('"saveCounter": 3', '"saveCounter": 4')
    .replace('Prompt: Scene 05 image', 'My own title');
  expect(edited).not.toBe(project.text());
  project.write(edited);
  release();
  expect((await run.ended).code).toBe(0);
  expect(project.text()).toContain('"saveCounter": 4');
  expect(outsideCaches(project.text())).toBe(outsideCaches(edited));
  expect(slow.paid()).toBe(16);
});

test('the picked pictures lie where people look for them, with a backup of the file before each pass', async () => {
  await rig.run(project, backend, ['--scene', '1']);
  const { baseDir, backupsDir } = project.layout;
  const picture = join(baseDir, 'Assets', 'XYZG3', 'generated-images', 'v0-1', 'scene01.png');
  const clip = join(baseDir, 'Assets', 'XYZG3', 'generated-videos', 'v0-1', 'scene01.mp4');
  for (const path of [picture, clip]) expect(statSync(path).size).toBeGreaterThan(0);
  const backups = readdirSync(backupsDir);
  expect(backups).toHaveLength(1);
  expect(readFileSync(join(backupsDir, backups[0] ?? ''), 'utf8')).toBe(project.original);
});
