/**
 * "What you have after a crash", row by row of the crash page's first table: a pass whose supervisor, worker and command line
 * are killed with -9 in the middle, what is there then, what `diagnose` says of it, and that one command ends it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnosedNode } from '../../src/flow/diagnosis';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { outsideCaches } from '../helpers/outside-caches';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

interface Diagnosed {
  readonly condition: string;
  readonly verdict: string;
  readonly output: { readonly path: string | null; readonly state: string };
  readonly price: number;
  readonly nodes: readonly DiagnosedNode[];
  readonly failures: readonly string[];
  readonly next: readonly string[];
}

const ALL = 40;

let rig: Rig;
let backend: Backend;
let project: TestProject;
/** As it was right after the crash. */
let crashed: {
  readonly text: string;
  readonly receipts: readonly Receipt[];
  readonly found: Diagnosed;
  readonly outputs: readonly string[];
  readonly hasErrors: boolean;
};

async function diagnose(of = project): Promise<Diagnosed> {
  return jsonOf<Diagnosed>(await rig.cli(of, ['diagnose', of.file, '--json'], { GLABS_SERVER: backend.url }));
}

/** Everything of ours dies at once, the command line first, or it would bring the others back. */
async function crash(of: TestProject, args: readonly string[], moment: () => boolean): Promise<void> {
  const run = rig.startRun(of, backend, args);
  await until('the moment of the crash', moment);
  run.child.kill('SIGKILL');
  rig.crash();
  await run.ended;
}

beforeAll(async () => {
  rig = await openRig();
  backend = await rig.simulate({ imageMs: 100, videoMs: 150 });
  project = rig.project('XYZG3-V0-1');
  const isDone = ({ node, generations }: Receipt): boolean =>
    node.kind === 'video' && generations.every(({ state }) => state === 'cached') && generations.length === 4;
  await crash(project, ['--concurrency', '2'], () => project.receipts().some(isDone));
  const { generationsDir, errorsFile } = project.layout;
  const outputs = existsSync(generationsDir) ? readdirSync(generationsDir) : [];
  const [text, receipts, hasErrors] = [project.text(), project.receipts(), existsSync(errorsFile)];
  crashed = { text, receipts, found: await diagnose(), outputs, hasErrors };
});
afterAll(() => rig.close());

const nodeOf = ({ node }: Receipt): DiagnosedNode | undefined =>
  crashed.found.nodes.find(({ scene, kind }) => scene === node.scene && kind === node.kind);
const counting = (states: readonly string[]): readonly Generation[] =>
  crashed.receipts.flatMap(({ generations }) => generations.filter(({ state }) => states.includes(state)));

test('The source .nbflow (input): intact; only cache fields and galleries of finished nodes differ', () => {
  expect(outsideCaches(crashed.text)).toBe(outsideCaches(project.original));
  expect(crashed.text).not.toBe(project.original);
  expect(crashed.found).toMatchObject({
    condition: 'running',
    verdict: expect.stringContaining('no worker answers') as string,
  });
  expect(crashed.found.verdict + crashed.found.next.join()).toContain('nbflow up');
});

test('Local generated PNGs / MP4s: what was finished is on disk, whole, and counted scene by scene', () => {
  const done = counting(['generated', 'stored', 'cached']);
  expect(done.length).toBeGreaterThanOrEqual(8);
  expect(done.length).toBeLessThan(ALL);
  for (const { file, sha256 } of done) {
    const bytes = readFileSync(join(project.layout.baseDir, file ?? ''));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
  for (const receipt of crashed.receipts) {
    const own = receipt.generations.filter((one) => done.includes(one)).length;
    expect(nodeOf(receipt)?.onDisk).toBeGreaterThanOrEqual(own);
  }
});

test('R2 uploads: what is recorded as uploaded opens, with the very bytes', async () => {
  const uploaded = counting(['stored', 'cached']);
  expect(uploaded.length).toBeGreaterThanOrEqual(8);
  for (const { url, sha256 } of uploaded) {
    const answer = await fetch(url ?? '');
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, createHash('sha256').update(bytes).digest('hex')]).toEqual([200, sha256]);
  }
  const told = crashed.found.nodes.reduce((sum, { onStore }) => sum + onStore, 0);
  expect(told).toBe(uploaded.length);
});

test('Cache state in the source .nbflow: filled for finished nodes, untouched for the others, never half', () => {
  for (const receipt of crashed.receipts) {
    const cached = receipt.generations.filter(({ state }) => state === 'cached').length;
    const inFile = nodeOf(receipt)?.inFile ?? -1;
    expect([0, 4]).toContain(inFile);
    if (cached === 4) expect(inFile).toBe(4);
  }
  expect(crashed.found.nodes.some(({ inFile }) => inFile === 4)).toBe(true);
  expect(crashed.found.nodes.some(({ inFile }) => inFile === 0)).toBe(true);
});

test('The -generated.nbflow (output): not written, then whole; a partial one is told, and written again for nothing', async () => {
  expect(crashed.found.output).toEqual({ path: null, state: 'none' });
  expect(crashed.outputs).toEqual([]);
  // The same command joins the pass that the crash left, and brings the worker back.
  const answer = await rig.run(project, backend);
  expect(answer).toMatchObject({ state: 'done', generations: { lost: 0 } });
  expect(backend.paid()).toBe(ALL);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, ALL);
  expect(await diagnose()).toMatchObject({ condition: 'complete', output: { state: 'complete' }, price: 0 });

  rig.crash();
  const whole = readFileSync(answer.output, 'utf8');
  writeFileSync(answer.output, whole.slice(0, whole.length / 2));
  const torn = await diagnose();
  expect(torn).toMatchObject({ condition: 'to-finish', output: { path: answer.output, state: 'damaged' } });
  expect(torn.next[0]).toMatch(/^nbflow export /);
  const { output } = jsonOf<RunAnswer>(await rig.cli(project, ['export', project.file, '--json']));
  expect(readFileSync(output, 'utf8')).toBe(whole);
  expect(await diagnose()).toMatchObject({ condition: 'complete', output: { path: output } });
  expect(backend.paid()).toBe(ALL);
});

test('errors.json: not there when nothing had failed; that of the pass before is told, and goes when it is mended', async () => {
  expect([crashed.hasErrors, crashed.found.failures]).toEqual([false, []]);
  const other = rig.project('XYZG3-V0-1');
  const args = ['--scene', '2,3', '--mode', 'images'];
  backend.faults.add({ kind: 'fail', code: 403, count: 4, match: { type: 'image', promptContains: 'take 2.1' } });
  await rig.run(other, backend, args, 1);
  expect((await diagnose(other)).failures).toEqual([expect.stringMatching(/^Scene 02/)]);

  const paid = backend.paid();
  const release = backend.hold();
  await crash(other, args, () => backend.paid() === paid + 4);
  release();
  expect((await diagnose(other)).failures).toEqual([expect.stringMatching(/^Scene 02/)]);
  const answer = await rig.run(other, backend, args);
  expect([answer.state, answer.errorsFile, backend.paid()]).toEqual(['done', null, paid + 4]);
  expect((await diagnose(other)).failures).toEqual([]);
});
