/** Changing a node's receipt from outside a pass: under the node's lock, so that no attempt is at work on it. */
import { nodeLockPath } from './files/layout';
import type { NodeLockOwner } from './files/node-lock';
import { acquireNodeLock } from './files/node-lock';
import { currentProcess } from './files/process-identity';
import { FlowError } from './flow/errors';
import type { Receipt } from './flow/receipt';
import type { Project } from './project';

/** A command as the owner of a node's lock. */
export function commandOwner(command: string): NodeLockOwner {
  return { identity: currentProcess(), attempt: 1, taskToken: '', workflowId: '', runId: '', activityId: command };
}

/** Throws FlowError `Node.Held` (7) while somebody else is at work on the node; nothing is written then. */
export async function editReceipt(
  project: Pick<Project, 'layout' | 'receipts'>,
  key: string,
  owner: NodeLockOwner,
  change: (receipt: Receipt) => Receipt,
  /** What people call the node. */
  name: string = key,
): Promise<void> {
  const lock = await acquireNodeLock(nodeLockPath(project.layout, key), {
    ...owner,
    activityId: `${owner.activityId} ${key}`,
  });
  if (!('release' in lock)) {
    throw new FlowError('Node.Held', `${name} is being worked on by another process right now.`, 7, [
      'Wait a moment, then type it again.',
    ]);
  }
  try {
    await project.receipts.update(key, (now) => change(now as Receipt));
  } finally {
    await lock.release();
  }
}
