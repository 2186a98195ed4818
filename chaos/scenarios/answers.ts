/** Every answer is late, and every kill falls between acceptance and answer: the worst there is for a submit. */
import { setTimeout as delay } from 'node:timers/promises';
import { seeded } from '../../test/helpers/seeded';
import type { RunReport, StrikeReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import type { Target } from '../real/strikes';
import { reached, strikeWorker, unanswered } from '../real/strikes';

const LATE_MS = 1_200;
const FOREVER_MS = 3_600_000;

export interface AnswersOptions {
  readonly seed: number;
  readonly kills: number;
}

/** One pass; the bill must be that of a quiet one. */
export async function playAnswers(stage: Stage, { seed, kills }: AnswersOptions): Promise<RunReport> {
  await stage.up();
  const random = seeded(seed);
  const scene = await stage.scene('XYZG3-V0-1', { imageMs: 400, videoMs: 600 });
  await scene.backend.fault({
    kind: 'slow',
    accepted: true,
    delayMs: LATE_MS,
    forMs: FOREVER_MS,
    match: { route: 'submit' },
  });
  const torment = async (target: Target): Promise<readonly StrikeReport[]> => {
    const startedAt = Date.now();
    const reports: StrikeReport[] = [];
    for (let done = 0; done < kills; done++) {
      const moment = Math.floor(((done + random(100) / 100) * (GENERATIONS - 8)) / kills);
      reports.push(await killBetween(target, { moment, afterMs: random(LATE_MS / 2), startedAt }));
    }
    return reports;
  };
  const report = await play(stage, {
    name: `answers ${seed}`,
    scene,
    expected: GENERATIONS,
    args: [],
    torment,
    check: ({ paid }) => (paid === GENERATIONS ? [] : [`${paid} paid instead of ${GENERATIONS}`]),
  });
  await stage.down();
  return report;
}

interface Between {
  readonly moment: number;
  readonly afterMs: number;
  readonly startedAt: number;
}

async function killBetween(target: Target, { moment, afterMs, startedAt }: Between): Promise<StrikeReport> {
  const blow = { kind: 'kill-in-answer', delayMs: LATE_MS, count: 1, afterMs } as const;
  await reached(target, () => target.backend.paid() > moment && unanswered(target) > 0);
  await delay(afterMs);
  // The answers may have come in the meantime: the next submit is waited for then.
  await reached(target, () => unanswered(target) > 0);
  const fallen = target.pass.over ? null : strikeWorker(target, 'SIGKILL');
  const recoveryMs = fallen ? await fallen.recovered : null;
  return { blow, atMs: fallen ? fallen.at - startedAt : null, recoveryMs };
}
