import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../src/config';
import { mergeWorkerEnv, satisfies, tagWorkerEnv, workerSettings } from '../src/services/worker-env';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nbflow-secrets-'));
});

function secret(name: string, text: string, mode = 0o600): string {
  const file = join(root, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const STORE = {
  R2_ENDPOINT: 'https://s3.example.test',
  R2_BUCKET: 'b',
  R2_PUBLIC_BASE_URL: 'https://pub.example.test',
};

test('the keys of G-Labs and of the store are read from files that only their owner can read', () => {
  const settings = loadSettings(null, {
    ...STORE,
    GLABS_API_KEY_FILE: secret('glabs', ' hush \n'),
    R2_ACCESS_KEY_ID_FILE: secret('id', 'the-id\r\n'),
    R2_SECRET_ACCESS_KEY_FILE: secret('secret', 'the-secret', 0o400),
  });
  expect(settings.glabsKey).toBe('hush');
  expect(settings.store).toMatchObject({ accessKeyId: 'the-id', secretAccessKey: 'the-secret' });
});

test('files that are open to others, missing, empty, folders or not one line are all refused at once, without showing what is in them', () => {
  mkdirSync(join(root, 'folder'));
  const load = (name: string, file: string): string => {
    try {
      loadSettings(null, { [name]: file });
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  const open = secret('open', 'hush', 0o640);
  if (process.platform !== 'win32') {
    expect(load('GLABS_API_KEY_FILE', open)).toContain(`others can read ${open}`);
    expect(load('GLABS_API_KEY_FILE', open)).toContain(`chmod 600 '${open}'`);
  }
  expect(load('GLABS_API_KEY_FILE', join(root, 'none'))).toContain('there is no file');
  expect(load('GLABS_API_KEY_FILE', join(root, 'folder'))).toContain('is no file');
  for (const text of ['', ' \n', 'hush\nhush', 'GLABS KEY hush', 'húsh']) {
    const said = load('GLABS_API_KEY_FILE', secret('bad', text));
    expect(said).toMatch(/must hold the secret alone/);
    expect(said).not.toContain('hush');
  }
  const both = { ...STORE, R2_ACCESS_KEY_ID_FILE: '/none/id', R2_SECRET_ACCESS_KEY_FILE: '/none/secret' };
  expect(() => loadSettings(null, both)).toThrow(/R2_ACCESS_KEY_ID_FILE[^]*R2_SECRET_ACCESS_KEY_FILE/);
});

test("a project's .env names a file beside it; what the environment says beats it in either form", () => {
  secret('key', 'of-the-project');
  writeFileSync(join(root, '.env'), 'GLABS_API_KEY_FILE=key');
  expect(loadSettings(root, {}).glabsKey).toBe('of-the-project');
  expect(loadSettings(root, { GLABS_API_KEY: 'direct' }).glabsKey).toBe('direct');
  writeFileSync(join(root, '.env'), 'GLABS_API_KEY=in-the-project');
  expect(loadSettings(root, { GLABS_API_KEY_FILE: join(root, 'key') }).glabsKey).toBe('of-the-project');
});

test('a worker gets whole paths, and a key asked for in another form replaces the one it has', () => {
  const asked = workerSettings({ GLABS_API_KEY_FILE: 'keys/glabs' });
  expect(asked).toEqual({ GLABS_API_KEY_FILE: join(process.cwd(), 'keys', 'glabs') });
  const token = 'token-of-thirty-two-characters-or-more';
  expect(satisfies(tagWorkerEnv({ GLABS_API_KEY: 'old' }, token), asked, token)).toBe(false);
  const merged = mergeWorkerEnv({ GLABS_API_KEY: 'old', GLABS_SERVER: 'http://localhost:1' }, asked);
  expect(merged).toEqual({ ...asked, GLABS_SERVER: 'http://localhost:1' });
  expect(satisfies(tagWorkerEnv(merged, token), asked, token)).toBe(true);
});
