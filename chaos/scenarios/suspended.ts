/**
 * The worker is suspended for longer than its heartbeats may fail, while another worker of the same home is there to
 * take over; then it goes on as if nothing had been. Once in the middle of a submit, once while it polls.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REPOSITORY } from '../../test/helpers/machine';
import type { RunReport, StrikeReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import type { Target } from '../real/strikes';
import { backAtWork, reached, signal, unanswered } from '../real/strikes';

/** Above the heartbeat timeout of ten seconds, and the time of a retry. */
const SUSPENDED_MS = 13_000;
const LATE_MS = 3_000;

export async function playSuspended(stage: Stage, seed: number): Promise<RunReport> {
  await stage.up();
  const scene = await stage.scene('XYZG3-V0-1', { imageMs: 3_000, videoMs: 5_000 });
  const torment = async (target: Target): Promise<readonly StrikeReport[]> => {
    const startedAt = Date.now();
    const during = async (ready: () => boolean): Promise<StrikeReport> => {
      const came = await reached(target, ready);
      return came ? suspendWithSecond(target, startedAt) : { blow, atMs: null, recoveryMs: null };
    };
    const match = { route: 'submit' } as const;
    await target.backend.fault({ kind: 'slow', accepted: true, delayMs: LATE_MS, count: 4, match });
    const inSubmit = await during(() => unanswered(target) > 0);
    const whilePolling = await during(() => isPolling(target));
    return [inSubmit, whilePolling];
  };
  const report = await play(stage, {
    name: `suspended ${seed}`,
    scene,
    expected: GENERATIONS,
    args: [],
    torment,
    check: ({ paid }) => (paid === GENERATIONS ? [] : [`${paid} paid instead of ${GENERATIONS}`]),
  });
  await stage.down();
  return report;
}

const blow = { kind: 'suspend-worker', forMs: SUSPENDED_MS } as const;

/** Clips are out, and every answer is on record: the worker does nothing but look. */
function isPolling({ project, backend }: Target): boolean {
  const out = project.receipts().some(({ node, generations }) => {
    return node.kind === 'video' && generations.some(({ state }) => state === 'submitted');
  });
  return out && unanswered({ project, backend }) === 0;
}

async function suspendWithSecond(target: Target, startedAt: number): Promise<StrikeReport> {
  const { stage } = target;
  const pid = stage.pid('worker');
  if (pid === null || !signal(pid, 'SIGSTOP')) return { blow, atMs: null, recoveryMs: null };
  const at = Date.now();
  const second = await startSecond(stage);
  await delay(SUSPENDED_MS);
  signal(pid, 'SIGCONT');
  const recoveryMs = await backAtWork(target, Date.now());
  await stopSecond(second);
  return { blow, atMs: at - startedAt, recoveryMs };
}

async function startSecond(stage: Stage): Promise<ChildProcess> {
  const env = { ...stage.env, ...(await stage.serverEnv()) };
  return spawn(process.execPath, [join(REPOSITORY, 'dist', 'worker.js')], { env, stdio: 'ignore' });
}

async function stopSecond(second: ChildProcess): Promise<void> {
  if (second.exitCode !== null || second.signalCode !== null) return;
  const gone = once(second, 'exit');
  second.kill('SIGTERM');
  await gone;
}
