import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCloudflared, startCloudflared } from '../../src/services/cloudflared';
import { waitForEnd } from '../../src/services/processes';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nbflow-cloudflared-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function program(text: string): string {
  const path = join(dir, 'cloudflared');
  writeFileSync(path, `#!/usr/bin/env node\n${text}`);
  chmodSync(path, 0o755);
  return path;
}

const BOX = `'+------------+\\n|  ' + url + '  |\\n+------------+\\n'`;
const start = (
  path: string,
  env: NodeJS.ProcessEnv = {},
  log = join(dir, 'log'),
): ReturnType<typeof startCloudflared> =>
  startCloudflared({ program: path, target: 'http://localhost:8765', env: { ...process.env, ...env }, log });

test('it is found by option, by environment, on the PATH, in this order', async () => {
  const path = program('');
  const env = { NBFLOW_CLOUDFLARED: path, PATH: '' };
  expect(await findCloudflared(undefined, env)).toBe(path);
  expect(await findCloudflared(undefined, { PATH: `${join(dir, 'none')}:${dir}` })).toBe(path);
  await expect(findCloudflared(join(dir, 'none'), env)).rejects.toMatchObject({ type: 'Usage', exitCode: 2 });
  await expect(findCloudflared(undefined, { PATH: '' })).rejects.toMatchObject({
    type: 'Tunnel.NoProgram',
    exitCode: 4,
  });
});

test('it gets the address to lead to, and nothing of our settings or of another tunnel', async () => {
  const text = `const e = process.env;
const url = 'http://told.test/' + [process.argv.slice(2).join('_'), e.GLABS_API_KEY, e.TUNNEL_TOKEN, e.TUNNEL_TRANSPORT_PROTOCOL].join(',');
process.stderr.write(${BOX});`;
  const secrets = { GLABS_API_KEY: 'secret', TUNNEL_TOKEN: 'other', TUNNEL_TRANSPORT_PROTOCOL: 'http2' };
  const tunnel = start(program(text), secrets);
  expect(await tunnel.url).toBe('http://told.test/tunnel_--no-autoupdate_--url_http://localhost:8765,,,http2');
  expect(await tunnel.ended).toMatch(/^it ended with code 0/);
});

test('how it ended is said with its last complaint', async () => {
  const tunnel = start(
    program(`process.stderr.write('failed to request quick Tunnel: no such host'); process.exitCode = 1;`),
  );
  expect(await tunnel.ended).toBe('it ended with code 1, saying: failed to request quick Tunnel: no such host');
});

test('what is no program of this machine ends in words', async () => {
  const path = program('');
  writeFileSync(path, '\0\0\0');
  expect(await start(path).ended).toMatch(/^it can't be started: |^it ended with code /);
  expect(await start(join(dir, 'none')).ended).toContain("it can't be started");
});

test('a log that can not be written costs nothing else', async () => {
  const tunnel = start(
    program(`const url = 'http://told.test'; process.stderr.write(${BOX});`),
    {},
    join(dir, 'no', 'log'),
  );
  expect(await tunnel.url).toBe('http://told.test');
  expect(await tunnel.ended).toMatch(/code 0/);
});

test('stopped, it takes with it what a wrapper started', async () => {
  const child = `setInterval(() => {}, 1000)`;
  const text = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' });
const url = 'http://told.test/' + child.pid;
process.stderr.write(${BOX});
setInterval(() => {}, 1000);`;
  const tunnel = start(program(text));
  const pid = Number((await tunnel.url).split('/').at(-1));
  await tunnel.stop();
  expect(await waitForEnd(pid, 10_000)).toBe(true);
  expect(await tunnel.ended).toBe('stopped');
});
