/**
 * Results that no candidate of today waits for: newer inputs took their place while they were being made, or their row was
 * deleted. They are paid for, so they are brought home too, and what became of them is written down.
 */
import { taskFailure } from '../flow/failure-evidence';
import type { Change } from '../flow/ledger';
import { changeTask } from '../flow/ledger';
import { isLeftover } from '../flow/leftovers';
import type { Generation, Receipt } from '../flow/receipt';
import { awaitAtHome } from './homes';
import type { Fetched, NodeWork } from './ports';
import { isGone, isoNow } from './submit';

/**
 * Asks for each such task and keeps what is ready beside the candidates. Never fails and never waits for one that is still
 * being made: the node is done without them.
 */
export async function fetchLeftovers(work: NodeWork): Promise<void> {
  const receipt = await work.ports.receipts.read(work.receiptKey);
  const out = (receipt?.generations ?? []).filter((entry) => isLeftover(entry, work.generator));
  for (const entry of out) {
    if (work.signal.aborted) return;
    await fetchLeftover(work, entry, entry.taskId as string).catch(() => undefined);
  }
}

async function fetchLeftover(work: NodeWork, entry: Generation, taskId: string): Promise<void> {
  const { ports, signal, receiptKey } = work;
  const { state } = await ports.backend.status(taskId, signal);
  if (state === 'pending' || state === 'running') return;
  const change = await endOf(work, entry, taskId);
  if (!change) return;
  const at = isoNow(work);
  await ports.receipts.update(receiptKey, (before) => changeTask(before as Receipt, taskId, change, at));
}

/** Null while it can't be told. What is lost here is paid for by nobody again. */
async function endOf(work: NodeWork, entry: Generation, taskId: string): Promise<Change | null> {
  const status = await awaitAtHome(work, entry);
  if (status.state === 'failed') {
    const message = status.error || status.detail || 'no reason given';
    return { state: 'failed', error: { type: taskFailure(status.code, message).type, code: status.code, message } };
  }
  const url = (status.state === 'completed' ? status.results[0] : undefined) ?? entry.resultUrl ?? undefined;
  if (url === undefined)
    return status.state === 'completed' ? null : lost(`G-Labs does not know task ${taskId} any more`);
  const got = await keep(work, entry, taskId, url);
  return got ? { state: 'generated', resultUrl: url, ...got } : lost(`G-Labs no longer has the file of task ${taskId}`);
}

/** Null when G-Labs says twice, and is well in between, that it has no such file. */
async function keep(work: NodeWork, entry: Generation, taskId: string, url: string): Promise<Fetched | null> {
  for (let refused = 1; ; refused++) {
    try {
      return await work.ports.results.keepAside(entry, taskId, url, work.signal);
    } catch (error) {
      if (!isGone(error)) throw error;
      await work.ports.backend.health(work.signal);
      if (refused > 1) return null;
    }
  }
}

function lost(message: string): Change {
  return { state: 'lost', error: { type: 'Generation.Lost', code: null, message } };
}
