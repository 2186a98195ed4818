import { Context } from '@temporalio/activity';
import { dirname, join } from 'node:path';
import type { NodeLock } from '../files/node-lock';
import { acquireNodeLock } from '../files/node-lock';
import { currentProcess } from '../files/process-identity';
import type { Place } from '../money/ports';

/** The lock of a node that this activity is not about, for a short change of its receipt; null while somebody living has it. */
export async function lockOther({ dir, key }: Place, signal: AbortSignal): Promise<NodeLock | null> {
  const { info } = Context.current();
  const owner = {
    identity: currentProcess(),
    attempt: info.attempt,
    // Nothing to give back: this lock dies with its activity, which has a token of its own.
    taskToken: '',
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    activityId: `${info.activityId} for ${key}`,
  };
  // Locks of a receipts folder lie beside it (files/layout.ts).
  const lock = await acquireNodeLock(join(dirname(dir), 'locks', `${key}.lock`), owner, { signal });
  return 'release' in lock ? lock : null;
}
