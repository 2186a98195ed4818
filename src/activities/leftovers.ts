/** Results whose place went to newer inputs while they were being made: paid for, so they are brought home too. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { candidatePath } from '../files/layout';
import { checkMedia } from '../files/media';
import { moveDurably } from '../files/atomic';
import { changeTask } from '../flow/ledger';
import type { Generation, Receipt } from '../flow/receipt';
import type { NodeRun } from './node-run';
import { isoNow } from './submit';

/**
 * Asks once for each such task and keeps what is ready beside the candidates, under `replaced`. Never fails and never
 * waits: the node is done without them.
 */
export async function fetchLeftovers(run: NodeRun): Promise<void> {
  const receipt = await run.project.receipts.read(run.receiptKey);
  const out = (receipt?.generations ?? []).filter(
    ({ superseded, state, taskId }) => superseded && state === 'submitted' && taskId !== null,
  );
  for (const entry of out) {
    if (run.signal.aborted) return;
    await fetchLeftover(run, entry, entry.taskId as string).catch(() => undefined);
  }
}

async function fetchLeftover(run: NodeRun, entry: Generation, taskId: string): Promise<void> {
  const { glabs, backend, signal, project, generator } = run;
  const status = await glabs.status(backend.server, taskId, signal);
  const url = status.state === 'completed' ? status.results[0] : undefined;
  if (url === undefined) return;
  const { baseDir } = project.layout;
  const place = candidatePath(project.layout, generator, entry, 'part');
  const folder = posix.join(posix.dirname(place), 'replaced');
  await mkdir(join(baseDir, folder), { recursive: true });
  const part = join(baseDir, folder, `.${taskId}.part`);
  try {
    const { sha256, bytes } = await glabs.download(url, part, signal);
    const { ext, mediaType } = await checkMedia(part);
    const file = posix.join(folder, `${sha256.slice(0, 8)}-${basename(place, '.part')}.${ext}`);
    await moveDurably(part, join(baseDir, file));
    const change = { state: 'generated', resultUrl: url, file, sha256, bytes, mediaType } as const;
    const at = isoNow(run);
    await project.receipts.update(run.receiptKey, (before) => changeTask(before as Receipt, taskId, change, at));
  } finally {
    await rm(part, { force: true });
  }
}
