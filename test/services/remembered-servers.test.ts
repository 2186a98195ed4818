import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetTunnel, rememberedServers, rememberServers } from '../../src/services/remembered-servers';

const TUNNEL = 'https://a-b.trycloudflare.com';
const LOCAL = 'http://localhost:8765';

let env: { NBFLOW_HOME: string };
beforeEach(() => {
  env = { NBFLOW_HOME: mkdtempSync(join(tmpdir(), 'nbflow-remembered-')) };
});
afterEach(() => rmSync(env.NBFLOW_HOME, { recursive: true, force: true }));

const file = (): string => join(env.NBFLOW_HOME, 'server.json');
const servers = async (): Promise<readonly string[] | undefined> => (await rememberedServers(env)).remembered?.servers;

test('what is said last is remembered, with who said it and when', async () => {
  expect(await rememberedServers(env)).toEqual({ remembered: null, problem: null });
  await rememberServers([LOCAL], 'server', env);
  await rememberServers([TUNNEL, LOCAL], 'tunnel', env);
  const { remembered } = await rememberedServers(env);
  expect(remembered).toMatchObject({ servers: [TUNNEL, LOCAL], by: 'tunnel' });
  expect(Math.abs(Date.now() - Date.parse(remembered?.since ?? ''))).toBeLessThan(60_000);
});

test('what is no address is not remembered', async () => {
  await expect(rememberServers([], 'server', env)).rejects.toThrow();
  await expect(rememberServers(['ftp://x'], 'server', env)).rejects.toThrow();
  await expect(rememberServers(['https://name:secret@x.test'], 'server', env)).rejects.toThrow();
  expect(existsSync(file())).toBe(false);
});

test.each(['', '{', '{"version":2,"servers":["http://x"]}', '{"version":1,"servers":[],"since":"x","by":"server"}'])(
  'a damaged note (%j) counts as none, and that is said',
  async (text) => {
    writeFileSync(file(), text);
    const { remembered, problem } = await rememberedServers(env);
    expect(remembered).toBeNull();
    expect(problem).toContain(file());
  },
);

test('a closed tunnel is forgotten, and what a person had said before comes back', async () => {
  await rememberServers([TUNNEL, LOCAL], 'tunnel', env);
  await forgetTunnel(new Set(['https://older.test', TUNNEL]), null, env);
  expect(existsSync(file())).toBe(false);

  await rememberServers([LOCAL], 'server', env);
  const { remembered } = await rememberedServers(env);
  await rememberServers([TUNNEL], 'tunnel', env);
  await forgetTunnel(new Set([TUNNEL]), remembered, env);
  expect(await servers()).toEqual([LOCAL]);
});

test('a closed tunnel takes back only its own words', async () => {
  await rememberServers([LOCAL], 'server', env);
  await forgetTunnel(new Set([TUNNEL, LOCAL]), null, env);
  expect(await servers()).toEqual([LOCAL]);
  await rememberServers(['https://other.test'], 'tunnel', env);
  await forgetTunnel(new Set([TUNNEL]), null, env);
  expect(await servers()).toEqual(['https://other.test']);
});
