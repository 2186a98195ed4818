/** The passes that a command is about: by file, by name, by workflow id, or all that run. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { FlowError } from '../flow/errors';
import { loadSettings } from '../config';
import type { Connected } from './connect';
import { openContext, projectRootOf, serverEnv } from './context';
import { connectRunning } from './servers';

export interface FoundPass {
  readonly connected: Connected & { readonly uiUrl: string | null };
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED… */
  readonly status: string;
  close(): Promise<void>;
}

/** Its newest pass. Throws FlowError: 2 when there is none, 4 when no server runs. */
export async function findPass(name: string): Promise<FoundPass> {
  const byFile = await openContext(name).then(
    (context) => ({ id: context.project.layout.workflowId, env: context.env }),
    (error: unknown) => ({ id: name, env: serverEnv(projectRootOf(process.cwd()), process.env), error }),
  );
  const connected = await connectRunning(byFile.env);
  try {
    const { runId, status } = await connected.client.workflow.getHandle(byFile.id).describe();
    return { connected, workflowId: byFile.id, runId, status: status.name, close: () => connected.close() };
  } catch (error) {
    await connected.close();
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if ('error' in byFile && byFile.error instanceof FlowError) throw byFile.error;
    throw new FlowError('Usage', `No pass over ${name} has been started here yet.`, 2, [`nbflow run ${name}`]);
  }
}

export function handleOf(found: Pick<FoundPass, 'connected' | 'workflowId' | 'runId'>): WorkflowHandle {
  return found.connected.client.workflow.getHandle(found.workflowId, found.runId);
}

export interface RunningPasses {
  readonly workflowIds: readonly string[];
  readonly connected: Connected;
  close(): Promise<void>;
}

/** Those of the named files, or all of the own task queue: another machine's passes are not ours to steer. Throws FlowError: 2 when a named one does not run, 4 when no server runs. */
export async function runningPasses(names: readonly string[]): Promise<RunningPasses> {
  if (names.length > 0) {
    const [first, ...rest] = await Promise.all(names.map(findPass));
    const all = [first as FoundPass, ...rest];
    const close = async (): Promise<void> => void (await Promise.all(all.map((one) => one.close())));
    const idle = all.find(({ status }) => status !== 'RUNNING');
    if (!idle)
      return { connected: all[0]?.connected as Connected, workflowIds: all.map((one) => one.workflowId), close };
    await close();
    throw new FlowError('Usage', `${idle.workflowId} is not running.`, 2, ['See what runs: nbflow list --running']);
  }
  const root = projectRootOf(process.cwd());
  const { taskQueue } = loadSettings(root, process.env);
  const connected = await connectRunning(serverEnv(root, process.env));
  const query = `WorkflowType = 'runPass' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", '')}'`;
  const workflowIds: string[] = [];
  for await (const { workflowId } of connected.client.workflow.list({ query })) workflowIds.push(workflowId);
  return { connected, workflowIds, close: () => connected.close() };
}
