/** `nbflow status` and `nbflow watch`: a pass, now and live. */
import { exitCode } from '../flow/outcome';
import { generationWords, nodeWords, stateWords } from '../flow/summary';
import type { PassResult } from '../workflows/messages';
import { liveLines, paidSoFar, waitingLine } from './display';
import { printEnd } from './end';
import type { FoundPass } from './find-pass';
import { findPass, handleOf } from './find-pass';
import { askProgress, followPass } from './follow';
import type { Picture } from './follow';
import { listCommand } from './list';
import { nodeWord } from './node-word';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

/** Without a name: all passes that run. */
export async function statusCommand(name: string | undefined, options: OutputOptions): Promise<number> {
  if (name === undefined) return listCommand({ ...options, running: true });
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
    const end = await followPass(found, { quiet: false, file: name });
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
  result(`${workflowId}: ${waitingLine(progress) ?? progress.state}`);
  for (const line of liveLines(progress, running, 1000)) result(line);
}

function printEnded(found: FoundPass, end: PassResult | null, options: OutputOptions): void {
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
