/**
 * Lost answers that dead workers left behind, in other nodes' receipts. A task of such a node may be at the backend
 * without its id on our disk; a submit with the same beginning of its prompt would make the two impossible to tell
 * apart. So they are settled before it, by their own node if that is at work, else by whoever comes first.
 */
import { Context } from '@temporalio/activity';
import { nodeLockPath } from '../files/layout';
import { acquireNodeLock } from '../files/node-lock';
import { currentProcess } from '../files/process-identity';
import { prefixLockKey } from '../flow/request';
import type { Receipt } from '../flow/receipt';
import { failure } from './failures';
import { lookUpRow, openEntries } from './lookup';
import type { NodeRun } from './node-run';
import { ProgressMeter } from './progress-meter';

interface UnsettledRow {
  readonly receipt: Receipt;
  readonly row: number;
  /** Kind and beginning of the prompt. */
  readonly words: string;
}

/** What was open when this process first saw a receipts folder; later ones are this process's own and behind its gates. */
export class Unsettled {
  private readonly seen = new Map<string, Promise<UnsettledRow[]>>();

  in(run: NodeRun): Promise<UnsettledRow[]> {
    const folder = run.project.layout.receiptsDir;
    const known = this.seen.get(folder) ?? run.project.receipts.list().then((all) => all.flatMap(openOf));
    known.catch(() => this.seen.delete(folder));
    this.seen.set(folder, known);
    return known;
  }
}

function openOf(receipt: Receipt): UnsettledRow[] {
  const rows = new Set(receipt.generations.map(({ row }) => row));
  return [...rows].flatMap((row) => {
    const [first] = openEntries(receipt, row);
    return first ? [{ receipt, row, words: wordsOf(receipt.node.kind, first.promptPrefix) }] : [];
  });
}

function wordsOf(kind: string, prompt: string): string {
  return `${kind} ${prefixLockKey(prompt)}`;
}

/** Must run behind the prefix's gate. Throws `Node.Held` while the other node is at work: it settles its own. */
export async function settleOthers(run: NodeRun, prompt: string): Promise<void> {
  const wanted = wordsOf(run.generator.kind, prompt);
  for (const { receipt, row, words } of await run.deps.unsettled.in(run)) {
    if (words !== wanted || receipt.key === run.receiptKey) continue;
    const now = await run.project.receipts.read(receipt.key);
    if (openEntries(now, row).length > 0) await settleFor(run, receipt, row);
  }
}

async function settleFor(run: NodeRun, { key, node }: Receipt, row: number): Promise<void> {
  const { info } = Context.current();
  const owner = {
    identity: currentProcess(),
    attempt: info.attempt,
    taskToken: '',
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    activityId: `${info.activityId} for ${key}`,
  };
  const lock = await acquireNodeLock(nodeLockPath(run.project.layout, key), owner, { signal: run.signal });
  if (!('release' in lock)) {
    throw failure('Node.Held', `an answer for "${node.title}", whose prompt begins the same, is still being looked up`);
  }
  try {
    const generator = { ...run.generator, kind: node.kind, title: node.title };
    await lookUpRow({ ...run, receiptKey: key, generator, meter: new ProgressMeter(run.input.node) }, row);
  } finally {
    await lock.release();
  }
}
