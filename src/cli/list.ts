/** `nbflow list`: the passes of this server, newest first. */
import { projectRootOf, serverEnv } from './context';
import type { OutputOptions } from './output';
import { clock, jsonResult, result } from './output';
import { SEARCH_ATTRIBUTES } from '../names';
import { connectRunning } from './servers';

interface Row {
  readonly workflowId: string;
  readonly runId: string;
  readonly state: string;
  readonly startedAt: string;
  readonly seconds: number;
}

const MOST = 50;

export async function listCommand(options: OutputOptions & { readonly running?: boolean }): Promise<number> {
  const connected = await connectRunning(serverEnv(projectRootOf(process.cwd()), process.env));
  try {
    const query = `WorkflowType = 'runPass'${options.running ? " AND ExecutionStatus = 'Running'" : ''}`;
    const rows: Row[] = [];
    for await (const pass of connected.client.workflow.list({ query, pageSize: MOST })) {
      const shown = pass.searchAttributes[SEARCH_ATTRIBUTES.state]?.[0];
      const status = pass.status.name.toLowerCase();
      const state = status === 'running' || status === 'completed' ? String(shown ?? status) : status;
      const seconds = ((pass.closeTime ?? new Date()).getTime() - pass.startTime.getTime()) / 1000;
      rows.push({
        workflowId: pass.workflowId,
        runId: pass.runId,
        state,
        startedAt: pass.startTime.toISOString(),
        seconds,
      });
      if (rows.length >= MOST) break;
    }
    if (options.json) jsonResult({ passes: rows });
    else printRows(rows);
    return 0;
  } finally {
    await connected.close();
  }
}

function printRows(rows: readonly Row[]): void {
  if (rows.length === 0) return result('No passes yet. Start one: nbflow run FILE');
  const width = Math.max(...rows.map(({ workflowId }) => workflowId.length));
  for (const { workflowId, state, startedAt, seconds } of rows) {
    const started = new Date(startedAt).toLocaleString('sv-SE').slice(0, 16);
    result(`${workflowId.padEnd(width)}  ${state.padEnd(18)}  ${started}  ${clock(seconds * 1000)}`);
  }
}
