/** Who else is at a file when a pass wants to begin. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../files/disk-errors';
import type { ProjectLayout } from '../files/layout';
import type { NodeLockOwner } from '../files/node-lock';
import { readNodeLock } from '../files/node-lock';
import { isSurelyAlive } from '../files/process-identity';
import type { PatchQueue } from '../files/source-file';
import { FlowError } from '../flow/errors';

/** A write of the file takes milliseconds, and an attempt that is told to stop lets go within two seconds. */
const WAIT_MS = 5_000;
const LOOK_MS = 200;

/**
 * Throws FlowError `File.Busy` (exit 7) that names the holder: a program that keeps the file's lock, or a worker of another
 * Temporal server that has nodes of it in hand. Locks of the dead do not count.
 */
export async function refuseBusy(
  patches: Pick<PatchQueue, 'awaitFree'>,
  { file, locksDir }: Pick<ProjectLayout, 'file' | 'locksDir'>,
  signal: AbortSignal,
): Promise<void> {
  await patches.awaitFree(file, WAIT_MS).catch((error: unknown) => {
    throw error instanceof FlowError && error.type === 'File.Busy' ? writing(file, error) : error;
  });
  const until = performance.now() + WAIT_MS;
  for (let other = await otherWorker(locksDir); other; other = await otherWorker(locksDir)) {
    if (performance.now() >= until) throw busy(file, other);
    await delay(LOOK_MS, undefined, { signal });
  }
}

/**
 * This worker's own older attempts are left to the nodes' locks, and so are those of other machines, of which nobody can
 * tell at once whether they live.
 */
async function otherWorker(locksDir: string): Promise<NodeLockOwner | null> {
  for (const name of await namesIn(locksDir)) {
    const owner = name.endsWith('.lock') ? await readNodeLock(join(locksDir, name)) : null;
    if (owner && owner.identity.pid !== process.pid && isSurelyAlive(owner.identity)) return owner;
  }
  return null;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

const NOTHING = 'Nothing was sent and nothing was spent.';

function writing(file: string, cause: FlowError): FlowError {
  const message = `Another program is writing ${basename(file)}. ${cause.message} ${NOTHING}`;
  return new FlowError('File.Busy', message, 7, cause.next, { cause });
}

function busy(file: string, { identity, workflowId }: NodeLockOwner): FlowError {
  return new FlowError(
    'File.Busy',
    `Another pass is at work on ${basename(file)}: ${workflowId}, by process ${identity.pid} on ${identity.host}, under another Temporal server or worker. ${NOTHING}`,
    7,
  );
}
