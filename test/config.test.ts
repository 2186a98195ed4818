import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultHome, loadSettings } from '../src/config';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nbflow-config-'));
});
const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
const R2 = {
  R2_ENDPOINT: 'https://s3.example.test',
  R2_BUCKET: 'b',
  R2_ACCESS_KEY_ID: 'id',
  R2_SECRET_ACCESS_KEY: 'secret',
  R2_PUBLIC_BASE_URL: 'https://pub.example.test/',
};

test('file, .env, environment and flags: each is stronger than the one before', () => {
  const servers = (env = {}, flags = {}): readonly string[] => loadSettings(root, env, flags).servers;
  write('nbflow.config.json', '{ "servers": ["http://file:1/"] }');
  expect(servers()).toEqual(['http://file:1']);
  write('.env', 'GLABS_SERVER=http://dotenv:1');
  expect(servers()).toEqual(['http://dotenv:1']);
  const env = { GLABS_SERVER: 'http://env:1, http://env:2' };
  expect(servers(env)).toEqual(['http://env:1', 'http://env:2']);
  expect(servers(env, { servers: ['http://flag:1'] })).toEqual(['http://flag:1']);
});

test('a remembered address stands above what lies in files, below what is said for this very call', () => {
  const load = (env = {}, flags = {}): ReturnType<typeof loadSettings> =>
    loadSettings(root, env, { remembered: ['http://tunnel:1/', 'http://localhost:8765'], ...flags });
  write('nbflow.config.json', '{ "servers": ["http://file:1"] }');
  write('.env', 'GLABS_SERVER=http://dotenv:1');
  expect(load().servers).toEqual(['http://tunnel:1', 'http://localhost:8765']);
  expect(load({ GLABS_SERVER: '' }).servers[0]).toBe('http://tunnel:1');
  expect(load({ GLABS_SERVER: 'http://env:1' }).servers).toEqual(['http://env:1']);
  const { serverSources } = load({ GLABS_SERVER: 'http://env:1' }, { servers: ['http://flag:1'] });
  expect(serverSources.map(({ from }) => from)).toEqual(['flag', 'environment', 'remembered', 'config', 'default']);
  expect(load().serverSources.map(({ from }) => from)).toEqual(['remembered', '.env', 'config', 'default']);
});

test('all bad values are told at once', () => {
  write('nbflow.config.json', '{ "concurency": 3 }');
  const load = (): unknown => loadSettings(root, { GLABS_SERVER: 'ftp://x' }, { concurrency: 99 });
  expect(load).toThrow(/concurency[\s\S]*GLABS_SERVER[\s\S]*--concurrency/);
});

test('a store is all of its settings or none', () => {
  expect(loadSettings(root, {}).store).toBeNull();
  expect(loadSettings(root, R2).store).toMatchObject({ bucket: 'b', publicBaseUrl: 'https://pub.example.test' });
  expect(() => loadSettings(root, { R2_BUCKET: 'b' })).toThrow(/missing: R2_ENDPOINT/);
});

test('the embedded store gives way to the one that the project names', () => {
  const project = { ...R2, R2_BUCKET: 'own' };
  write(
    '.env',
    Object.entries(project)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  );
  expect(loadSettings(root, { ...R2, NBFLOW_EMBEDDED: 'temporal store' }).store?.bucket).toBe('own');
  expect(loadSettings(root, R2).store?.bucket).toBe('b');
});

test.each([
  ['linux', { XDG_DATA_HOME: '/data' }, join('/data', 'nbflow')],
  ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'nbflow')],
  ['win32', { LOCALAPPDATA: '/local', NBFLOW_HOME: '/mine' }, '/mine'],
] as const)('the home on %s with %j is %s', (platform, env, home) => {
  expect(defaultHome(env, platform)).toBe(home);
});
