import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentProcess } from '../../src/files/process-identity';
import { FlowError } from '../../src/flow/errors';
import { homeFolders, makeHome } from '../../src/services/home';
import type { ServiceRun, Sight } from '../../src/services/service-run';
import { lookAtSupervisor, runService } from '../../src/services/service-run';
import { writeControl } from '../../src/services/state';

interface Played {
  readonly end: 'told' | 'stopped';
  readonly said: readonly string[];
  readonly ups: number;
  readonly pauses: readonly number[];
}

/** A run in which `up` fails with these messages first, and the looks see these sights. */
async function play(failures: readonly (string | Error)[], sights: readonly (Sight | 'told')[]): Promise<Played> {
  const stop = new AbortController();
  const [left, seen] = [[...failures], [...sights]];
  const said: string[] = [];
  const pauses: number[] = [];
  let ups = 0;
  const run: ServiceRun = {
    up: () => {
      ups++;
      const failure = left.shift();
      return failure === undefined
        ? Promise.resolve()
        : Promise.reject(failure instanceof Error ? failure : new Error(failure));
    },
    look: () => {
      const sight = seen.shift() ?? 'told';
      if (sight !== 'told') return Promise.resolve(sight);
      stop.abort();
      return Promise.resolve('alive');
    },
    say: (line) => void said.push(line),
    signal: stop.signal,
    pause: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
  };
  return { end: await runService(run), said, ups, pauses };
}

test('a supervisor that died is started again; nbflow down ends the service', async () => {
  const { end, ups, said } = await play([], ['alive', 'dead', 'alive', 'stopped']);
  expect([end, ups]).toEqual(['stopped', 2]);
  expect(said).toContain('the supervisor died; starting it again');
});

test('told to stop, it returns and starts nothing any more', async () => {
  expect(await play([], ['alive', 'told'])).toMatchObject({ end: 'told', ups: 1 });
});

test('what does not come up is tried again with growing pauses, and said once', async () => {
  const { ups, said, pauses } = await play([...Array<string>(8).fill('no disk.'), 'no port.'], ['stopped']);
  expect(ups).toBe(10);
  expect(said.filter((line) => line.startsWith('no '))).toEqual([
    'no disk.\n  Trying again until it works.',
    'no port.\n  Trying again until it works.',
  ]);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
});

test('what to do about a failure is in the log, beside what it was', async () => {
  const { said } = await play([new FlowError('Usage', 'Others can read it.', 2, ['chmod 600 keys'])], ['stopped']);
  expect(said[0]).toBe('Others can read it.\n  → chmod 600 keys\n  Trying again until it works.');
});

test('without its record a supervisor was stopped by hand; with the record of a dead process it died', async () => {
  const root = mkdtempSync(join(tmpdir(), 'nbflow-look-'));
  try {
    const home = homeFolders({ NBFLOW_HOME: root });
    await makeHome(home);
    expect(await lookAtSupervisor(home)).toBe('stopped');
    const control = { port: 1, token: 'x'.repeat(32) };
    writeControl(home, { ...control, identity: { ...currentProcess(), startedAt: 'ticks:1' } });
    expect(await lookAtSupervisor(home)).toBe('dead');
    // Alive but too busy to answer.
    writeControl(home, { ...control, identity: currentProcess() });
    expect(await lookAtSupervisor(home)).toBe('alive');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
