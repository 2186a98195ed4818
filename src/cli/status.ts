/** `nbflow status` and `nbflow watch`: one pass, now and live. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { exitCode } from '../flow/outcome';
import { FlowError } from '../flow/errors';
import { generationWords, nodeWords, stateWords } from '../flow/summary';
import type { PassResult } from '../workflows/messages';
import { openContext, projectRootOf, serverEnv } from './context';
import type { Connected } from './connect';
import { liveLines, paidSoFar, timeOfDay } from './display';
import { printEnd } from './end';
import { askProgress, followPass } from './follow';
import type { Picture } from './follow';
import { nodeWord } from './node-word';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';
import { connectRunning } from './servers';

interface Found {
  readonly connected: Connected & { readonly uiUrl: string | null };
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED… */
  readonly status: string;
  close(): Promise<void>;
}

export async function statusCommand(name: string, options: OutputOptions): Promise<number> {
  const found = await findPass(name);
  try {
    if (found.status === 'RUNNING') {
      const picture = await askProgress(found);
      printRunning(found.workflowId, picture, options);
    } else {
      const ended = found.status === 'COMPLETED' ? ((await handleOf(found).result()) as PassResult) : null;
      printEnded(found, ended, options);
    }
    return 0;
  } finally {
    await found.close();
  }
}

export async function watchCommand(
  name: string,
  options: OutputOptions & { readonly mode?: 'images' | 'full' },
): Promise<number> {
  const found = await findPass(name);
  try {
    const end = await followPass(found, { quiet: false });
    if (end === 'interrupted') {
      say('Not watching any more; the pass goes on.');
      return 130;
    }
    printEnd(end, { ...found, uiUrl: found.connected.uiUrl }, { ...options, mode: 'full', file: name });
    return exitCode(end.state);
  } finally {
    await found.close();
  }
}

/** Asks the pass to stop and waits until it has. What is out at G-Labs stays on record for the next run. */
export async function cancelCommand(name: string, options: OutputOptions): Promise<number> {
  const found = await findPass(name);
  try {
    if (found.status !== 'RUNNING') {
      printEnded(found, null, options);
      return 0;
    }
    const handle = found.connected.client.workflow.getHandle(found.workflowId, found.runId);
    await handle.cancel();
    const end = (await handle.result()) as PassResult;
    const next = [`nbflow run ${name}  (fetches what is out at G-Labs, pays only for the rest)`];
    if (options.json)
      jsonResult({ workflowId: found.workflowId, state: end.state, generations: end.totals.generations, next });
    else {
      result(`${found.workflowId}: ${stateWords(end.state)}. ${generationWords(end.totals.generations)}.`);
      for (const step of next) say(`  → ${step}`);
    }
    return 0;
  } finally {
    await found.close();
  }
}

/** By file, by name, or by workflow id. */
async function findPass(name: string): Promise<Found> {
  const byFile = await openContext(name).then(
    (context) => ({ id: context.project.layout.workflowId, env: context.env }),
    (error: unknown) => ({ id: name, env: serverEnv(projectRootOf(process.cwd()), process.env), error }),
  );
  const connected = await connectRunning(byFile.env);
  try {
    const { runId, status } = await connected.client.workflow.getHandle(byFile.id).describe();
    return { connected, workflowId: byFile.id, runId, status: status.name, close: () => connected.close() };
  } catch (error) {
    await connected.close();
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if ('error' in byFile && byFile.error instanceof FlowError) throw byFile.error;
    throw new FlowError('Usage', `No pass over ${name} has been started here yet.`, 2, [`nbflow run ${name}`]);
  }
}

function handleOf(found: Found): ReturnType<Connected['client']['workflow']['getHandle']> {
  return found.connected.client.workflow.getHandle(found.workflowId, found.runId);
}

function printRunning(workflowId: string, picture: Picture | null, options: OutputOptions): void {
  if (!picture) {
    if (options.json)
      jsonResult({
        workflowId,
        state: 'running',
        waitingFor: 'a worker',
        since: null,
        nodes: {},
        generations: {},
        current: [],
      });
    else
      result(`${workflowId}: running, but no worker answers right now. It goes on as soon as one is back (nbflow up).`);
    return;
  }
  const { progress, running } = picture;
  const current = progress.nodes
    .filter(({ state }) => state === 'running' || state === 'undecided')
    .map((node) => `${node.label}: ${nodeWord(node, running.get(node.key))}`);
  if (options.json) {
    const { state, waitingFor, since, totals } = progress;
    const generations = { ...totals.generations, paid: paidSoFar(progress, running) };
    jsonResult({ workflowId, state, waitingFor, since, nodes: totals.nodes, generations, current });
    return;
  }
  result(
    `${workflowId}: ${progress.waitingFor ? `waiting since ${timeOfDay(progress.since)}: ${progress.waitingFor}` : progress.state}`,
  );
  for (const line of liveLines(progress, running, 1000)) result(line);
}

function printEnded(found: Found, end: PassResult | null, options: OutputOptions): void {
  const { workflowId } = found;
  const state = end?.state ?? found.status.toLowerCase();
  if (options.json) {
    jsonResult({
      workflowId,
      state,
      waitingFor: null,
      since: null,
      nodes: end?.totals.nodes ?? {},
      generations: end?.totals.generations ?? {},
      current: [],
      output: end?.output ?? null,
    });
    return;
  }
  if (!end) result(`${workflowId}: ${state}. Run it again: what is paid for is kept.`);
  else {
    result(
      `${workflowId}: ${stateWords(end.state)}. ${nodeWords(end.totals.nodes)}; ${generationWords(end.totals.generations)}.`,
    );
    if (end.output) result(`Output: ${end.output}`);
  }
}
