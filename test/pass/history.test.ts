/** What a pass tells of itself when it is over: deaths, waits, money; `history` and `note`. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made), { imageMs: 100, videoMs: 150 });

interface Entry {
  readonly kind: string;
  readonly version: string;
  readonly text: string;
  readonly cost: number | null;
  readonly pass: Readonly<Record<string, unknown>> | null;
}

const SCENES = ['--scene', '1,2', '--mode', 'images'];

async function history(): Promise<readonly Entry[]> {
  const end = await rig.cli(project, ['history', project.file, '--json']);
  expect(end.code).toBe(0);
  return jsonOf<{ entries: Entry[] }>(end).entries;
}

test('killed and stopped: the note says at which scenes, after how long it went on, and that nothing was paid twice', async () => {
  const release = backend.hold();
  const run = rig.startRun(project, backend, SCENES);
  await until('pictures on the bill', () => backend.paid() >= 8);
  await rig.strike('worker', 'SIGKILL');
  await until('a note of the death', () => interruptions() >= 2);
  await rig.strike('worker', 'SIGTERM');
  await until('a note of the stop', () => interruptions() >= 4);
  release();
  expect((await run.ended).code).toBe(0);
  const [entry] = await history();
  expect(entry?.text).toMatch(
    /^V0-1: worker killed at Scene 01 and Scene 02, resumed after \d+ s, worker stopped at Scene 01 and Scene 02, resumed after \d+ s, 8 generated, nothing paid twice, output not complete yet$/,
  );
  expect(entry).toMatchObject({
    kind: 'pass',
    version: 'V0-1',
    cost: 8,
    pass: { paid: 8, generated: 8, lost: 0, interruptions: 2 },
  });
  console.log((await rig.cli(project, ['history', project.file])).stdout, readFileSync(logFile(), 'utf8'));
});

function logFile(): string {
  return join(project.layout.receiptsDir, '..', 'interruptions.jsonl');
}

function interruptions(): number {
  try {
    return readFileSync(logFile(), 'utf8').split('\n').filter(Boolean).length;
  } catch {
    return 0;
  }
}
void [appendFileSync, rmSync];
