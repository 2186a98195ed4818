/** What a pass came to: what happened, what it cost, where it lies, what to type next. */
import { relative } from 'node:path';
import { failureText, passAdvice } from '../flow/advice';
import type { GivingUp } from '../flow/giving-up';
import type { NodeOutcome } from '../flow/outcome';
import { generationWords, nodeWords, stateWords } from '../flow/summary';
import type { PassResult } from '../workflows/messages';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

export interface EndedPass {
  readonly workflowId: string;
  readonly runId: string;
  readonly uiUrl: string | null;
}

export function printEnd(
  end: PassResult,
  pass: EndedPass,
  options: OutputOptions & {
    readonly mode: 'images' | 'full';
    readonly file: string;
    readonly left?: number | undefined;
    readonly givingUp?: GivingUp | null;
    readonly undo?: string | undefined;
  },
): void {
  const { file, mode, left, givingUp = null, undo } = options;
  const taken = passAdvice(end.state, Object.values(end.outcomes), { file, mode, left });
  const advice = undo === undefined ? taken : [...taken, undo];
  const next = [...advice, ...(givingUp?.next ?? [])];
  const seconds = Math.round((end.finishedAt - end.startedAt) / 100) / 10;
  if (options.json) {
    const { output, errorsFile, report, totals } = end;
    jsonResult({
      workflowId: pass.workflowId,
      runId: pass.runId,
      state: end.state,
      nodes: totals.nodes,
      generations: totals.generations,
      output,
      errorsFile,
      report,
      seconds,
      notes: end.remarks,
      givingUp,
      next,
    });
    return;
  }
  for (const outcome of Object.values(end.outcomes)) {
    if (outcome.state === 'failed' || outcome.state === 'undecided')
      say(`  ${end.labels[outcome.key] ?? outcome.key}: ${why(outcome)}`);
  }
  for (const remark of end.remarks) say(`  note: ${remark}`);
  result(
    `${capital(stateWords(end.state))} in ${seconds} s. ${capital(nodeWords(end.totals.nodes))}; ${generationWords(end.totals.generations)}.`,
  );
  if (end.output)
    result(`Output: ${near(end.output)}${end.complete ? '' : '  (incomplete: some nodes have no result yet)'}`);
  if (end.report) result(`Report: ${near(end.report)}`);
  if (end.errorsFile) result(`Errors: ${near(end.errorsFile)}`);
  if (pass.uiUrl)
    result(`Details: ${pass.uiUrl}/namespaces/default/workflows/${encodeURIComponent(pass.workflowId)}/${pass.runId}`);
  for (const step of advice) result(`  → ${step}`);
  for (const line of givingUp?.words ?? []) result(line);
  for (const step of givingUp?.next ?? []) result(`  → ${step}`);
}

/** Failures of a server come as bare facts; of the rest the reason is a sentence already. */
function why({ errorType, reason, state }: NodeOutcome): string {
  const bare = errorType !== null && /^(Backend|Store|Disk)\./.test(errorType);
  return bare ? failureText(errorType, reason ?? '') : (reason ?? state);
}

function near(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
