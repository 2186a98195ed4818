/**
 * A real disk fills up at each kind of write of a pass: it says so, writes nothing by halves, sends nothing more, goes on by
 * itself when there is space again, and the bill is what it would have been.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Between } from '../helpers/between';
import { standBetween } from '../helpers/between';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { SmallDisk } from '../helpers/small-disk';
import { mountSmallDisk, noSmallDisk } from '../helpers/small-disk';
import { until } from '../helpers/wait';

const whyNot = noSmallDisk();
const here = whyNot === null ? 'a disk that fills up' : `NOT RUN HERE, there can be no small disk: ${whyNot}`;
const ARGS = ['--scene', '1', '--mode', 'images'];
/** Enough for receipts, locks and notes; too little for a picture or the file itself. */
const A_LITTLE = 40 * 1024;

let disk: SmallDisk;
let rig: Rig;
let backend: Backend;
let store: Between;
let labs: Between;
let project: TestProject;

(whyNot === null ? describe : describe.skip)(here, () => {
  beforeAll(async () => {
    // Room for what the pass itself wants to see free before it goes on.
    disk = mountSmallDisk(64 << 20);
    rig = await openRig({ root: disk.path });
    store = await standBetween(process.env['S3_TEST_ENDPOINT'] ?? '');
    rig.env['R2_ENDPOINT'] = store.url;
  });
  beforeEach(async () => {
    backend = await rig.simulate({ plain: false });
    labs = await standBetween(backend.url);
    project = rig.project('XYZG3-V0-1');
  });
  afterEach(async () => {
    disk.free();
    store.obey({});
    await labs.close();
  });
  afterAll(async () => {
    await rig.close();
    await store.close();
    disk.close();
  });

  const start = (): CliRun => rig.start(project, ['run', project.file, '--server', labs.url, '--json', ...ARGS]);
  const outputs = (): string[] => namesIn(project.layout.generationsDir).filter((name) => name.endsWith('.nbflow'));

  /** Fills the disk at the first request of this kind (or the nth), before it goes on or when it is done. */
  function fillAt(where: Between, kind: RegExp, leave: number, { when = 'before', nth = 1 } = {}): void {
    let met = 0;
    const look = ({ method, path }: { method: string; path: string }): undefined => {
      if (kind.test(`${method} ${path}`) && ++met === nth) disk.fill(leave);
      return undefined;
    };
    where.obey(when === 'before' ? { before: look } : { after: look });
  }

  /** The person is told, with what could not be written; what stands in the project meanwhile is whole. */
  async function expectTold(run: CliRun, what: RegExp): Promise<void> {
    await until('words about the full disk', () => /disk is full|No space left/i.test(run.said()));
    expect(run.said()).toMatch(/waiting for space on the disk since .*Free some space/);
    expect(run.said()).toMatch(what);
    expect(() => project.receipts()).not.toThrow();
    for (const name of outputs()) JSON.parse(readFileSync(join(project.layout.generationsDir, name), 'utf8'));
    for (const name of namesIn(project.layout.backupsDir)) {
      expect(readFileSync(join(project.layout.backupsDir, name), 'utf8')).toContain(project.original.slice(-40));
    }
  }

  async function expectGoesOn(run: CliRun, paid: number): Promise<RunAnswer> {
    disk.free();
    const end = await run.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    const answer = jsonOf<RunAnswer>(end);
    expect(answer).toMatchObject({ state: 'done', generations: { paid, lost: 0 }, errorsFile: null });
    expect(backend.paid()).toBe(4);
    expectBillInReceipts(project, backend);
    await expectResultsOpen(project, answer.output, 4);
    const left = readdirSync(project.folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((path) => /\.(nbtmp|part)$/.test(path))).toEqual([]);
    return answer;
  }

  test.each([
    ['lock', 0, /locks/],
    ['backup', A_LITTLE, /backups/],
  ])('at the %s: nothing is begun', async (_what, leave, words) => {
    disk.fill(leave);
    const run = start();
    await expectTold(run, words);
    expect([backend.paid(), project.text(), namesIn(project.layout.backupsDir)]).toEqual([0, project.original, []]);
    await expectGoesOn(run, 4);
  });

  test('at the intents: nothing is sent', async () => {
    // The first look at the list is the command line's own.
    fillAt(labs, /^GET \/api\/tasks/, 0, { nth: 2 });
    const run = start();
    await expectTold(run, /receipts/);
    expect([backend.paid(), project.generations()]).toEqual([0, []]);
    await expectGoesOn(run, 4);
  });

  test('when G-Labs has accepted and its answer can not be written down: the tasks are found again, not paid again', async () => {
    fillAt(labs, /^POST .*generate/, 0, { when: 'after' });
    const run = start();
    await expectTold(run, /receipts/);
    await until('all four on the bill', () => backend.paid() === 4);
    expect(project.text()).toBe(project.original);
    await expectGoesOn(run, 4);
  });

  test('at the download: no piece of a picture under its name', async () => {
    fillAt(labs, /^GET \/(api\/)?files?/, A_LITTLE);
    const run = start();
    await expectTold(run, /a result/);
    for (const { state, file } of project.generations()) expect([state, file]).toEqual(['submitted', null]);
    await expectGoesOn(run, 4);
  });

  test('at the patch of the file: it stays what it was, the results are safe', async () => {
    fillAt(store, /^PUT /, A_LITTLE, { when: 'after', nth: 4 });
    const run = start();
    await expectTold(run, /XYZG3-V0-1\.nbflow \(ENOSPC/);
    expect(project.text()).toBe(project.original);
    await until('results in the store', () => project.generations().every(({ state }) => state === 'stored'));
    await expectGoesOn(run, 4);
  });

  test('at the export of a pass that reuses everything: no half output', async () => {
    for (const paid of [4, 0]) expect(await rig.run(project, backend, ARGS)).toMatchObject({ generations: { paid } });
    const before = outputs();
    disk.fill(A_LITTLE);
    const run = start();
    await expectTold(run, /Generations/);
    expect(outputs()).toEqual(before);
    const { output } = await expectGoesOn(run, 0);
    expect(outputs()).toHaveLength(before.length + (before.some((name) => output.endsWith(name)) ? 0 : 1));
  });
});

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
