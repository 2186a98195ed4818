/** `verify` and `verify --repair` on files that were really made, and on what the old runner leaves: links without receipts. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generation } from '../../src/flow/receipt';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestStore } from '../helpers/store';
import { openStore } from '../helpers/store';
import { until } from '../helpers/wait';

const SCENES = ['--scene', '1,2'];
const MADE = 16;

interface Answer {
  readonly links: number;
  readonly right: number;
  readonly files: number;
  readonly price: number;
  readonly problems: readonly { kind: string; mend: string; scene: string; makes: string; place: number }[];
  readonly repaired: { uploaded: number; fetched: number; relinked: number; backup: string | null } | null;
  readonly next: readonly string[];
}

let rig: Rig;
let backend: Backend;
let project: TestProject;
let output: string;
let store: TestStore;
beforeAll(async () => {
  rig = await openRig();
  store = openStore();
});
beforeEach(async () => {
  backend = await rig.simulate();
  project = rig.project('XYZG3-V0-1');
  ({ output } = await rig.run(project, backend, SCENES));
});
afterAll(async () => {
  store.close();
  await rig.close();
});

const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, args);
const verify = async (code: number, ...args: string[]): Promise<Answer> => {
  const end = await told('verify', project.file, '--json', ...args);
  if (end.code !== code) throw new Error(`exit ${end.code}:\n${end.stdout}${end.stderr}`);
  return jsonOf<Answer>(end);
};
const kinds = ({ problems }: Answer): string[] =>
  problems.map(({ kind, mend, scene, makes, place }) => `${scene} ${makes} ${place}: ${kind}, ${mend}`).sort();
const remove = (entries: readonly Generation[]): Promise<void> => store.remove(entries.map(({ url }) => url));
const put = ({ url }: Generation, body: Buffer): Promise<void> => store.replace(url, body);
const local = ({ file }: Generation): string => join(project.layout.baseDir, file ?? '');
const at = (scene: string, kind: string, candidate: number): Generation => {
  const receipt = project.receipts().find(({ node }) => node.scene === scene && node.kind === kind);
  const found = receipt?.generations.find((one) => !one.superseded && one.candidate === candidate);
  if (!found) throw new Error('no such result');
  return found;
};
const urlAt = (...args: Parameters<typeof at>): string => at(...args).url ?? '';

test('a whole file is right, and its output too; only an output that is there can be looked at', async () => {
  expect(await verify(0)).toMatchObject({ links: MADE, right: MADE, files: MADE, problems: [], price: 0 });
  expect(await verify(0, '--generated')).toMatchObject({ links: MADE, right: MADE, problems: [] });
  writeFileSync(output, readFileSync(output).subarray(0, 3000));
  const cut = await told('verify', project.file, '--generated');
  expect([cut.code, cut.stderr]).toEqual([8, expect.stringContaining('nbflow export')]);
  rmSync(output);
  expect((await told('verify', project.file, '--generated')).code).toBe(2);
});

test('what a copy is left of is mended for nothing; what G-Labs may still have is left to a run, which pays nothing', async () => {
  const made = project.text();
  await remove([at('01', 'image', 1), at('02', 'image', 4), at('02', 'video', 2)]);
  rmSync(local(at('02', 'video', 2)));
  rmSync(local(at('01', 'video', 1)));
  writeFileSync(local(at('01', 'video', 2)), 'worked on by hand');
  await put(at('01', 'image', 2), Buffer.alloc(at('01', 'image', 2).bytes ?? 0));
  await put(at('02', 'image', 1), readFileSync(local(at('02', 'image', 2))));
  const entry = JSON.stringify(urlAt('01', 'image', 3));
  project.write(made.replaceAll(entry, JSON.stringify(urlAt('02', 'image', 3))));

  const found = await verify(8);
  expect(kinds(found)).toEqual([
    '01 image 1: gone, upload',
    '01 image 2: damaged, upload',
    '01 image 3: foreign, relink',
    '01 video 1: file-missing, fetch',
    '01 video 2: file-differs, fetch',
    '02 image 1: other-bytes, upload',
    '02 image 4: gone, upload',
    '02 video 2: gone, ask',
  ]);
  const mended = await verify(8, '--repair');
  expect(mended.repaired).toMatchObject({ uploaded: 4, fetched: 2 });
  expect(kinds(mended)).toEqual(['02 video 2: gone, ask']);
  expect(project.text()).toBe(made);
  expect(readFileSync(mended.repaired?.backup ?? '', 'utf8')).not.toBe(made);
  const folder = join(local(at('01', 'video', 2)), '..', 'replaced');
  expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['worked on by hand']);

  const answer = await rig.run(project, backend, SCENES);
  expect([answer.generations.paid, backend.paid()]).toEqual([0, MADE]);
  await expectResultsOpen(project, answer.output, MADE);
  expect(kinds(await verify(0))).toEqual([]);
  expectBillInReceipts(project, backend);
});

test('links of the old runner: a dead one without any copy needs money, which the run then pays, and no more', async () => {
  const dead = [at('01', 'image', 2), at('01', 'image', 3), at('02', 'video', 1)];
  const [cut] = [at('02', 'image', 2)];
  await remove(dead);
  await put(cut, Buffer.from('<html>not a picture</html>'));
  rmSync(join(project.layout.baseDir, 'Assets'), { recursive: true });
  const text = project.text();
  const wanted = [
    '01 image 2: gone, pay',
    '01 image 3: gone, pay',
    '02 image 2: damaged, rerun',
    '02 video 1: gone, pay',
  ];
  const found = await verify(8);
  expect([kinds(found), found.price, found.files]).toEqual([wanted, 13, 0]);
  const mended = await verify(8, '--repair');
  expect([kinds(mended), mended.repaired, project.text()]).toEqual([
    wanted,
    { uploaded: 0, fetched: 0, relinked: 0, backup: null, failed: [] },
    text,
  ]);
  const words = await told('verify', project.file);
  expect(words.stdout).toMatch(
    /Scene 01 — image gen\n {4}picture 2, 3: the link leads nowhere.*\n.*costs 2 units: nbflow run .* --scene 01/,
  );
  expect(words.stdout).toMatch(/picture 2: .*can not be opened\n.*1 unit: nbflow rerun .* --scene 02 --candidate 2/);

  const answer = await rig.run(project, backend, SCENES);
  expect([answer.generations.paid, backend.paid()]).toEqual([3, MADE + 3]);
});

test('lists that lack entries or have holes are filled from what is on record, in their order', async () => {
  const made = project.text();
  const flow = JSON.parse(made) as { tabs: { graphData: { nodes: { properties: Record<string, unknown[]> }[] } }[] };
  const lists = flow.tabs.flatMap(({ graphData }) =>
    graphData.nodes.map(({ properties }) => properties['_savedImages']),
  );
  const [first, second] = lists.filter((list) => (list?.length ?? 0) > 0) as [unknown[], unknown[]];
  first.splice(1, 1, null);
  second.length = 2;
  project.write(JSON.stringify(flow, null, 2));
  const found = await verify(8);
  expect(kinds(found)).toEqual([
    '01 image 2: hole, relink',
    '02 image 3: unlisted, relink',
    '02 image 4: unlisted, relink',
  ]);
  expect((await verify(0, '--repair')).repaired).toMatchObject({ uploaded: 0, relinked: 3 });
  expect(JSON.parse(project.text())).toEqual(JSON.parse(made));
});

test('a repair is refused while a pass runs, and one that is killed at any moment leaves the old file or the new one', async () => {
  const made = project.text();
  const broken = made.replaceAll(JSON.stringify(urlAt('01', 'image', 3)), JSON.stringify(urlAt('02', 'image', 3)));
  const backups = (): string[] => readdirSync(project.layout.backupsDir).filter((name) => name.includes('pre-repair'));
  for (const moment of ['start', 'upload', 'backup', 'written']) {
    for (const name of backups()) rmSync(join(project.layout.backupsDir, name));
    project.write(broken);
    await remove([at('01', 'image', 1)]);
    const repair = rig.start(project, ['verify', project.file, '--repair']);
    if (moment === 'upload') await until('the object', async () => (await fetch(urlAt('01', 'image', 1))).ok);
    if (moment === 'backup') await until('a backup', () => backups().length > 0);
    if (moment === 'written') await until('the new text', () => project.text() === made);
    repair.child.kill('SIGKILL');
    await repair.ended;
    expect([broken, made]).toContain(project.text());
    expect(current(project)).toHaveLength(MADE);
  }
  await verify(0, '--repair');
  expect(project.text()).toBe(made);

  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '3']);
  await until('a task on the bill', () => backend.paid() > MADE);
  const refused = await told('verify', project.file, '--repair');
  expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining('nbflow cancel')]);
  release();
  await run.ended;
});
