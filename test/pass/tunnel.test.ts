/** `nbflow tunnel` as people run it, with a stand-in for cloudflared that is a real program with a real proxy. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isRunning } from '../../src/files/process-identity';
import { rememberedServers } from '../../src/services/remembered-servers';
import { TYPESCRIPT_HOOK } from '../files/run-typescript';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

interface Line {
  readonly event: string;
  readonly pid?: number;
  readonly url?: string;
}

interface Tunnel extends CliRun {
  lines(event: string): Line[];
  /** The newest one of its kind, once there are so many. */
  nth(event: string, count: number): Promise<Line>;
}

let rig: Rig;
let backend: Backend;
let project: TestProject;
let program: string;
let tunnels: Tunnel[];

beforeAll(async () => {
  rig = await openRig();
  backend = await rig.simulate();
  project = rig.project('XYZG3-V0-1');
  program = join(dirname(rig.home), 'cloudflared');
  const standIn = resolve(__dirname, '../helpers/fake-cloudflared.ts');
  writeFileSync(program, `#!/usr/bin/env node\n${TYPESCRIPT_HOOK}require(${JSON.stringify(standIn)});\n`, {
    mode: 0o755,
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  tunnels = [];
});
afterEach(async () => {
  for (const tunnel of tunnels) {
    tunnel.child.kill('SIGTERM');
    await tunnel.ended;
  }
});

function open(env: Record<string, string> = {}, args: readonly string[] = ['--cloudflared', program]): Tunnel {
  // The tests' own GLABS_SERVER would be stronger than the tunnel.
  const run = rig.start(project, ['tunnel', '--json', '--url', backend.url, ...args], { GLABS_SERVER: '', ...env });
  let heard = '';
  run.child.stdout?.on('data', (text: string) => (heard += text));
  const lines = (event: string): Line[] =>
    heard
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.event === event);
  const tunnel = {
    ...run,
    lines,
    nth: (event: string, count: number) => until(`${event} ${count}`, () => lines(event)[count - 1]),
  };
  tunnels.push(tunnel);
  return tunnel;
}

const remembered = async (): Promise<readonly string[] | undefined> =>
  (await rememberedServers(rig.env)).remembered?.servers;

test('later runs go through it; killed, it comes back under a new address that is remembered; Ctrl-C leaves nothing', async () => {
  const tunnel = open();
  const { url: first } = await tunnel.nth('url', 1);
  await tunnel.nth('answers', 1);
  await until('the address', async () => (await remembered())?.[0] === first);

  process.kill((await tunnel.nth('started', 1)).pid ?? 0, 'SIGKILL');
  const { url: second } = await tunnel.nth('url', 2);
  expect(second).not.toBe(first);
  await until('the new address', async () => (await remembered())?.[0] === second);
  expect(await remembered()).toEqual([second, backend.url]);
  expect(tunnel.lines('down')).toMatchObject([{ url: first, reason: 'it was ended by SIGKILL' }]);

  const run = await rig.cli(project, ['run', project.file, '--json', '--mode', 'images'], { GLABS_SERVER: '' });
  expect(run.code).toBe(0);
  expect(run.stderr).toContain(`G-Labs: ${second}, then ${backend.url} (of nbflow tunnel, since `);
  expect(jsonOf<RunAnswer>(run).generations.paid).toBe(backend.paid());

  const busy = await rig.cli(project, ['tunnel', '--cloudflared', program]);
  expect(busy.code).toBe(7);
  expect(busy.stderr).toContain(String(second));

  const { pid = 0 } = await tunnel.nth('started', 2);
  tunnel.child.kill('SIGINT');
  expect((await tunnel.ended).code).toBe(0);
  expect(isRunning(pid)).toBe(false);
  expect(await remembered()).toBeUndefined();
});

test('told to stop, it ends although cloudflared hangs and does not listen', async () => {
  const tunnel = open({ FAKE_CLOUDFLARED: 'silent' });
  const { pid = 0 } = await tunnel.nth('started', 1);
  const log = join(rig.home, 'logs', 'tunnel.log');
  await until('its hanging', () => existsSync(log) && readFileSync(log, 'utf8').includes('hangs from now on'));
  tunnel.child.kill('SIGTERM');
  // The second time it is not asked any more.
  await until('the end being under way', () => readFileSync(log, 'utf8').includes('asked to end, and does not'));
  tunnel.child.kill('SIGTERM');
  expect((await tunnel.ended).code).toBe(0);
  expect(isRunning(pid)).toBe(false);
});

test('what a killed tunnel left is ended by the next one', async () => {
  const first = open();
  const { pid = 0 } = await first.nth('started', 1);
  await first.nth('url', 1);
  first.child.kill('SIGKILL');
  await first.ended;
  const second = open();
  await second.nth('url', 1);
  expect(isRunning(pid)).toBe(false);
});

test('what Cloudflare says is passed on, and it is asked again later', async () => {
  const tunnel = open({ FAKE_CLOUDFLARED: 'refused' });
  await tunnel.nth('restarting', 1);
  expect(tunnel.lines('down')).toMatchObject([
    { url: null, reason: expect.stringContaining('429 Too Many Requests') as string },
  ]);
});

test('without cloudflared it says where to get it and exits with 4; a wrong path or address is wrong usage', async () => {
  const missing = await rig.cli(project, ['tunnel'], { PATH: ['/nowhere'].join(delimiter) });
  expect(missing).toMatchObject({ code: 4, stderr: expect.stringContaining('Get it: ') as string });
  const wrong = await rig.cli(project, ['tunnel'], { NBFLOW_CLOUDFLARED: project.file });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('NBFLOW_CLOUDFLARED names') as string });
  const address = await rig.cli(project, ['tunnel', '--cloudflared', program, '--url', 'localhost:8765']);
  expect(address.code).toBe(2);
});
