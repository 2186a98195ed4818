/** Results whose place went to newer inputs while they were being made: paid for, so they are brought home too. */
import { changeTask } from '../flow/ledger';
import type { Generation, Receipt } from '../flow/receipt';
import type { NodeWork } from './ports';
import { isoNow } from './submit';

/**
 * Asks once for each such task and keeps what is ready beside the candidates. Never fails and never waits: the node is
 * done without them.
 */
export async function fetchLeftovers(work: NodeWork): Promise<void> {
  const receipt = await work.ports.receipts.read(work.receiptKey);
  const out = (receipt?.generations ?? []).filter(
    ({ superseded, state, taskId }) => superseded && state === 'submitted' && taskId !== null,
  );
  for (const entry of out) {
    if (work.signal.aborted) return;
    await fetchLeftover(work, entry, entry.taskId as string).catch(() => undefined);
  }
}

async function fetchLeftover(work: NodeWork, entry: Generation, taskId: string): Promise<void> {
  const { ports, signal, receiptKey } = work;
  const status = await ports.backend.status(taskId, signal);
  const url = status.state === 'completed' ? status.results[0] : undefined;
  if (url === undefined) return;
  const got = await ports.results.keepAside(entry, taskId, url, signal);
  const change = { state: 'generated', resultUrl: url, ...got } as const;
  const at = isoNow(work);
  await ports.receipts.update(receiptKey, (before) => changeTask(before as Receipt, taskId, change, at));
}
