/** The updates that steer a running pass, apart from the workflow's own modules, so that clients can load them without the sandbox API. */
import type { UpdateDefinition } from '@temporalio/common';
import type { Steered } from './messages';

export interface SteerAnswer extends Steered {
  /** Nodes that are at work right now, or wait at a gate. */
  readonly atWork: number;
  readonly cancelling: boolean;
}

export interface CancelRequest {
  /** True: stop at once; what is out at G-Labs is left for the next run. False: bring home first what is paid for. */
  readonly now: boolean;
}

function update<Arg>(name: string): UpdateDefinition<SteerAnswer, [Arg]> {
  return { type: 'update', name } as UpdateDefinition<SteerAnswer, [Arg]>;
}

export type Nothing = Readonly<Record<string, never>>;

/** G-Labs' addresses, in order of preference. */
export const setServerUpdate = update<{ readonly servers: readonly string[] }>('setServer');
export const pauseUpdate = update<Nothing>('pause');
/** Also opens the gate of the quota. */
export const resumeUpdate = update<Nothing>('resume');
export const cancelUpdate = update<CancelRequest>('cancel');
export const setConcurrencyUpdate = update<{ readonly concurrency: number }>('setConcurrency');
