import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keeper } from '../../src/services/keeper';
import { DAY_MS, letPass, setClock } from '../helpers/clocks';
import { until } from '../helpers/wait';

let folder: string;
let keeper: Keeper;
let checks: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper '));
  checks = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await keeper.stop();
  rmSync(folder, { recursive: true });
});

/** Keeps a process that does nothing; `isHealthy` is told the number of the check. */
function keep(isHealthy: (check: number) => boolean): void {
  const log = join(folder, 'log');
  const args = ['-e', 'setInterval(() => undefined, 1000)'];
  keeper = new Keeper({
    name: 'store',
    log,
    prepare: () => Promise.resolve({ command: process.execPath, args, env: process.env, log }),
    isHealthy: () => Promise.resolve(isHealthy(++checks)),
    stopMs: 1_000,
    onChange: () => undefined,
  });
  keeper.start();
}

test('a clock set ahead by a day while a server starts does not make it look hung', async () => {
  keep((check) => {
    if (check === 2) setClock(DAY_MS);
    return check >= 5;
  });
  await until('a server that is ready', () => keeper.isReady);
  expect(keeper.state()).toMatchObject({ restarts: 0, lastExit: null });
});

test('a server that does not get ready is started afresh after two minutes, though the clock was set back', async () => {
  keep((check) => {
    if (check === 2) setClock(-DAY_MS);
    if (check === 4) letPass(121_000);
    return false;
  });
  await until('another start', () => keeper.state().restarts > 0, 300_000);
  expect(keeper.state().lastExit).toMatch(/^ended by SIG/);
});
