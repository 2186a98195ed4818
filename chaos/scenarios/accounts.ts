/**
 * Five account tabs with the same prompts and other avatars, answers dropped at random: what the backend's list shows of
 * them can't be told apart, and still every candidate must be made with its own avatar, and nothing paid twice.
 */
import type { FaultInput } from '../../src/simulator/faults';
import { seeded } from '../../test/helpers/seeded';
import type { RunReport } from '../real/run';
import { play } from '../real/run';
import { GENERATIONS } from '../real/schedule';
import type { Stage } from '../real/stage';
import { reached } from '../real/strikes';

/** Of a hundred submits. */
const LOST_ANSWERS = 35;
const MOST_MS = 120_000;
const STATUSES = [500, 502, 504, 520, 522, 524];

export async function playAccounts(stage: Stage, seed: number): Promise<RunReport> {
  await stage.up();
  const scene = await stage.scene('XYZS1-V0-4', { imageMs: 250, videoMs: 400 });
  await scene.backend.fault(...lostAnswers(seed));
  const report = await play(stage, {
    name: `accounts ${seed}`,
    scene,
    expected: GENERATIONS,
    args: ['--scene', '1', '--concurrency', '5'],
    // The faults stand from the start, and until the end.
    torment: (target) => reached(target, () => false, MOST_MS).then(() => []),
    check: ({ paid, adopted }) => [
      ...(paid === GENERATIONS ? [] : [`${paid} paid instead of ${GENERATIONS}`]),
      ...(adopted > 0 ? [] : ['no answer was lost']),
    ],
  });
  await stage.down();
  return report;
}

function lostAnswers(seed: number): readonly FaultInput[] {
  const random = seeded(seed);
  const faults: FaultInput[] = [];
  for (let nth = 1; nth <= GENERATIONS; nth++) {
    if (random(100) >= LOST_ANSWERS) continue;
    const match = { route: 'submit', nth } as const;
    const status = STATUSES[random(STATUSES.length)] ?? 500;
    if (random(2) === 0) faults.push({ kind: 'drop-after-accept', match });
    else faults.push({ kind: 'accept-then-status', status, match });
  }
  return faults;
}
