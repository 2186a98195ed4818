/** The backend dies with exactly twelve tasks in flight and comes back without memory. */
import type { RunReport, StrikeReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import type { Target } from '../real/strikes';
import { killBackend, reached } from '../real/strikes';

/** Three nodes of four candidates. */
const NODES = 3;
const IN_FLIGHT = 12;
const DEATH = { downMs: 300, forgets: true };

/** Exactly the twelve are written off, and made again once. */
export async function playForget(stage: Stage, seed: number): Promise<RunReport> {
  await stage.up();
  const scene = await stage.scene('XYZG3-V0-1', { imageMs: 2_500, videoMs: 300 });
  const torment = async (target: Target): Promise<readonly StrikeReport[]> => {
    const startedAt = Date.now();
    const out = (): boolean => submitted(target) === IN_FLIGHT && target.backend.paid() === IN_FLIGHT;
    if (!(await reached(target, out))) return [];
    const fallen = await killBackend(target, DEATH);
    const recoveryMs = await fallen.recovered;
    return [{ blow: { kind: 'kill-backend', ...DEATH }, atMs: fallen.at - startedAt, recoveryMs }];
  };
  const report = await play(stage, {
    name: `forget ${seed}`,
    scene,
    expected: GENERATIONS,
    args: ['--concurrency', String(NODES)],
    torment,
    check: ({ paid, forgotten, writtenOff }) => [
      ...(paid === GENERATIONS + IN_FLIGHT ? [] : [`${paid} paid instead of ${GENERATIONS + IN_FLIGHT}`]),
      ...(forgotten === IN_FLIGHT ? [] : [`the backend forgot ${forgotten} tasks instead of ${IN_FLIGHT}`]),
      ...(writtenOff === IN_FLIGHT ? [] : [`receipts write off ${writtenOff} instead of ${IN_FLIGHT}`]),
    ],
  });
  await stage.down();
  return report;
}

function submitted({ project }: Target): number {
  return project.generations().filter(({ state }) => state === 'submitted').length;
}
