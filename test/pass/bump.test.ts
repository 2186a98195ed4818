/** The next version of a file that was really made: what is paid for goes with it, at whatever moment the command is killed. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performBump, planBump } from '../../src/bump';
import { ReceiptStore } from '../../src/files/receipts';
import { FlowCache } from '../../src/flow-cache';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { openProject } from '../../src/project';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { projectOf } from '../helpers/project';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { makeRegistry } from '../helpers/registry';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
let next: TestProject;
eachPass((made) => {
  ({ rig, backend, project } = made);
  next = named('V0-2');
});
afterEach(() => rmSync(join(project.root, 'reference'), { recursive: true, force: true }));

const SCENES = ['--scene', '1,2', '--mode', 'images'];
const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, args);
const named = (version: string): TestProject =>
  projectOf(join(project.folder, `XYZG3-${version}.nbflow`), project.root, '');
const toGenerate = async (of: TestProject): Promise<number> =>
  jsonOf<{ totals: { generate: number } }>(await told('plan', of.file, ...SCENES, '--json')).totals.generate;
const asNext = (text: string): string => text.replace('"name": "XYZG3-V0-1"', '"name": "XYZG3-V0-2"');

async function bumps(): Promise<readonly string[]> {
  const end = await told('history', next.file, '--json');
  const { entries } = jsonOf<{ entries: { kind: string; text: string }[] }>(end);
  return entries.filter(({ kind }) => kind === 'bump').map(({ text }) => text);
}

test('a bump pays for nothing again, keeps an edit an edit, and can be gone back on', async () => {
  const registry = makeRegistry(project.root);
  await rig.run(project, backend, SCENES);
  // An edit since: what the file lists for scene 2 is not what its prompt says now.
  project.write(project.text().replace('take 2.1', 'take 2.1 on the sofa'));
  const [before, noted] = [project.text(), registry.text()];
  const wanted = await toGenerate(project);
  expect(wanted).toBe(4);

  const dry = jsonOf(await told('bump', project.file, '--dry-run', '--json'));
  expect(dry).toMatchObject({ from: 'V0-1', to: 'V0-2', bumped: false, backup: null });
  expect([project.text(), existsSync(next.file), registry.text()]).toEqual([before, false, noted]);

  const end = await told('bump', project.file, 'scene', '2', 'closer');
  expect([end.code, end.stdout]).toEqual([0, expect.stringMatching(/Bumped V0-1 to V0-2.*pre-bump.*registry/s)]);
  expect([existsSync(project.file), next.text()]).toEqual([false, asNext(before)]);
  expect(next.text()).not.toBe(before);
  expect(await bumps()).toEqual(['V0-2: from V0-1, scene 2 closer']);
  expect(registry.currentVersion()).toBe('V0-2');
  expect(registry.notes().at(-1)).toMatchObject({ version: 'V0-2', notes: 'V0-2: from V0-1, scene 2 closer' });
  expect(registry.text()).toContain('"owner": {"name":   "Ann"}');

  expect(await toGenerate(next)).toBe(wanted);
  await rig.run(next, backend, SCENES);
  expect(backend.paid()).toBe(12);
  const bill = jsonOf<{ paid: number; claimedTwice: string[] }>(await told('bill', next.file, '--json'));
  expect(bill).toMatchObject({ paid: 4, claimedTwice: [] });

  expect((await told('restore', project.file, 'pre-bump')).code).toBe(0);
  expect([project.text(), await toGenerate(project)]).toEqual([before, wanted]);
  const taken = await told('bump', project.file);
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/XYZG3-V0-2\.nbflow beside it.*nbflow bump/s)]);
});

test.each(['bump-backup', 'bump-receipts', 'bump-file', 'bump-recorded', 'bump-removed'])(
  'kill -9 at %s leaves the old file or the new one, and the same command ends it',
  async (step) => {
    const registry = makeRegistry(project.root);
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    const before = project.text();
    const killFile = join(rig.home, 'kill');
    writeFileSync(killFile, step);
    const killed = await rig.cli(project, ['bump', project.file], { NBFLOW_KILL_FILE: killFile });
    expect([killed.code, existsSync(killFile)]).toEqual([null, false]);
    const [old, fresh] = [project, next].map(({ file }) => (existsSync(file) ? readFileSync(file, 'utf8') : null));
    expect([before, null]).toContain(old);
    expect([asNext(before), null]).toContain(fresh);
    expect([old, fresh]).not.toEqual([null, null]);

    const again = await told('bump', project.file);
    // With the old file gone all of it was done.
    expect(again.code).toBe(old === null ? 2 : 0);
    expect([existsSync(project.file), next.text()]).toEqual([false, asNext(before)]);
    expect([await bumps(), registry.notes().length, registry.currentVersion()]).toEqual([
      ['V0-2: from V0-1'],
      3,
      'V0-2',
    ]);
    await rig.run(next, backend, ['--scene', '1', '--mode', 'images']);
    expect(backend.paid()).toBe(4);
  },
);

test('refused, and nothing changed: while a pass runs, and while something paid for is still out', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 8);
  const busy = await told('bump', project.file);
  expect([busy.code, busy.stderr]).toEqual([7, expect.stringMatching(/is running.*nbflow cancel/s)]);
  await told('cancel', project.file, '--now');
  await run.ended;
  const out = await told('bump', project.file);
  expect([out.code, out.stderr]).toEqual([7, expect.stringMatching(/8 generations .* still be out.*nbflow run/s)]);
  expect([project.text(), existsSync(next.file)]).toEqual([project.original, false]);
  release();
  await rig.run(project, backend, SCENES);
  expect([backend.paid(), (await told('bump', project.file)).code]).toEqual([8, 0]);
});

test('what is out for a muted node holds up no bump, and comes home for nothing when the node is back', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  await told('cancel', project.file, '--now');
  await run.ended;
  const document = JSON.parse(project.text()) as {
    tabs: { graphData: { nodes: { title?: string; mode?: number }[] } }[];
  };
  const node = document.tabs[0]?.graphData.nodes.find(({ title }) => title === 'Scene 01 — image gen');
  Object.assign(node ?? {}, { mode: 4 });
  project.write(JSON.stringify(document));
  const end = await told('bump', project.file);
  expect([end.code, end.stderr]).toEqual([0, expect.stringMatching(/4 generations of muted .* for nothing/)]);
  release();
  next.write(next.text().replace('"mode":4', '"mode":0'));
  await rig.run(next, backend, ['--scene', '1', '--mode', 'images']);
  expect(backend.paid()).toBe(4);
});

test('what was paid for while somebody was asked is not left behind', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  const planned = await planBump(await openProject(project.file, new FlowCache(), project.root));
  const [receipt] = planned.receipts as [Receipt];
  const sent = { ...receipt.generations[0], state: 'submitted', taskId: 'meanwhile' } as Generation;
  await new ReceiptStore(project.layout.receiptsDir).update(receipt.key, (now) => ({
    ...(now ?? receipt),
    generations: [...receipt.generations, sent],
  }));
  await expect(performBump(planned, { why: '', reached: () => undefined })).rejects.toMatchObject({ exitCode: 7 });
  expect([existsSync(project.file), existsSync(next.file)]).toEqual([true, false]);
});

test('approved work is asked about; a version that was used before is not used again; a name without one is refused', async () => {
  const approved = named('V1');
  renameSync(project.file, approved.file);
  const unasked = await told('bump', approved.file);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringMatching(/V1 is approved work.*--yes/s)]);
  expect(jsonOf(await told('bump', approved.file, '--yes', '--json'))).toMatchObject({ to: 'V1-1', renamed: false });
  expect(jsonOf(await told('bump', named('V1-1').file, '--yes', '--json'))).toMatchObject({ to: 'V1-2' });
  // V1-1 is among the backups now.
  await told('restore', approved.file);
  rmSync(named('V1-2').file);
  expect(jsonOf(await told('bump', approved.file, '--yes', '--json'))).toMatchObject({ from: 'V1', to: 'V1-2' });

  const plain = join(project.folder, 'storyboard.nbflow');
  renameSync(named('V1-2').file, plain);
  const refused = await told('bump', plain, '--yes');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/no version in its name.*storyboard-V0-1/s),
  ]);
});
