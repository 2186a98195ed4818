import { spawn } from 'node:child_process';
import { waitForEnd } from '../../src/services/processes';
import { DAY_MS, setClock } from '../helpers/clocks';

afterEach(() => jest.restoreAllMocks());

test.each([DAY_MS, -DAY_MS])(
  'a clock set by %i ms neither cuts the wait for a process short nor makes it endless',
  async (by) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    const patient = waitForEnd(child.pid ?? 0, 60_000);
    const hasty = waitForEnd(process.pid, 150);
    setClock(by);
    expect(await hasty).toBe(false);
    child.kill('SIGKILL');
    expect(await patient).toBe(true);
  },
);
