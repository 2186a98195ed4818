/** As many passes as it takes to kill so many times. */
import type { RunReport } from './run';
import { playPlan, runLine } from './run';
import { planRun } from './schedule';
import { Stage } from './stage';

export interface ManyOptions {
  readonly kills: number;
  readonly seed: number;
  /** Only this pass of the seed, as often as it is: to look at it again. */
  readonly only?: number | undefined;
  readonly say: (line: string) => void;
  /** Called with the stage as soon as it is open, so that an interruption can close it. */
  readonly onOpen?: (stage: Stage) => void;
  readonly keep?: boolean;
}

export async function playMany(options: ManyOptions): Promise<readonly RunReport[]> {
  const { kills, seed, only, say } = options;
  const stage = await Stage.open();
  options.onOpen?.(stage);
  const reports: RunReport[] = [];
  let keep = options.keep ?? false;
  try {
    for (let run = only ?? 1, struck = 0; struck < kills; run++) {
      const report = await playPlan(stage, planRun(seed, run));
      reports.push(report);
      say(runLine(report));
      keep ||= report.folder !== null;
      struck += report.kills;
      if (only !== undefined) break;
    }
  } finally {
    if (keep) say(`Kept: ${stage.base} (logs of the worker and the servers in home/logs)`);
    await stage.close(keep);
  }
  return reports;
}
