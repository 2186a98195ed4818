/** Somebody else is at the file: `run` ends soon, names them and spends nothing; a lock of the dead stops nobody. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PatchQueue } from '../../src/files/source-file';
import { tryLock } from '../../src/files/lock';
import { currentProcess } from '../../src/files/process-identity';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass, openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

const ARGS = ['--scene', '1'];
let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

interface Refusal {
  readonly exitCode: number;
  readonly error: { readonly type: string; readonly message: string };
  readonly next: readonly string[];
}

function expectRefused(end: CliEnd, pid: number | null): void {
  expect(end.code).toBe(7);
  const { error, next } = jsonOf<Refusal>(end);
  expect(error.type).toBe('File.Busy');
  expect(error.message).toMatch(new RegExp(`XYZG3-V0-1[^]*\\bprocess ${pid} on [^]*nothing was spent`));
  expect(next.join()).toMatch(/^Wait until that is done/);
}

/** Where the file's own lock lies, learnt from whoever takes it. */
async function fileLock(): Promise<string> {
  const names: string[] = [];
  const { locksDir } = project.layout;
  await new PatchQueue().patch(project.file, () => {
    names.push(...readdirSync(locksDir));
    return [];
  });
  const name = names.find((one) => one.startsWith('file-'));
  return join(locksDir, name as string);
}

test('a tool that keeps the file is named within seconds; when it is done the same command runs', async () => {
  const path = await fileLock();
  const held = await until('the free lock', async () => {
    const taken = await tryLock(path, { extra: { purpose: 'a tool of the team' } });
    return 'release' in taken ? taken : null;
  });
  expectRefused(await rig.startRun(project, backend, ARGS).ended, process.pid);
  expect([backend.paid(), project.text(), project.receipts()]).toEqual([0, project.original, []]);
  await held.release();
  const answer = await rig.run(project, backend, ARGS);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: 8 } });
  await expectResultsOpen(project, answer.output, 8);
});

test('locks whose owners are dead, of the file and of a node, stop nobody', async () => {
  const dead = { ...currentProcess(), pid: spawnSync(process.execPath, ['-e', '0']).pid };
  const file = await fileLock();
  mkdirSync(project.layout.locksDir, { recursive: true });
  await tryLock(file, { identity: dead });
  const node = { attempt: 1, taskToken: '', workflowId: 'another', runId: 'another', activityId: '1' };
  await tryLock(join(project.layout.locksDir, 'left-behind.lock'), { identity: dead, extra: node });
  expect(await rig.run(project, backend, ARGS)).toMatchObject({ state: 'done', generations: { paid: 8 } });
  expect(backend.paid()).toBe(8);
});

describe('a second Temporal server, with a worker of its own', () => {
  let other: Rig;
  beforeAll(async () => {
    other = await openRig({ ownServers: true });
  });
  beforeEach(() => {
    // Both put their results into one store, as a team does.
    for (const [name, value] of Object.entries(rig.env)) if (name.startsWith('R2_')) other.env[name] = value;
  });
  afterAll(() => other.close());

  test('is told who is at the file while the first one works on it, and reuses all of it afterwards', async () => {
    const release = backend.hold();
    const first = rig.startRun(project, backend, ARGS);
    await until('pictures on the bill', () => backend.paid() === 4);
    const worker = rig.pid('worker');
    expectRefused(await other.startRun(project, backend, ARGS).ended, worker);
    expect(backend.paid()).toBe(4);
    release();
    expect(jsonOf<RunAnswer>(await first.ended)).toMatchObject({ state: 'done', generations: { paid: 8 } });
    const second = await other.run(project, backend, ARGS);
    expect(second).toMatchObject({ state: 'done', nodes: { reused: 2, done: 0 }, generations: { paid: 0 } });
    expect(backend.paid()).toBe(8);
  });

  test('and a first one at the same moment pay together what one of them would', async () => {
    const runs = [rig, other].map((one) => one.startRun(project, backend, ARGS));
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code)).toContain(0);
    expect(ends.filter(({ code }) => code !== 0 && code !== 7)).toEqual([]);
    expect(backend.paid()).toBe(8);
    expect(current(project).map(({ state }) => state)).toEqual(Array<string>(8).fill('cached'));
    expectBillInReceipts(project, backend);
  });
});
