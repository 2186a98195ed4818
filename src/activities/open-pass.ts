import { ApplicationFailure } from '@temporalio/common';
import type { NodeOutcome } from '../flow/outcome';
import { owesLeftovers } from '../flow/leftovers';
import { settledOutcome } from '../flow/outcome';
import type { Plan, PlannedNode, Prices } from '../flow/plan-types';
import { nodeLabel } from '../flow/labels';
import { selectionProblems } from '../flow/select';
import { FlowError } from '../flow/errors';
import { findingLines } from '../flow/finding-lines';
import type { CompiledFlow } from '../flow/types';
import { exceeds, planOverBudget, spentBy } from '../flow/budget';
import { backupFile } from '../files/backups';
import { notePass } from '../files/pass-note';
import { loadSettings } from '../config';
import { planProject } from '../evidence';
import type { PlannedPass } from '../evidence';
import type { Project } from '../project';
import { openProject } from '../project';
import type { OpenedPass, PassNode, PassOptions } from '../workflows/messages';
import type { ActivityDeps } from './deps';
import { toFailure } from './failures';
import { atGate } from './gate-checks';
import { presentRun } from './gate-holds';
import { withHeartbeat } from './heartbeat';
import { noteInterruption } from './last-attempt';
import { lockOther } from './lock-other';
import { uploadLocalReferences } from './local-references';
import { planOptions } from './plan-options';
import { refuseBusy } from './refuse-busy';
import { settleReceipts } from './settle-receipts';

export interface OpenPassInput {
  readonly file: string;
  readonly root: string;
  readonly pass: string;
  readonly options: PassOptions;
}

/** Reads, checks, backs up and plans. Errors of the file stop the pass here, before anything is spent. */
export function createOpenPass(deps: ActivityDeps): (input: OpenPassInput) => Promise<OpenedPass> {
  return (input) =>
    withHeartbeat(
      () => ({ stage: 'opening' }),
      async (signal) => {
        try {
          return await openPass(deps, input, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          // Nothing has begun: who holds the file is told at once, instead of waiting behind them for ever.
          if (error instanceof FlowError && error.type === 'File.Busy')
            throw ApplicationFailure.nonRetryable(error.message, error.type);
          const { file, root, options } = input;
          const place = { file, root, servers: options.servers, runId: presentRun(), node: 'open' };
          throw await atGate(deps, place, toFailure(error), signal);
        }
      },
    );
}

async function openPass(deps: ActivityDeps, input: OpenPassInput, signal: AbortSignal): Promise<OpenedPass> {
  const settings = loadSettings(input.root, deps.env, { servers: input.options.servers });
  const open = (): Promise<Project> => openProject(input.file, deps.flows, input.root, settings.brand);
  let project = await open();
  refuseFindings(project.flow, input);
  const { layout } = project;
  await noteInterruption(layout, { pass: input.pass, step: 'open', node: null });
  await refuseBusy(deps.patches, layout, signal);
  const backup = await backupFile(input.file, layout.backupsDir, 'pre-run', new Date(deps.now()));
  if (await uploadLocalReferences(deps, settings, project, signal)) project = await open();
  const options = planOptions(input.options, settings.prices, input.pass);
  const planned = await planProject(project, {
    plan: options,
    signal,
    fetchReference: (url) => deps.references.get(input.pass, url),
  });
  refuseOverBudget(planned, { input, prices: settings.prices });
  await notePass(layout.receiptsDir, input.pass, new Date(deps.now()).toISOString());
  await settleReceipts(project, planned, input.pass, {
    at: new Date(deps.now()).toISOString(),
    lock: (key) => lockOther({ dir: layout.receiptsDir, key }, signal),
  });
  return {
    pass: input.pass,
    code: layout.code,
    fileVersion: layout.version,
    nodes: passNodes(project, planned),
    price: planned.plan.price,
    remarks: remarksOf(planned),
    backup,
  };
}

function refuseFindings(flow: CompiledFlow, input: OpenPassInput): void {
  const errors = flow.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new FlowError(
      'File.Invalid',
      `The sanity check refused the file; nothing was spent.\n${findingLines(errors).join('\n')}`,
      3,
    );
  }
  const problems = selectionProblems(flow, input.options);
  if (problems.length > 0) throw new FlowError('Usage', problems.join('\n'), 2);
}

/** Before the first submit. What this very pass spent counts as well: it may have been reset and opened again. */
function refuseOverBudget(
  { plan, evidence }: PlannedPass,
  { input, prices }: { readonly input: OpenPassInput; readonly prices: Prices },
): void {
  const budget = input.options.budget ?? null;
  if (budget === null) return;
  const spent = spentBy(input.pass, [...evidence.receipts.values()], prices);
  if (exceeds(budget, spent, plan.price)) {
    throw new FlowError('Budget.Exceeded', planOverBudget(plan.price, budget, spent), 5);
  }
}

function passNodes(project: Project, { plan, evidence, receiptKeys }: PlannedPass): readonly PassNode[] {
  const { flow } = project;
  const several = new Set(flow.generators.map(({ tab }) => tab)).size > 1;
  const planned = new Set(plan.nodes.map(({ key }) => key));
  return plan.nodes.map((node) => {
    const generator = flow.byKey.get(node.key);
    const upstream = generator?.dependsOn ?? [];
    const owes = generator !== undefined && owesLeftovers(evidence.receipts.get(node.key), generator, node);
    return {
      key: node.key,
      label: nodeLabel(node, several),
      title: node.title,
      account: node.account,
      scene: node.scene,
      kind: node.kind,
      dependsOn: upstream.filter((key) => planned.has(key)),
      candidates: count(node),
      generate: count(node, 'generate'),
      receiptKeys: Object.fromEntries([node.key, ...upstream].map((key) => [key, receiptKeys.get(key) as string])),
      settled: settledAtOnce(node, owes),
    };
  });
}

function count(
  node: PlannedNode,
  action?: Plan['nodes'][number]['rows'][number]['candidates'][number]['action'],
): number {
  const all = node.rows.flatMap((row) => row.candidates);
  return action ? all.filter((candidate) => candidate.action === action).length : all.length;
}

/** What waits for a person is not settled before the end: a decision may come while other nodes are at work. */
function settledAtOnce(node: PlannedNode, owes: boolean): NodeOutcome | null {
  const outcome = settledOutcome(node, owes);
  return outcome?.state === 'undecided' ? null : outcome;
}

/** Few and short: they travel through history. */
function remarksOf({ plan, unsure }: PlannedPass): readonly string[] {
  const remarks = plan.nodes.flatMap((node) => node.remarks.map((remark) => `${node.title}: ${remark}`));
  const links =
    unsure.length > 0 ? [`${unsure.length} cached link(s) could not be checked just now; they are trusted.`] : [];
  return [...links, ...remarks].slice(0, 50);
}
