/** Somebody sets the machine's clock by a day in the middle of a pass: every Node process of ours sees it jump. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

/** Loaded before anything else: the clock is off by what a file says, which is looked at all the time. */
const PRELOAD = `
const { readFileSync } = require('node:fs');
const file = process.env.TEST_CLOCK_FILE;
const RealDate = Date;
let offset = 0;
const look = () => {
  try { offset = Number(readFileSync(file, 'utf8')) || 0; } catch { offset = 0; }
};
look();
setInterval(look, 20).unref();
globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offset);
    else super(...args);
  }
  static now() { return RealDate.now() + offset; }
};
`;

const SCENES = ['--scene', '1,2'];

let rig: Rig;
let backend: Backend;
let project: TestProject;
let clockFile: string;
beforeEach(async () => {
  rig = await openRig();
  clockFile = join(rig.home, 'clock');
  const preload = join(rig.home, 'preload.js');
  writeFileSync(preload, PRELOAD);
  backend = await rig.simulate();
  project = rig.project('XYZG3-V0-1');
  Object.assign(rig.env, { NODE_OPTIONS: `--require "${preload}"`, TEST_CLOCK_FILE: clockFile });
});
afterEach(() => rig.close());

const DAY_MS = 86_400_000;
const WAYS = [
  ['ahead', DAY_MS],
  ['back', -DAY_MS],
] as const;

async function expectDone(run: CliRun, generations: object): Promise<void> {
  const end = await run.ended;
  expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 16, lost: 0, ...generations } });
  expect(backend.paid()).toBe(16);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 16);
}

/** The worker has gone by the clock that was set: the clips were sent after it. */
function expectSet(offsetMs: number): void {
  const clips = project.receipts().filter(({ node }) => node.kind === 'video');
  for (const { submittedAt } of clips.flatMap(({ generations }) => generations)) {
    const off = Date.parse(submittedAt ?? '') - Date.now();
    expect(Math.abs(off - offsetMs)).toBeLessThan(DAY_MS / 24);
  }
}

test.each(WAYS)('%s, while pictures are out: it goes on as if nothing had been, for one bill', async (_, offsetMs) => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures that are out', () => backend.paid() >= 8);
  const before = backend.faults.struck().length;
  writeFileSync(clockFile, String(offsetMs));
  await until('polls by the new clock', () => backend.faults.struck().length > before + 40);
  release();
  await expectDone(run, { adopted: 0 });
  expectSet(offsetMs);
});

test.each(WAYS)('%s, while answers are on their way that get lost: the tasks are found', async (_, offsetMs) => {
  backend.faults.add({ kind: 'hang', accepted: true, cutAfterMs: 1_500, count: 4, match: { route: 'submit' } });
  const run = rig.startRun(project, backend, SCENES);
  await until('charged pictures without an answer', () => backend.paid() >= 4);
  writeFileSync(clockFile, String(offsetMs));
  await expectDone(run, { adopted: 4 });
  expectSet(offsetMs);
});

test.each(WAYS)(
  '%s all the while: a quota that lifts in half an hour is waited for half an hour',
  async (_, offsetMs) => {
    writeFileSync(clockFile, String(offsetMs));
    backend.faults.add({ kind: 'status', status: 429, retryAfter: '1800', match: { route: 'submit' }, count: 4 });
    const run = rig.startRun(project, backend, SCENES.concat('--concurrency', '1'));
    const waits = await until('the words of the wait', () => /quota since .*\(until ([^)]*) UTC\)/.exec(run.said()));
    const lifts = Date.parse(`${(waits[1] as string).replace(' ', 'T')}:00Z`);
    expect(Math.abs(lifts - Date.now() - 1_800_000)).toBeLessThan(300_000);
    expect((await rig.cli(project, ['resume', project.file])).code).toBe(0);
    await expectDone(run, {});
  },
);
