import { Context } from '@temporalio/activity';
import type { NodeLockOwner } from '../files/node-lock';
import { currentProcess } from '../files/process-identity';

/** This activity as the owner of a node's lock; `about` names the node where it is not the activity's own. */
export function lockOwner({ about, taskToken = '' }: { about?: string; taskToken?: string } = {}): NodeLockOwner {
  const { info } = Context.current();
  return {
    identity: currentProcess(),
    attempt: info.attempt,
    taskToken,
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    activityId: about === undefined ? info.activityId : `${info.activityId} for ${about}`,
  };
}
