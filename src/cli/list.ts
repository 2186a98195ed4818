/** `nbflow list`: the passes of this server, newest first: how far each is, what it cost, what it waits for. */
import { projectRootOf, serverEnv } from './context';
import type { Connected } from './connect';
import { paidSoFar, waitingLine } from './display';
import { askProgress } from './follow';
import type { OutputOptions } from './output';
import { clock, jsonResult, plural, result } from './output';
import { SEARCH_ATTRIBUTES } from '../names';
import type { NodeCounts } from '../flow/outcome';
import type { PassResult } from '../workflows/messages';
import { connectRunning } from './servers';

interface Row {
  readonly workflowId: string;
  readonly runId: string;
  readonly state: string;
  readonly startedAt: string;
  readonly seconds: number;
  /** Nodes that have ended with a result, and all; null where nobody can tell now. */
  readonly done: number | null;
  readonly total: number | null;
  /** Generations paid for in this pass. */
  readonly paid: number | null;
  readonly waitingFor: string | null;
  readonly since: string | null;
}

const MOST = 50;

export async function listCommand(options: OutputOptions & { readonly running?: boolean }): Promise<number> {
  const connected = await connectRunning(serverEnv(projectRootOf(process.cwd()), process.env));
  try {
    const query = `WorkflowType = 'runPass'${options.running ? " AND ExecutionStatus = 'Running'" : ''}`;
    const found: Promise<{ readonly row: Row; readonly waits: string | null }>[] = [];
    for await (const pass of connected.client.workflow.list({ query, pageSize: MOST })) {
      const shown = pass.searchAttributes[SEARCH_ATTRIBUTES.state]?.[0];
      const status = pass.status.name.toLowerCase();
      const state = status === 'running' || status === 'completed' ? String(shown ?? status) : status;
      const seconds = ((pass.closeTime ?? new Date()).getTime() - pass.startTime.getTime()) / 1000;
      const { workflowId, runId } = pass;
      const row = { workflowId, runId, state, startedAt: pass.startTime.toISOString(), seconds, ...UNKNOWN };
      found.push(status === 'running' ? withProgress(connected, row) : withResult(connected, row, status));
      if (found.length >= MOST) break;
    }
    const rows = await Promise.all(found);
    if (options.json) jsonResult({ passes: rows.map(({ row }) => row) });
    else printRows(rows, options.running ?? false);
    return 0;
  } finally {
    await connected.close();
  }
}

const UNKNOWN = { done: null, total: null, paid: null, waitingFor: null, since: null } as const;

async function withProgress(connected: Connected, row: Row): Promise<{ row: Row; waits: string | null }> {
  const picture = await askProgress({ connected, workflowId: row.workflowId });
  if (!picture) return { row: { ...row, waitingFor: 'a worker' }, waits: 'waiting for a worker: nbflow up' };
  const { progress, running } = picture;
  const { reused = 0, done = 0 } = progress.totals.nodes as Partial<NodeCounts>;
  const { state, waitingFor, since } = progress;
  const paid = paidSoFar(progress, running);
  return {
    row: { ...row, state, done: reused + done, total: progress.nodes.length, paid, waitingFor, since },
    waits: waitingLine(progress),
  };
}

async function withResult({ client }: Connected, row: Row, status: string): Promise<{ row: Row; waits: null }> {
  if (status !== 'completed') return { row, waits: null };
  const handle = client.workflow.getHandle(row.workflowId, row.runId, { firstExecutionRunId: row.runId });
  const end = (await handle.result().catch(() => null)) as PassResult | null;
  if (!end) return { row, waits: null };
  const { nodes, generations } = end.totals;
  const total = Object.values(nodes).reduce((sum, count) => sum + count, 0);
  return { row: { ...row, done: nodes.reused + nodes.done, total, paid: generations.paid }, waits: null };
}

function printRows(rows: readonly { readonly row: Row; readonly waits: string | null }[], running: boolean): void {
  if (rows.length === 0) return result(`No pass${running ? ' is running' : 'es yet'}. Start one: nbflow run FILE`);
  const width = Math.max(...rows.map(({ row }) => row.workflowId.length));
  for (const { row, waits } of rows) {
    const { workflowId, state, startedAt, seconds, done, total, paid } = row;
    const started = new Date(startedAt).toLocaleString('sv-SE').slice(0, 16);
    const far = total === null ? '' : `${done}/${total} nodes`;
    const cost = paid === null ? '' : `${plural(paid, 'generation')} paid`;
    result(
      `${workflowId.padEnd(width)}  ${state.padEnd(18)}  ${far.padEnd(13)}  ${cost.padEnd(20)}  ${started}  ${clock(seconds * 1000)}`,
    );
    if (waits) result(`  ${waits}`);
  }
}
