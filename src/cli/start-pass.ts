import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { FlowError } from '../flow/errors';
import type { Services } from '../services/up';
import { SEARCH_ATTRIBUTES } from '../names';
import type { PassInput, PassOptions } from '../workflows/messages';
import type { runPass } from '../workflows/run-pass';
import type { Env } from '../config';
import type { Connected } from './connect';
import { connectTemporal, ensureSearchAttributes } from './connect';
import type { CommandContext } from './context';
import { say } from './output';

export interface StartedPass {
  readonly connected: Connected;
  readonly workflowId: string;
  readonly runId: string;
  readonly uiUrl: string | null;
  /** True when a pass over this file was already running and we joined it. */
  readonly joined: boolean;
  close(): Promise<void>;
}

/** Starts the file's pass, or joins the one that runs already: one pass per file is Temporal's guarantee. */
export async function startPass(
  context: CommandContext,
  options: PassOptions,
  services: Services,
  warm: Connected | null = null,
): Promise<StartedPass> {
  const connected = await connectionTo(services, context.env, warm);
  const searchable = services.temporal.source === 'embedded' || (await ensureSearchAttributes(connected));
  const { layout } = context.project;
  const { workflowId } = layout;
  const { taskQueue } = context.settings;
  const input: PassInput = { file: layout.file, root: layout.root, taskQueue, options, searchAttributes: searchable };
  const pass = { connected, workflowId, uiUrl: services.temporal.uiUrl, close: () => connected.close() };
  try {
    const handle: WorkflowHandleWithFirstExecutionRunId<typeof runPass> = await connected.client.workflow.start<
      typeof runPass
    >('runPass', {
      workflowId,
      taskQueue,
      args: [input],
      workflowTaskTimeout: '10 s',
      staticSummary: `${layout.code} ${layout.version}`,
      memo: { file: layout.file },
      ...(searchable ? { typedSearchAttributes: attributes(layout) } : {}),
    });
    return { ...pass, runId: handle.firstExecutionRunId, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { ...pass, runId: await joinRunning(connected, workflowId, layout.file), joined: true };
  }
}

/** The connection that was made ahead, unless the servers turned out to be others. */
async function connectionTo(services: Services, env: Env, warm: Connected | null): Promise<Connected> {
  if (warm?.address === services.temporal.address) return warm;
  await warm?.close();
  return connectTemporal({ ...env, ...services.env });
}

/** Two projects may have files of the same path below their roots: the running pass must be over this very file. */
async function joinRunning(connected: Connected, workflowId: string, file: string): Promise<string> {
  const { runId, memo } = await connected.client.workflow.getHandle(workflowId).describe();
  const other = memo?.['file'];
  if (typeof other === 'string' && other !== file) {
    await connected.close();
    throw new FlowError('File.Busy', `A pass over another file with the same name is running: ${other}`, 7, [
      'Wait until it is done, or give this project a worker and queue of its own (NBFLOW_HOME).',
    ]);
  }
  say('A pass over this file is running already; joining it (its own options stay in force).');
  return runId;
}

function attributes(layout: { code: string; version: string; brand: string }): TypedSearchAttributes {
  const pair = (name: string, value: string): { key: ReturnType<typeof keyword>; value: string } => ({
    key: keyword(name),
    value,
  });
  return new TypedSearchAttributes([
    pair(SEARCH_ATTRIBUTES.code, layout.code),
    pair(SEARCH_ATTRIBUTES.version, layout.version),
    pair(SEARCH_ATTRIBUTES.brand, layout.brand),
    pair(SEARCH_ATTRIBUTES.state, 'opening'),
  ]);
}

function keyword(name: string): ReturnType<typeof defineSearchAttributeKey<typeof SearchAttributeType.KEYWORD>> {
  return defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
}
