/** The crash page's first table, state by state: what `diagnose` finds, and that what it says to type mends it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnosedNode } from '../../src/flow/diagnosis';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

interface Answer {
  readonly condition: string;
  readonly price: number | null;
  readonly output: { readonly path: string | null; readonly state: string };
  readonly backendAnswers: boolean | null;
  readonly nodes: readonly DiagnosedNode[];
  readonly failures: readonly string[];
  readonly next: readonly string[];
}

async function diagnose(code: number): Promise<Answer> {
  const end = await rig.cli(project, ['diagnose', project.file, '--json'], { GLABS_SERVER: backend.url });
  expect({ code: end.code, said: end.code === code ? '' : end.stdout + end.stderr }).toEqual({ code, said: '' });
  return jsonOf<Answer>(end);
}
const scene = ({ nodes }: Answer, number: string): DiagnosedNode | undefined =>
  nodes.find((node) => node.scene === number && node.kind === 'image');

test('crashed early: no output, some pictures; the rest is priced, and a run pays just that', async () => {
  expect(await diagnose(1)).toMatchObject({ condition: 'untouched', output: { state: 'none' }, backendAnswers: true });
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  rmSync(project.layout.generationsDir, { recursive: true });
  const found = await diagnose(1);
  expect(found).toMatchObject({ condition: 'unfinished', output: { state: 'none' }, price: 216 });
  expect(scene(found, '01')).toMatchObject({ wanted: 4, onDisk: 4, onStore: 4, onRecord: 4, inFile: 4, out: 0 });
  expect(scene(found, '02')).toMatchObject({ onDisk: 0, onStore: 0, onRecord: 0, inFile: 0 });
  expect(found.next.join()).toContain('nbflow run');
});

test('crashed after the export: complete; a torn output is told from a whole one, and written again for nothing', async () => {
  await rig.run(project, backend, []);
  const whole = await diagnose(0);
  expect(whole).toMatchObject({ condition: 'complete', price: 0, output: { state: 'complete' } });
  const output = whole.output.path as string;
  const text = readFileSync(output, 'utf8');
  writeFileSync(output, text.slice(0, 5_000));
  expect(await diagnose(1)).toMatchObject({ condition: 'to-finish', output: { state: 'damaged' } });
  const exported = jsonOf<{ output: string }>(await rig.cli(project, ['export', project.file, '--json']));
  expect(readFileSync(exported.output, 'utf8')).toBe(text);
  expect(await diagnose(0)).toMatchObject({ condition: 'complete' });
  expect(backend.paid()).toBe(40);
});

test('made by the old runner, without receipts: what the file and the folders have counts', async () => {
  await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images']);
  rmSync(join(project.layout.receiptsDir, '..', '..'), { recursive: true });
  const found = await diagnose(1);
  expect(scene(found, '01')).toMatchObject({ onDisk: 4, onStore: 4, onRecord: 0, inFile: 4 });
  expect(found.condition).toBe('unfinished');
});

test('a pass that runs is told, with what it waits for; errors.json is read and told', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
  await until('pictures on the bill', () => backend.paid() >= 4);
  expect(await diagnose(0)).toMatchObject({ condition: 'running' });
  release();
  await run.ended;
  backend.faults.add({ kind: 'fail', code: 403, count: 4, match: { type: 'image' } });
  await rig.run(project, backend, ['--scene', '2', '--mode', 'images'], 1);
  expect((await diagnose(1)).failures.join()).toMatch(/Scene 02.*/);
});

test('a damaged file: restore is what to type, and it mends it', async () => {
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  writeFileSync(project.file, '{"tabs": [');
  const found = await diagnose(8);
  expect(found).toMatchObject({ condition: 'damaged', output: { state: 'incomplete' } });
  expect(found.next[0]).toContain('nbflow restore');
  expect((await rig.cli(project, ['restore', project.file])).code).toBe(0);
  expect(await diagnose(1)).toMatchObject({ condition: 'unfinished' });
  expect(readdirSync(project.layout.backupsDir).join()).toContain('-broken-');
});
