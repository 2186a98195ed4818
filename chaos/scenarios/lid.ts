/**
 * A laptop's lid: worker, supervisor, Temporal, store, command line and G-Labs all stand still for longer than any heartbeat
 * may fail, and go on together. Once in the middle of a submit, once while everybody polls.
 */
import type { RunReport, StrikeReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import type { Target } from '../real/strikes';
import { reached, strike, unanswered } from '../real/strikes';
import type { Moment } from './suspended';
import { isPolling, SLOW_ANSWERS } from './suspended';

const BLOW = { kind: 'suspend-everything', forMs: 15_000 } as const;

export async function playLid(stage: Stage, moments: readonly Moment[]): Promise<RunReport> {
  await stage.up();
  const scene = await stage.scene('XYZG3-V0-1', { imageMs: 2_500, videoMs: 4_000 });
  const torment = async (target: Target): Promise<readonly StrikeReport[]> => {
    const startedAt = Date.now();
    const reports: StrikeReport[] = [];
    for (const moment of moments) {
      if (moment === 'in a submit') await target.backend.fault(SLOW_ANSWERS);
      const came = await reached(target, () => (moment === 'in a submit' ? unanswered(target) > 0 : isPolling(target)));
      const fallen = came ? await strike(target, BLOW) : null;
      const atMs = fallen ? fallen.at - startedAt : null;
      reports.push({ blow: BLOW, atMs, recoveryMs: (await fallen?.recovered) ?? null });
    }
    return reports;
  };
  const report = await play(stage, {
    name: `lid ${moments.join(', ')}`,
    scene,
    expected: GENERATIONS,
    args: [],
    torment,
    check: ({ paid }) => (paid === GENERATIONS ? [] : [`${paid} paid instead of ${GENERATIONS}`]),
  });
  await stage.down();
  return report;
}
