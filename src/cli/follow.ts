/** Watching a pass until it ends: the workflow's own picture of it, and the heartbeats of what runs right now. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeProgress, PassProgress, PassResult } from '../workflows/messages';
import { progressQuery } from '../workflows/query';
import type { Connected } from './connect';
import { createDisplay } from './display';
import type { Display } from './display';
import { passFailure, passResult } from './pass-result';

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
  /** As it was typed, for what to type next. */
  readonly file?: string;
  /** Called when nobody has answered for a while: the supervisor, which brings a dead worker back, may be dead as well. */
  readonly revive?: () => Promise<unknown>;
}

/** Resolves with the pass's result, or `interrupted` after Ctrl-C. Throws FlowError when the pass itself failed. */
export async function followPass(pass: Followed, options: FollowOptions): Promise<PassResult | 'interrupted'> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const display = options.quiet ? null : createDisplay(process.stderr);
  const interrupted = new Promise<'interrupted'>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve('interrupted')),
  );
  const looking = look(pass, display, options.revive, stop.signal);
  try {
    // Tied to the signal: an open long poll would keep the process alive for up to twenty seconds after Ctrl-C.
    const result = pass.connected.client.connection.withAbortSignal(stop.signal, () => passResult(pass));
    const end = await Promise.race([result, interrupted]);
    if (end !== 'interrupted') display?.end(end);
    return end;
  } catch (error) {
    throw passFailure(error, pass.workflowId, options.file);
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
        const atGate = isHeld(activity);
        if (beat) running.set(beat.key, why === null ? beat : { ...beat, ...(atGate ? { atGate } : { trouble: why }) });
        else if (activity.activityType?.name !== 'awaitBackend' && !atGate) trouble ??= why;
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
function troubleOf(activity: Pending): string | null {
  const { lastFailure, state } = activity;
  const ofWorker = failureType(activity).startsWith('Worker.');
  if (!lastFailure?.message || ofWorker || Number(state) !== SCHEDULED) return null;
  return lastFailure.message;
}

function failureType({ lastFailure }: Pending): string {
  return lastFailure?.applicationFailureInfo?.type ?? '';
}

/** It waits where its pass waits, or did until a moment ago: it has nothing of its own to tell. */
function isHeld({ lastFailure }: Pending): boolean {
  const data = lastFailure?.applicationFailureInfo?.details?.payloads?.[1]?.data;
  const facts: unknown = data ? JSON.parse(Buffer.from(data).toString('utf8')) : null;
  return typeof facts === 'object' && facts !== null && 'held' in facts;
}

function decode(data: Uint8Array | null | undefined): NodeProgress | null {
  if (!data) return null;
  const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
  return typeof value === 'object' && value !== null && 'key' in value ? (value as NodeProgress) : null;
}
