import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { currentProcess, identify, isSurelyAlive, isSurelyDead, parseProcStat } from '../../src/files/process-identity';

async function child(): Promise<{ pid: number; end: () => Promise<void> }> {
  const started = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(started, 'spawn');
  const ended = once(started, 'exit');
  return {
    pid: started.pid ?? 0,
    end: async () => {
      started.kill('SIGKILL');
      await ended;
    },
  };
}

describe('process identity', () => {
  test('this process is alive, and known again by its own record', () => {
    const self = currentProcess();
    expect(self.pid).toBe(process.pid);
    expect(self.startedAt).not.toBeNull();
    expect(isSurelyDead(self)).toBe(false);
    expect(isSurelyAlive(self)).toBe(true);
  });

  test('a killed child is dead, and has no identity any more', async () => {
    const { pid, end } = await child();
    const identity = identify(pid);
    if (!identity) throw new Error(`expected process ${pid} to be there`);
    expect(isSurelyDead(identity)).toBe(false);
    await end();
    expect(isSurelyDead(identity)).toBe(true);
    expect(isSurelyAlive(identity)).toBe(false);
    expect(identify(pid)).toBeNull();
  });

  test('a pid that was handed out again is another process', async () => {
    const { pid, end } = await child();
    const now = identify(pid);
    if (!now) throw new Error(`expected process ${pid} to be there`);
    const before = { ...now, startedAt: now.startedAt?.startsWith('ticks:') ? 'ticks:1' : '2001-01-01T00:00:00.000Z' };
    expect(isSurelyDead(before)).toBe(true);
    expect(isSurelyAlive(before)).toBe(false);
    await end();
  });

  test('nothing is claimed about a process of another host', () => {
    const far = { ...currentProcess(), pid: 2 ** 30, host: 'elsewhere' };
    expect(isSurelyDead(far)).toBe(false);
    expect(isSurelyAlive(far)).toBe(false);
  });

  test('an unknown start time is neither surely dead nor surely alive', () => {
    const unsure = { ...currentProcess(), startedAt: null };
    expect(isSurelyDead(unsure)).toBe(false);
    expect(isSurelyAlive(unsure)).toBe(false);
  });

  test('what ran before the last boot is dead, even under a living pid', () => {
    const self = currentProcess();
    if (self.bootId === null) return;
    expect(isSurelyDead({ ...self, bootId: '00000000-0000-0000-0000-000000000000' })).toBe(true);
  });

  test.each([0, -1, 1.5, NaN, 2 ** 30])('pid %p names nobody', (pid) => {
    expect(identify(pid)).toBeNull();
  });

  test('the start time is found behind a command with spaces and parentheses', () => {
    const stat = `42 (a) b (c) S 1 ${Array.from({ length: 17 }, (_, i) => i).join(' ')} 987654 1 2`;
    expect(parseProcStat(stat)).toEqual({ state: 'S', startTicks: '987654' });
    expect(parseProcStat('rubbish')).toBeNull();
  });
});
