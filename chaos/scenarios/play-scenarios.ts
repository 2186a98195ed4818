/** The scenarios that have a name of their own, each as often as a full run plays it. */
import type { RunReport } from '../real/run';
import { runLine } from '../real/run';
import { Stage } from '../real/stage';
import { playAccounts } from './accounts';
import { playAnswers } from './answers';
import { playForget } from './forget';
import { playLid } from './lid';
import { playSuspended } from './suspended';

export const SCENARIOS = ['answers', 'forget', 'suspended', 'lid', 'accounts'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

const PASSES: Readonly<Record<ScenarioName, number>> = { answers: 5, forget: 1, suspended: 1, lid: 1, accounts: 3 };

/** One pass of a scenario. */
export function playScenario(stage: Stage, name: ScenarioName, seed: number): Promise<RunReport> {
  switch (name) {
    case 'answers':
      return playAnswers(stage, { seed, kills: 5 });
    case 'forget':
      return playForget(stage, seed);
    case 'suspended':
      return playSuspended(stage, ['in a submit', 'while polling']);
    case 'lid':
      return playLid(stage, ['in a submit', 'while polling']);
    case 'accounts':
      return playAccounts(stage, seed);
  }
}

export interface ScenariosOptions {
  readonly names: readonly ScenarioName[];
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly onOpen?: (stage: Stage) => void;
}

export async function playScenarios({ names, seed, say, onOpen }: ScenariosOptions): Promise<readonly RunReport[]> {
  const stage = await Stage.open();
  onOpen?.(stage);
  const reports: RunReport[] = [];
  try {
    for (const name of names) {
      for (let pass = 0; pass < PASSES[name]; pass++) {
        const report = await playScenario(stage, name, seed + pass);
        reports.push(report);
        say(runLine(report));
      }
    }
  } finally {
    const keep = reports.some(({ folder }) => folder !== null);
    if (keep) say(`Kept: ${stage.base} (logs of the worker and the servers in home/logs)`);
    await stage.close(keep);
  }
  return reports;
}
