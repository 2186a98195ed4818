/**
 * The crash page's "When…" sections, typed as a person would. "When the cloudflared tunnel drops" is in gates.test.ts,
 * "When to give up and start over" in giving-up.test.ts.
 */
import { dirname, join } from 'node:path';
import { readBill } from '../../chaos/real/bill';
import type { CliEnd, CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass, KEY } from '../helpers/rig';
import { openStore } from '../helpers/store';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const SCENES = ['--scene', '1,2'];
const PICTURES = [...SCENES, '--mode', 'images'];
const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, args, { GLABS_SERVER: backend.url });
const toGenerate = async (): Promise<number> =>
  jsonOf<{ totals: { generate: number } }>(await told('plan', project.file, ...PICTURES, '--json')).totals.generate;

test('When G-Labs dies mid-pass: told with what to do; it is started again, and nothing else is typed', async () => {
  const dir = join(dirname(rig.home), 'glabs');
  const start = async (port: string): Promise<{ run: CliRun; url: string }> => {
    const speed = ['--image-ms', '400', '--video-ms', '400', '--plain'];
    const run = rig.start(project, ['simulate', '--port', port, '--dir', dir, '--key', KEY, ...speed]);
    let heard = '';
    run.child.stdout?.on('data', (text: string) => (heard += text));
    return { run, url: await until('its address', () => /simulator: (\S+)/.exec(heard)?.[1]) };
  };
  const glabs = await start('0');
  const pass = rig.start(project, ['run', project.file, '--server', glabs.url, '--json', ...SCENES]);
  await until('pictures on the bill', () => readBill(dir).length >= 8);
  glabs.run.child.kill('SIGKILL');
  await glabs.run.ended;
  const open = readBill(dir).filter(({ outcome }) => outcome === null).length;
  await until('a pass that waits', async () => {
    const status = await told('status', project.file, '--json');
    return jsonOf(status)['state'] === 'waiting';
  });
  const found = await rig.cli(project, ['diagnose', project.file], { GLABS_SERVER: glabs.url });
  expect(found.stdout).toMatch(/G-Labs does not answer[^]*waiting for G-Labs since .*refused.*Start G-Labs/);

  const again = await start(new URL(glabs.url).port);
  const end = await pass.ended;
  expect([end.code, end.stderr]).toEqual([0, expect.stringContaining('going on')]);
  const answer = jsonOf<RunAnswer>(end);
  // What G-Labs was making when it died is gone with its memory, paid or not; nothing else is made again.
  expect(answer.generations.lost).toBeLessThanOrEqual(open);
  expect(readBill(dir)).toHaveLength(16 + answer.generations.lost);
  await expectResultsOpen(project, answer.output, 16);
  again.run.child.kill('SIGKILL');
  await again.run.ended;
});

test('If cache state is corrupted: links that lead nowhere are told, and mended for nothing from what is left', async () => {
  const store = openStore();
  await rig.run(project, backend, PICTURES);
  const made = project.text();
  const [lost] = current(project);
  await store.remove([lost?.url ?? null]);
  store.close();
  const last = current(project).at(-1)?.url ?? '';
  project.write(made.replaceAll(last, 'http://127.0.0.1:9/gone.png'));

  const found = await told('diagnose', project.file);
  expect(found.stdout).toMatch(/1 link answered 404: nbflow verify says which[^]*1 link could not be asked/);
  expect((await told('verify', project.file)).code).toBe(8);
  await told('verify', project.file, '--repair');
  expect([(await fetch(lost?.url ?? '')).status, await toGenerate()]).toEqual([200, 0]);
  expect(await rig.run(project, backend, PICTURES)).toMatchObject({ state: 'done', generations: { paid: 0 } });
  expect([backend.paid(), project.text()]).toEqual([8, made]);
});

test("When the runner's cache is suspect: restore and re-run; --fresh regenerates everything, at the price that is told", async () => {
  await rig.run(project, backend, PICTURES);
  expect((await told('restore', project.file, 'pre-run')).code).toBe(0);
  expect([project.text(), await toGenerate()]).toEqual([project.original, 0]);
  expect((await told('restore', project.file, 'pre-run', '--fresh')).code).toBe(0);
  expect(await toGenerate()).toBe(8);
  const answer = await rig.run(project, backend, PICTURES);
  expect([answer.generations.paid, backend.paid()]).toEqual([8, 16]);
});

test('When the runner produces invalid output: restore, check, fix, re-run; only what was asked for wrongly is paid again', async () => {
  const avatar = /"imageData": "([^"]*account-a\.png)"/.exec(project.original)?.[1] ?? '';
  const wrong = avatar.replace('account-a.png', 'account-b.png');
  project.write(project.original.replaceAll(avatar, wrong).replaceAll('"nano_banana_2"', '"nano_banana_1"'));
  // The check stops what it can know; the face of somebody else it can't.
  const refused = await rig.startRun(project, backend, PICTURES).ended;
  expect([refused.code, backend.paid()]).toEqual([3, 0]);
  project.write(project.original.replaceAll(avatar, wrong));
  await rig.run(project, backend, PICTURES);
  const garbage = current(project).map(({ url }) => url);

  expect((await told('restore', project.file, 'pre-run')).code).toBe(0);
  expect((await told('check', project.file)).code).toBe(0);
  project.write(project.text().replaceAll(wrong, avatar));
  const plan = await told('plan', project.file, ...PICTURES);
  expect(plan.stdout).toMatch(/reference was changed since/);
  const answer = await rig.run(project, backend, PICTURES);
  expect([answer.generations.paid, backend.paid()]).toEqual([8, 16]);
  expect(current(project).filter(({ url }) => garbage.includes(url))).toEqual([]);
  for (const url of garbage) expect(project.text()).not.toContain(JSON.stringify(url));
});
