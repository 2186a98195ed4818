/**
 * The worker is suspended for longer than its heartbeats may fail, while another worker of the same home is there to
 * take over; then it goes on as if nothing had been. Once in the middle of a submit, once while it polls.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultInput } from '../../src/simulator/faults';
import { REPOSITORY } from '../../test/helpers/machine';
import type { RunReport, StrikeReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import type { Target } from '../real/strikes';
import { backAtWork, reached, signal, unanswered } from '../real/strikes';

/** Above the heartbeat timeout of ten seconds, and the time of a retry. */
const SUSPENDED_MS = 13_000;
export const SLOW_ANSWERS: FaultInput = {
  kind: 'slow',
  accepted: true,
  delayMs: 3_000,
  count: 4,
  match: { route: 'submit' },
};

export type Moment = 'in a submit' | 'while polling';

export async function playSuspended(stage: Stage, moments: readonly Moment[]): Promise<RunReport> {
  await stage.up();
  const scene = await stage.scene('XYZG3-V0-1', { imageMs: 2_500, videoMs: 4_000 });
  const torment = async (target: Target): Promise<readonly StrikeReport[]> => {
    const startedAt = Date.now();
    const during = async (ready: () => boolean): Promise<StrikeReport> => {
      const came = await reached(target, ready);
      return came ? suspendWithSecond(target, startedAt) : { blow, atMs: null, recoveryMs: null };
    };
    const reports: StrikeReport[] = [];
    for (const moment of moments) {
      if (moment === 'in a submit') await target.backend.fault(SLOW_ANSWERS);
      reports.push(await during(() => (moment === 'in a submit' ? unanswered(target) > 0 : isPolling(target))));
    }
    return reports;
  };
  const report = await play(stage, {
    name: `suspended ${moments.join(', ')}`,
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
export function isPolling({ project, backend }: Target): boolean {
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
