/** For commands that change the file or its receipts as a whole: nobody else may be at it. */
import { FlowError } from '../flow/errors';
import type { ProjectLayout } from '../files/layout';
import type { Env } from '../config';
import { preconnect } from './warm';

/** Throws FlowError `File.Busy` (7) while a pass over this very file runs. Without a Temporal server none does. */
export async function refuseWhileRunning({ workflowId, file }: ProjectLayout, env: Env): Promise<void> {
  const connected = await preconnect(env);
  if (!connected) return;
  try {
    const { WorkflowNotFoundError } = await import('@temporalio/client');
    const pass = await connected.client.workflow
      .getHandle(workflowId)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
    if (pass?.status.name !== 'RUNNING' || (pass.memo?.['file'] ?? file) !== file) return;
    throw new FlowError('File.Busy', `A pass over ${file} is running. Nothing was changed.`, 7, [
      `Wait for its end: nbflow watch ${workflowId}`,
      `Or end it: nbflow cancel ${workflowId}`,
    ]);
  } finally {
    await connected.close();
  }
}
