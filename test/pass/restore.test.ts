/** Forgetting and going back: `wipe`, `backups`, `restore`, `export`, on a file that was really made. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts } from '../helpers/judge';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const SCENES = ['--scene', '1,2', '--mode', 'images'];
const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, args);
const toGenerate = async (): Promise<number> => {
  const plan = jsonOf<{ totals: { generate: number } }>(await told('plan', project.file, ...SCENES, '--json'));
  return plan.totals.generate;
};

test('a wiped scene is made afresh; a restore takes the wipe back, and nothing is paid for', async () => {
  await rig.run(project, backend, SCENES);
  const before = project.text();
  const dry = await told('wipe', project.file, '--scene', '1', '--dry-run', '--json');
  expect(jsonOf(dry)).toMatchObject({ nodes: 2, images: 4, clips: 0, results: 4, price: 44, wiped: false });
  const unasked = await told('wipe', project.file, '--scene', '1');
  expect([unasked.code, project.text()]).toEqual([2, before]);

  const wiped = jsonOf<{ backup: string }>(await told('wipe', project.file, '--scene', '1', '--yes', '--json'));
  expect(readFileSync(wiped.backup, 'utf8')).toBe(before);
  expect([project.text() === before, await toGenerate()]).toEqual([false, 4]);
  await rig.run(project, backend, SCENES);
  expect(backend.paid()).toBe(12);
  const made = project.text();

  const back = jsonOf<{ aside: string }>(await told('restore', project.file, 'pre-cache-wipe', '--json'));
  expect([project.text() === before, readFileSync(back.aside, 'utf8') === made]).toEqual([true, true]);
  expect(await toGenerate()).toBe(0);
  await rig.run(project, backend, SCENES);
  expect(backend.paid()).toBe(12);
  expectBillInReceipts(project, backend);
});

test('a damaged or deleted file comes back, the damaged one is kept aside; --fresh makes everything afresh', async () => {
  await rig.run(project, backend, SCENES);
  const good = project.text();
  writeFileSync(project.file, good.slice(0, 999));
  const mended = jsonOf<{ backup: string; aside: string }>(await told('restore', project.file, 'pre-run', '--json'));
  expect(mended.aside).toMatch(/XYZG3-V0-1-broken-\d{8}-\d{6}\.nbflow$/);
  expect([readFileSync(mended.aside, 'utf8'), project.text()]).toEqual([good.slice(0, 999), project.original]);
  // What was paid for still fits: it goes into the file again for nothing.
  expect(await toGenerate()).toBe(0);

  rmSync(project.file);
  expect((await told('restore', project.file, '--fresh')).code).toBe(0);
  expect([project.text(), await toGenerate()]).toEqual([project.original, 8]);
  const { backups } = jsonOf<{ backups: { reason: string }[] }>(await told('backups', project.file, '--json'));
  expect(backups.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['pre-run', 'pre-cache-wipe']));
});

test('while a pass runs both refuse with 7 and change nothing', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 4);
  for (const args of [
    ['wipe', project.file, '--yes'],
    ['restore', project.file],
  ]) {
    const end = await told(...args);
    expect([end.code, end.stderr]).toEqual([7, expect.stringMatching(/pass over .* is running.*nbflow cancel/s)]);
  }
  expect(project.text()).toBe(project.original);
  release();
  expect((await run.ended).code).toBe(0);
});

test('export writes the output again from what exists, and says what is missing', async () => {
  const { output } = await rig.run(project, backend, SCENES);
  const first = readFileSync(output, 'utf8');
  rmSync(output);
  const again = jsonOf<{ output: string; complete: boolean }>(await told('export', project.file, '--json'));
  expect([existsSync(again.output), again.complete]).toEqual([true, false]);
  expect(readFileSync(again.output, 'utf8')).toBe(first);
  expect(backend.paid()).toBe(8);
});
