/** Telling running passes something, and their answers: `nbflow pause`, `resume`, `concurrency`, `cancel`. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { FlowError } from '../flow/errors';
import { MAX_CONCURRENCY } from '../names';
import { generationWords, stateWords } from '../flow/summary';
import type { PassResult } from '../workflows/messages';
import type { SteerAnswer } from '../workflows/steer-updates';
import { cancelUpdate, pauseUpdate, resumeUpdate, setConcurrencyUpdate } from '../workflows/steer-updates';
import type { Connected } from './connect';
import { findPass, runningPasses } from './find-pass';
import { followPass } from './follow';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';

/** A pause waits until no request that costs money is under way; a busy worker may be behind. */
const ANSWER_BOUND_MS = 45_000;

/** Null when the pass ended meanwhile. Throws FlowError (2) for a refusal, (4) when no worker answers. */
export async function tellPass<Arg>(
  { client }: Connected,
  workflowId: string,
  update: UpdateDefinition<SteerAnswer, [Arg]>,
  arg: Arg,
): Promise<SteerAnswer | null> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    return await client.connection.withDeadline(Date.now() + ANSWER_BOUND_MS, () =>
      handle.executeUpdate<SteerAnswer, [Arg]>(update, { args: [arg] }),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (error instanceof WorkflowUpdateFailedError) {
      throw new FlowError(
        'Usage',
        `${workflowId} refused: ${error.cause?.message ?? error.message}`,
        2,
        ['See how it stands: nbflow status'],
        {
          cause: error,
        },
      );
    }
    const next = ['Start the worker again, then type it once more: nbflow up'];
    throw new FlowError('Worker.Away', `${workflowId} runs, but no worker answers right now.`, 4, next, {
      cause: error,
    });
  }
}

interface Telling<Arg> {
  readonly update: UpdateDefinition<SteerAnswer, [Arg]>;
  readonly arg: Arg;
  readonly words: (answer: SteerAnswer) => string;
  readonly next: readonly string[];
}

/** The named passes, or all that run. */
async function tellAll<Arg>(
  names: readonly string[],
  { update, arg, words, next }: Telling<Arg>,
  options: OutputOptions,
): Promise<number> {
  const running = await runningPasses(names);
  try {
    const passes: object[] = [];
    for (const workflowId of running.workflowIds) {
      const answer = await tellPass(running.connected, workflowId, update, arg);
      if (!answer) continue;
      passes.push({ workflowId, ...answer });
      if (!options.json) result(`${workflowId}: ${words(answer)}`);
    }
    const steps = passes.length > 0 ? next : ['Start one: nbflow run FILE'];
    if (options.json) jsonResult({ passes, next: steps });
    else {
      if (passes.length === 0) result('No pass is running.');
      for (const step of steps) say(`  → ${step}`);
    }
    return 0;
  } finally {
    await running.close();
  }
}

export function pauseCommand(names: readonly string[], options: OutputOptions): Promise<number> {
  const words = ({ atWork }: SteerAnswer): string =>
    `paused. Nothing more is paid for${atWork > 0 ? '; what is out at G-Labs is still brought home' : ''}.`;
  const next = ['Go on: nbflow resume'];
  return tellAll(names, { update: pauseUpdate, arg: {}, words, next }, options);
}

export function resumeCommand(names: readonly string[], options: OutputOptions): Promise<number> {
  const words = (): string => 'goes on.';
  return tellAll(names, { update: resumeUpdate, arg: {}, words, next: ['See how: nbflow watch FILE'] }, options);
}

export async function concurrencyCommand(
  concurrency: number,
  names: readonly string[],
  options: OutputOptions,
): Promise<number> {
  if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw new FlowError('Usage', `Expected a whole number from 1 to ${MAX_CONCURRENCY}, got ${concurrency}.`, 2, [
      'For instance: nbflow concurrency 2',
    ]);
  }
  const words = (answer: SteerAnswer): string => `${plural(answer.concurrency, 'node')} at once from now on.`;
  const next = ['Nodes that are at work are left to finish.'];
  return tellAll(names, { update: setConcurrencyUpdate, arg: { concurrency }, words, next }, options);
}

/** Brings home what is paid for, then ends the pass; `now` leaves that to the next run. */
export async function cancelCommand(
  name: string,
  options: OutputOptions & { readonly now?: boolean },
): Promise<number> {
  const found = await findPass(name);
  const { workflowId } = found;
  try {
    const now = options.now ?? false;
    const told = found.status === 'RUNNING' ? await tellPass(found.connected, workflowId, cancelUpdate, { now }) : null;
    if (!told) {
      const next = [`See what there is: nbflow diagnose ${name}`];
      if (options.json) jsonResult({ workflowId, state: found.status.toLowerCase(), generations: {}, next });
      else {
        result(`${workflowId} is not running.`);
        for (const step of next) say(`  → ${step}`);
      }
      return 0;
    }
    if (!now && told.atWork > 0) {
      say(`Paying for nothing more; what is out at G-Labs is brought home first.`);
      say(`  → To stop at once: nbflow cancel ${name} --now  (the next run fetches it)`);
    }
    const end = await followPass(found, { quiet: options.json ?? false, file: name });
    if (end === 'interrupted') {
      say('Not watching any more; the pass ends by itself when all is home.');
      return 130;
    }
    return printCancelled(end, { workflowId, name }, options);
  } finally {
    await found.close();
  }
}

function printCancelled(
  end: PassResult,
  { workflowId, name }: { readonly workflowId: string; readonly name: string },
  options: OutputOptions,
): number {
  const next = [`nbflow run ${name}  (goes on where it stopped; what is paid for is kept)`];
  const { generations } = end.totals;
  if (options.json) jsonResult({ workflowId, state: end.state, generations, next });
  else {
    result(`${workflowId}: ${stateWords(end.state)}. ${generationWords(generations)}.`);
    for (const step of next) say(`  → ${step}`);
  }
  return 0;
}
