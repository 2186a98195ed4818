import { runWorker } from '../worker';

/** Runs until it is told to stop (Ctrl-C, SIGTERM). */
export async function workerCommand(): Promise<number> {
  await runWorker();
  return 0;
}
