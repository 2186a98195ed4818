/** One disk for all, as on most machines: it fills up under Temporal's database, the store and the project at once. */
import type { Between } from '../helpers/between';
import { standBetween } from '../helpers/between';
import type { CliEnd, CliRun } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { SmallDisk } from '../helpers/small-disk';
import { mountSmallDisk, noSmallDisk } from '../helpers/small-disk';
import { until } from '../helpers/wait';

const whyNot = noSmallDisk();
const here = whyNot === null ? 'one disk for all' : `NOT RUN HERE, there can be no small disk: ${whyNot}`;
const MADE = 8;

(whyNot === null ? describe : describe.skip)(here, () => {
  let disk: SmallDisk;
  let elsewhere: Rig;
  let rig: Rig;
  let backend: Backend;
  let labs: Between;
  const runs: CliRun[] = [];
  beforeAll(async () => {
    disk = mountSmallDisk(400 << 20);
    rig = await openRig({ ownServers: true, within: disk.path });
    // The computer of G-Labs is another one.
    elsewhere = await openRig();
    backend = await elsewhere.simulate({ plain: false });
    labs = await standBetween(backend.url);
  });
  afterAll(async () => {
    disk.free();
    // What still runs after a failed test would hold the disk.
    for (const { child, ended } of runs) {
      child.kill('SIGKILL');
      await ended;
    }
    await rig.close();
    await elsewhere.close();
    await labs.close();
    disk.close();
  });

  test('commands say so, the pass goes on by itself when there is space again, and pays nothing twice', async () => {
    const project = rig.project('XYZG3-V0-1');
    const args = ['--scene', '1'];
    let full = false;
    const fillOnce = (): undefined => {
      if (!full) disk.fill(0);
      full = true;
      return undefined;
    };
    labs.obey({ before: ({ method }) => (method === 'POST' ? fillOnce() : undefined) });
    const run = rig.start(project, ['run', project.file, '--server', labs.url, '--json', ...args]);
    runs.push(run);
    await until('the full disk', () => full);
    const status = (): Promise<CliEnd> => rig.cli(project, ['status', project.file]);
    const told = await until('a command that says so', async () => {
      const end = await status();
      return end.code === 4 ? end : null;
    });
    expect(told.stderr).toMatch(/disk is full[^]*→ Free some space/);

    disk.free();
    await until('all results in the file', () => {
      const states = project.generations().map(({ state }) => state);
      return states.length === MADE && states.every((state) => state === 'cached');
    });
    const { code, stderr } = await run.ended;
    if (code !== 0) expect([code, stderr]).toEqual([4, expect.stringMatching(/Passes stand still.*\n.*→/)]);
    expect(backend.paid()).toBe(MADE);
    expectBillInReceipts(project, backend);
    const again = await rig.run(project, backend, args);
    expect(again).toMatchObject({ generations: { lost: 0 }, errorsFile: null });
    expect(backend.paid()).toBe(MADE);
    await expectResultsOpen(project, again.output, MADE);
  });
});
