import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { destination, pino } from 'pino';

/** The worker's log: JSON lines in a file under NBFLOW_HOME. What people read is the CLI's business. */
export function installLogger(home: string): void {
  const folder = join(home, 'logs');
  mkdirSync(folder, { recursive: true });
  const log = pino({ base: { pid: process.pid } }, destination({ dest: join(folder, 'worker.jsonl'), sync: true }));
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[levels[level]](meta ?? {}, message)),
    // Signals are handled here and in the CLI, once.
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  });
}
