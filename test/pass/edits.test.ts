/** A person, or PatchWork, changes the file while a pass runs over it: every edit is kept, nothing is paid twice. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { billed, eachPass } from '../helpers/rig';
import { jsonOf } from '../helpers/cli';
import { editedText } from '../helpers/edited';
import type { TestProject } from '../helpers/project';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { outsideCaches } from '../helpers/outside-caches';
import { until } from '../helpers/wait';

type Answer = RunAnswer & { readonly notes: readonly string[] };

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const edited = (change: Parameters<typeof editedText>[1]): string => editedText(project.text(), change);

test('an edited prompt, a pick, a new node and a deleted one: each counts for what has not begun, and is told', async () => {
  const scenes = ['--scene', '1,2,3,4'];
  await rig.run(project, backend, [...scenes, '--mode', 'images']);
  const release = backend.hold();
  const run = rig.startRun(project, backend, [...scenes, '--concurrency', '1']);
  await until('the first clips', () => backend.paid() === 20);
  const text = edited((graph, node) => {
    node('Approve: Scene 02 image').properties['_savedApprovalIndex'] = 2;
    node('Prompt: Scene 03 video').properties['text'] += ' She laughs.';
    const clip = node('Scene 04 — video gen').id;
    graph.nodes = graph.nodes.filter(({ id }) => id !== clip);
    graph.links = graph.links.filter(([, from, , to]) => from !== clip && to !== clip);
    const copy = structuredClone(node('Scene 01 — image gen'));
    copy.inputs.forEach((input) => (input.link = null));
    graph.nodes.push({ ...copy, id: 990, title: 'Scene 77 — image gen' });
  });
  project.write(text);
  release();

  const end = await run.ended;
  expect(end.code).toBe(1);
  const answer = jsonOf<Answer>(end);
  expect(answer).toMatchObject({ nodes: { reused: 4, done: 3, failed: 1 }, generations: { paid: 12, lost: 0 } });
  expect(backend.paid()).toBe(28);
  expectBillInReceipts(project, backend);
  expect(outsideCaches(project.text())).toBe(outsideCaches(text));
  expect(billed(backend.bill()).filter((one) => one.includes('She laughs'))).toHaveLength(4);
  const second = project.receipts().find(({ node }) => node.scene === '02' && node.kind === 'video');
  expect(second?.generations.flatMap(({ stills }) => stills.map(({ candidate }) => candidate))).toEqual([3, 3, 3, 3]);
  expect(answer.notes.join('\n')).toMatch(/Scene 04 — video gen" was deleted/);
  expect(answer.notes.join('\n')).toMatch(/Scene 03 — video gen" was edited.*as the file says now/);
  expect(answer.notes.join('\n')).toMatch(/Scene 77 — image gen" was added.*next run/);
  expect(readFileSync(project.layout.errorsFile, 'utf8')).toMatch(
    /was deleted from the file while the pass was running/,
  );
});

test('an edit of what is being made is kept, told, and made by the next run; what was paid stays', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
  await until('the pictures on the bill', () => backend.paid() === 4);
  const text = edited((_graph, node) => (node('Prompt: Scene 01 image').properties['text'] += ' At night.'));
  project.write(text);
  release();
  const answer = jsonOf<Answer>(await run.ended);
  expect(answer.notes.join('\n')).toMatch(/Scene 01 — image gen" was edited.*as it was before/);
  expect(outsideCaches(project.text())).toBe(outsideCaches(text));
  const again = await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  expect([again.generations.paid, backend.paid()]).toEqual([4, 8]);
  expectBillInReceipts(project, backend);
});

describe.each([
  ['was deleted', () => rmSync(project.file)],
  ['was half saved and left so', () => project.write(project.text().slice(0, 5_000))],
])('a file that %s while the pass ran', (_how, harm) => {
  test('is not made up; the results are safe, and the next run writes them into the file that is back', async () => {
    const release = backend.hold();
    const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
    await until('the pictures on the bill', () => backend.paid() === 4);
    harm();
    release();
    const end = await run.ended;
    expect(end.code).toBe(1);
    const answer = jsonOf<Answer>(end);
    expect(answer.notes.join('\n')).toMatch(/can't be read any more.*made from its backup/s);
    expect(project.generations().map(({ state }) => state)).toEqual(Array<string>(4).fill('stored'));
    for (const { url } of project.generations()) expect(readFileSync(answer.output, 'utf8')).toContain(url);

    rmSync(project.file, { recursive: true, force: true });
    project.write(project.original);
    const again = await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    expect(again).toMatchObject({ state: 'done', generations: { paid: 0 } });
    expect(backend.paid()).toBe(4);
    await expectResultsOpen(project, again.output, 4);
  });
});

test.each([
  ['renames a new one over it', (text: string) => replace(text)],
  ['empties it and writes it anew', (text: string) => emptyAndWrite(text)],
])('a program that saves the file in its own way (%s) loses nothing', async (_how, save) => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
  await until('the pictures on the bill', () => backend.paid() === 4);
  const text = edited((_graph, node) => (node('Prompt: Scene 05 image').title = 'My own title'));
  const saved = save(text);
  release();
  await saved;
  const answer = jsonOf<Answer>(await run.ended);
  expect(answer).toMatchObject({ state: 'done', notes: [] });
  expect(outsideCaches(project.text())).toBe(outsideCaches(text));
  await expectResultsOpen(project, answer.output, 4);
});

function replace(text: string): Promise<void> {
  const other = join(project.folder, 'saving.tmp');
  writeFileSync(other, text);
  renameSync(other, project.file);
  return Promise.resolve();
}

/** Whole again only when the pass has come to the point where it writes into the file. */
async function emptyAndWrite(text: string): Promise<void> {
  project.write('');
  await until('results that want to be written', () => {
    const states = project.generations().map(({ state }) => state);
    return states.length === 4 && states.every((state) => state === 'stored');
  });
  project.write(text);
}
