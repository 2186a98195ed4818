/** The pass that runs over a file right now, as far as a decision concerns it. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { FlowError } from '../flow/errors';
import type { DecideRequest } from '../workflows/decide-update';
import type { CommandContext } from './context';
import type { Connected } from './connect';
import { preconnect } from './warm';

export interface RunningPass {
  /** Keys of its nodes that do not wait for a person: they are at work, were, or will be. */
  readonly busy: ReadonlySet<string>;
  /** False when the pass ended meanwhile. Throws FlowError when it does not take the decision. */
  decide(request: DecideRequest): Promise<boolean>;
  close(): Promise<void>;
}

/** A worker writes it down in milliseconds; a busy one may be behind. */
const ANSWER_BOUND_MS = 30_000;

/**
 * Null when no pass runs over this very file, when it is only writing its output any more, or when no Temporal server can
 * be reached: then receipts are written directly, each under its node's lock. Throws FlowError (4) when no worker answers.
 */
export async function findRunningPass(context: CommandContext): Promise<RunningPass | null> {
  const connected = await preconnect(context.env);
  if (!connected) return null;
  const pass = await lookAt(connected, context).catch(async (error: unknown) => {
    await connected.close();
    throw error;
  });
  if (!pass) await connected.close();
  return pass;
}

async function lookAt(connected: Connected, { project }: CommandContext): Promise<RunningPass | null> {
  const { workflowId, file } = project.layout;
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const handle = connected.client.workflow.getHandle(workflowId);
  const found = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (found?.status.name !== 'RUNNING' || (found.memo?.['file'] ?? file) !== file) return null;
  const { askProgress } = await import('./follow.js');
  const progress = (await askProgress({ connected, workflowId }))?.progress;
  if (!progress) {
    throw new FlowError('Worker.Away', 'A pass over this file runs, but no worker answers right now.', 4, [
      'Start it again: nbflow up',
    ]);
  }
  if (progress.state === 'exporting' || progress.state === 'ended') return null;
  const busy = new Set(progress.nodes.filter(({ state }) => state !== 'undecided').map(({ key }) => key));
  return {
    busy,
    decide: (request) => decide(connected.client, handle, request),
    close: () => connected.close(),
  };
}

async function decide(client: Client, handle: WorkflowHandle, request: DecideRequest): Promise<boolean> {
  const { WorkflowUpdateFailedError, WorkflowNotFoundError } = await import('@temporalio/client');
  const { decideUpdate } = await import('../workflows/decide-update.js');
  try {
    await client.connection.withDeadline(Date.now() + ANSWER_BOUND_MS, () =>
      handle.executeUpdate(decideUpdate, { args: [request] }),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    if (error instanceof WorkflowUpdateFailedError) throw refusalOf(error);
    throw error;
  }
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  Usage: 2,
  'Decision.NotNeeded': 2,
  'Decision.NotWaiting': 7,
  'Decision.NotYet': 7,
  'Node.Held': 7,
};

/** The innermost cause tells what was wrong: the update's failure wraps the activity's. */
function refusalOf(error: Error): FlowError {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  const { type, message } = cause as Error & { type?: string | null };
  const next = type === 'Decision.NotWaiting' ? ['Wait until the pass is over, or see it: nbflow status FILE'] : [];
  return new FlowError(type ?? 'Internal', message, EXIT_CODES[type ?? ''] ?? 1, next, { cause: error });
}
