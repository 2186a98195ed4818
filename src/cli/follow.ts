/** Watching a pass until it ends: the workflow's own picture of it, and the heartbeats of what runs right now. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { FlowError } from '../flow/errors';
import type { NodeProgress, PassProgress, PassResult } from '../workflows/messages';
import { progressQuery } from '../workflows/query';
import type { Connected } from './connect';
import { createDisplay } from './display';
import type { Display } from './display';

export interface Followed {
  readonly connected: Connected;
  readonly workflowId: string;
  readonly runId: string;
}

/** PENDING_ACTIVITY_STATE_SCHEDULED: between two attempts. */
const SCHEDULED = 1;
const LOOK_MS = 400;
const QUIET_LOOK_MS = 5_000;
const ASK_BOUND_MS = 2_000;
/** A supervisor brings a worker back within two seconds; a first start of the day takes longer. */
const REVIVE_MS = 10_000;

export interface FollowOptions {
  readonly quiet: boolean;
  /** Called when nobody has answered for a while: the supervisor, which brings a dead worker back, may be dead as well. */
  readonly revive?: () => Promise<unknown>;
}

/** Resolves with the pass's result, or `interrupted` after Ctrl-C. Throws FlowError when the pass itself failed. */
export async function followPass(pass: Followed, options: FollowOptions): Promise<PassResult | 'interrupted'> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const display = options.quiet ? null : createDisplay(process.stderr);
  const handle = pass.connected.client.workflow.getHandle(pass.workflowId, undefined, {
    firstExecutionRunId: pass.runId,
  });
  const interrupted = new Promise<'interrupted'>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve('interrupted')),
  );
  const looking = look(pass, display, options.revive, stop.signal);
  try {
    // Tied to the signal: an open long poll would keep the process alive for up to twenty seconds after Ctrl-C.
    const result = pass.connected.client.connection.withAbortSignal(stop.signal, () => handle.result());
    const end = await Promise.race([result as Promise<PassResult>, interrupted]);
    if (end !== 'interrupted') display?.end(end);
    return end;
  } catch (error) {
    throw passFailure(error, pass.workflowId);
  } finally {
    stop.abort();
    process.off('SIGINT', onInterrupt);
    await looking;
    display?.close();
  }
}

async function look(
  pass: Followed,
  display: Display | null,
  revive: FollowOptions['revive'],
  signal: AbortSignal,
): Promise<void> {
  let answered = performance.now();
  while ((display || revive) && !signal.aborted) {
    const picture = await askProgress(pass, signal);
    if (signal.aborted) return;
    if (picture) display?.show(picture.progress, picture.running);
    if (picture || !revive) answered = performance.now();
    else if (performance.now() - answered > REVIVE_MS) {
      await revive().catch(() => undefined);
      answered = performance.now();
    }
    await delay(display ? LOOK_MS : QUIET_LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

export interface Picture {
  readonly progress: PassProgress;
  readonly running: ReadonlyMap<string, NodeProgress>;
}

/** Null while no worker answers: the display then keeps what it shows. */
export async function askProgress(
  pass: Pick<Followed, 'connected' | 'workflowId'>,
  signal?: AbortSignal,
): Promise<Picture | null> {
  const { client } = pass.connected;
  const handle = client.workflow.getHandle(pass.workflowId);
  try {
    return await client.connection.withDeadline(Date.now() + ASK_BOUND_MS, async () => {
      const [progress, description] = await bothSettled(handle.query(progressQuery), handle.describe());
      const running = new Map<string, NodeProgress>();
      let trouble: string | null = null;
      for (const activity of description.raw.pendingActivities ?? []) {
        const beat = decode(activity.heartbeatDetails?.payloads?.[0]?.data);
        const why = troubleOf(activity);
        if (beat) running.set(beat.key, why === null ? beat : { ...beat, trouble: why });
        else if (activity.activityType?.name !== 'awaitBackend') trouble ??= why;
      }
      return { progress: { ...progress, waitingFor: progress.waitingFor ?? trouble }, running };
    });
  } catch (error) {
    if (signal?.aborted || error instanceof Error) return null;
    throw error;
  }
}

/** Waits for the slower one even when the other has failed: a call that retries on a closed connection ends the process. */
async function bothSettled<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Why the last attempt failed, when the next one is not at work yet; a worker's end is nobody's concern. */
function troubleOf({ lastFailure, state }: Pending): string | null {
  const type = lastFailure?.applicationFailureInfo?.type ?? '';
  if (!lastFailure?.message || type.startsWith('Worker.') || Number(state) !== SCHEDULED) return null;
  return lastFailure.message;
}

function decode(data: Uint8Array | null | undefined): NodeProgress | null {
  if (!data) return null;
  const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
  return typeof value === 'object' && value !== null && 'key' in value ? (value as NodeProgress) : null;
}

const NEXT: Readonly<Record<string, string>> = {
  'Budget.Exceeded': 'Run again with a higher --budget, or with less: --scene, --mode images.',
  'File.Busy': 'Wait until that is done, then type the same command again: nothing is paid twice.',
};

/** A pass that failed as a whole: the file was refused, or somebody terminated it. */
export function passFailure(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: unknown = error.cause;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause) cause = cause.cause;
  if (cause instanceof ApplicationFailure) {
    const codes: Readonly<Record<string, number>> = {
      'File.Invalid': 3,
      'File.Damaged': 8,
      Usage: 2,
      'Reference.Missing': 3,
      'File.Busy': 7,
      'Budget.Exceeded': 5,
    };
    return new FlowError(
      cause.type ?? 'Internal',
      cause.message,
      codes[cause.type ?? ''] ?? 1,
      [NEXT[cause.type ?? ''] ?? 'Correct it, then run again: nothing is paid twice.'],
      { cause },
    );
  }
  const ended =
    cause instanceof TerminatedFailure
      ? 'was terminated'
      : cause instanceof CancelledFailure
        ? 'was cancelled'
        : 'failed';
  return new FlowError(
    'Pass.Ended',
    `The pass ${workflowId} ${ended}.`,
    1,
    ['Run again: what is paid for is kept and nothing is paid twice.'],
    { cause: error },
  );
}
