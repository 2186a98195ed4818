/** How a pass ended: its result, through whatever was done to its runs, or why there is none, in words. */
import type { Client } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import type { PassResult } from '../workflows/messages';

interface Run {
  readonly connected: { readonly client: Client };
  readonly workflowId: string;
  readonly runId: string;
}

/** Waits for the end of a run and of those that go on from it. Throws what Temporal's client throws. */
export async function passResult({ connected: { client }, workflowId, runId }: Run): Promise<PassResult> {
  let late = 0;
  for (let run = runId; ;) {
    try {
      return (await client.workflow.getHandle(workflowId, run).result()) as PassResult;
    } catch (error) {
      // A server that stood still (a laptop's lid) gives up what was asked before; it is asked again.
      if (isLate(error) && ++late <= MOST_LATE) {
        await delay(LATE_PAUSE_MS);
        continue;
      }
      const next = isTermination(error) ? await resetTo(client, workflowId, run) : null;
      if (next === null) throw error;
      run = next;
    }
  }
}

/** gRPC's DEADLINE_EXCEEDED. */
const TOO_LATE = 4;
const MOST_LATE = 3;
const LATE_PAUSE_MS = 1_000;

function isLate(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'ServiceError') return false;
  return (error.cause as { readonly code?: unknown } | undefined)?.code === TOO_LATE;
}

function isTermination(error: unknown): boolean {
  return error instanceof WorkflowFailedError && error.cause instanceof TerminatedFailure;
}

/** A reset ends the run it is about and goes on in a new one; null when the run was simply terminated. */
async function resetTo(client: Client, workflowId: string, runId: string): Promise<string | null> {
  const [ended, newest] = await Promise.all([
    client.workflow.getHandle(workflowId, runId).describe(),
    client.workflow.getHandle(workflowId).describe(),
  ]);
  const first = (run: typeof newest): unknown => run.raw.workflowExecutionInfo?.firstRunId;
  const goesOn = newest.runId !== runId && newest.status.name !== 'TERMINATED' && first(newest) === first(ended);
  return goesOn ? newest.runId : null;
}

const CODES: Readonly<Record<string, number>> = {
  'File.Invalid': 3,
  'File.Damaged': 8,
  Usage: 2,
  'Reference.Missing': 3,
  'File.Busy': 7,
  'Budget.Exceeded': 5,
};

const NEXT: Readonly<Record<string, string>> = {
  'Budget.Exceeded': 'Run again with a higher --budget, or with less: --scene, --mode images.',
  'File.Busy': 'Wait until that is done, then type the same command again: nothing is paid twice.',
};

/** A pass that has no result: the file was refused, somebody terminated it, or Temporal has lost it. */
export function passFailure(error: unknown, workflowId: string, file?: string): unknown {
  const again = `nbflow run ${file === undefined ? 'FILE' : quoted(file)}`;
  if (error instanceof WorkflowNotFoundError) {
    return new FlowError(
      'Pass.Forgotten',
      `Temporal does not know the pass ${workflowId} any more: its database was lost or emptied. What is paid for is on record in this project.`,
      1,
      [`${again}  (takes over what is made or under way, pays only for the rest)`],
      { cause: error },
    );
  }
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: unknown = error.cause;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause) cause = cause.cause;
  if (cause instanceof ApplicationFailure) {
    const type = cause.type ?? 'Internal';
    const next = NEXT[type] ?? 'Correct it, then run again: nothing is paid twice.';
    return new FlowError(type, cause.message, CODES[type] ?? 1, [next], { cause });
  }
  const ended =
    cause instanceof TerminatedFailure
      ? 'was terminated'
      : cause instanceof CancelledFailure
        ? 'was cancelled'
        : 'failed';
  return new FlowError(
    'Pass.Ended',
    `The pass ${workflowId} ${ended}. What is paid for is kept.`,
    1,
    [`${again}  (fetches what is under way, pays only for the rest)`],
    { cause: error },
  );
}
