import { readFileSync, rmSync } from 'node:fs';
import type { Env } from './config';

/**
 * For chaos runs: where `NBFLOW_KILL_FILE` names a file, a process that reaches the step that the file holds removes the
 * file and kills itself, without any chance to tidy up. Does nothing where the variable is not set.
 */
export function killAt({ NBFLOW_KILL_FILE: path }: Env): (step: string) => void {
  if (!path) return () => undefined;
  return (step) => {
    if (wanted(path) !== step) return;
    rmSync(path, { force: true });
    process.kill(process.pid, 'SIGKILL');
  };
}

function wanted(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
