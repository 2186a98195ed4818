/** `nbflow up`: starts what is needed and not there, says where it is. */
import type { Env } from '../config';
import type { Services } from '../services/running';
import { up } from '../services/up';
import { jsonResult, result, say } from './output';

export interface UpCommandOptions {
  readonly json?: boolean | undefined;
  /** The environment with a project's `.env` below it; `process.env` when absent. */
  readonly env?: Env;
}

/** Lines for people; keys of the store are not among them. */
export function describeUp(services: Services): string[] {
  const { temporal, store, worker, startedNow } = services;
  const own = (source: 'embedded' | 'configured'): string => (source === 'embedded' ? '' : '  (configured)');
  return [
    `Temporal      ${temporal.address}${own(temporal.source)}`,
    ...(temporal.uiUrl ? [`Temporal UI   ${temporal.uiUrl}`] : []),
    `Object store  ${store.endpoint}/${store.bucket}${own(store.source)}`,
    `Worker        ${worker?.pid ? `process ${worker.pid}` : 'starting again'}`,
    ...(worker && worker.restarts > 0
      ? [`              started again ${worker.restarts} times, last: ${worker.lastExit}`]
      : []),
    startedNow.length > 0 ? `Started now: ${startedNow.join(', ')}.` : 'Everything ran already.',
  ];
}

/** Answers the exit code. Throws FlowError (4) naming the log when something does not come up. */
export async function upCommand(options: UpCommandOptions = {}): Promise<number> {
  const services = await up({ ...(options.env ? { env: options.env } : {}), say });
  if (options.json) {
    const { temporal, worker, startedNow, notes } = services;
    const { endpoint, bucket, publicBaseUrl, source } = services.store;
    jsonResult({ temporal, store: { endpoint, bucket, publicBaseUrl, source }, worker, startedNow, notes });
  } else describeUp(services).forEach((line) => result(line));
  return 0;
}
