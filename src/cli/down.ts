/** `nbflow down`: stops what `nbflow up` or `nbflow run` started, and nothing else. */
import type { Env } from '../config';
import { down } from '../services/down';
import { jsonResult, result } from './output';

export interface DownCommandOptions {
  readonly json?: boolean | undefined;
  readonly env?: Env;
}

/** Answers the exit code, 0 also when nothing ran. */
export async function downCommand(options: DownCommandOptions = {}): Promise<number> {
  const { stopped } = await down(options.env ? { env: options.env } : {});
  if (options.json) jsonResult({ stopped });
  else if (stopped.length === 0) result('Nothing of ours was running.');
  else result(`Stopped: ${stopped.join(', ')}. Passes that were running go on after the next nbflow up.`);
  return 0;
}
