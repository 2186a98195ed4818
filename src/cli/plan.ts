/** `nbflow plan`: exactly the generations that `nbflow run` would pay for. Sends nothing. */
import { planOptions } from '../activities/plan-options';
import { fetchReference } from '../clients/references';
import { planProject } from '../evidence';
import { planWords } from '../flow/summary';
import type { Plan, PlannedNode, PlannedRow } from '../flow/plan-types';
import { nodeLabel } from '../flow/labels';
import type { Finding, Source } from '../flow/types';
import { openContext } from './context';
import type { CommandContext } from './context';
import { errorsOf, findingLines, mendingSteps } from '../flow/finding-lines';
import type { RunOptions } from './run';
import { toPassOptions } from './run';
import { jsonResult, plural, result, say } from './output';
import { refuseUnknown } from './selection';

export async function planCommand(name: string, options: RunOptions): Promise<number> {
  const context = await openContext(name, { servers: options.server, concurrency: options.concurrency });
  const { project, settings } = context;
  const errors = errorsOf(project.flow.findings);
  const passOptions = toPassOptions(context, options);
  if (errors.length === 0) refuseUnknown(project.flow, passOptions, name);
  const empty: Plan = {
    nodes: [],
    totals: { generate: 0, reuse: 0, resume: 0, finish: 0, blocked: 0 },
    price: 0,
    saved: 0,
  };
  const { plan, unsure } =
    errors.length > 0
      ? { plan: empty, unsure: [] }
      : await planProject(project, {
          plan: planOptions(passOptions, settings.prices, null),
          fetchReference: (url) => fetchReference(url, {}),
        });
  if (options.json) jsonResult(planJson(context, plan));
  else printPlan(context, { name, plan, unsure: unsure.length });
  return errors.length > 0 ? 3 : 0;
}

function planJson({ project, file }: CommandContext, plan: Plan): object {
  const { code, version } = project.layout;
  const { totals, price, nodes } = plan;
  return {
    file,
    code,
    fileVersion: version,
    totals,
    price,
    findings: project.flow.findings,
    nodes: nodes.map(nodeJson),
  };
}

function nodeJson({ tab, account, id, title, kind, scene, dependsOn, remarks, skip, rows }: PlannedNode): object {
  return { tab, account, id, title, kind, scene, dependsOn, remarks, skip, rows: rows.map(rowJson) };
}

function rowJson({ row, prompt, references, startFrame, endFrame, candidates }: PlannedRow): object {
  return {
    row,
    prompt,
    references: references.map(sourceJson),
    startFrame: startFrame && sourceJson(startFrame),
    endFrame: endFrame && sourceJson(endFrame),
    candidates: candidates.map(({ candidate, action, reason, price }) => ({ candidate, action, reason, price })),
  };
}

function sourceJson(source: Source): object {
  if (source.kind === 'url') return { url: source.url };
  if (source.kind === 'local') return { url: source.path };
  const [tab, id] = source.from.split(':').map(Number);
  return { from: { tab, id } };
}

function refused(findings: readonly Finding[], name: string): void {
  say('The file must be corrected first; nothing would be generated.');
  for (const step of mendingSteps(errorsOf(findings), name)) say(`  → ${step}`);
}

interface Planned {
  readonly name: string;
  readonly plan: Plan;
  /** Links that could not be checked. */
  readonly unsure: number;
}

function printPlan({ project, file, settings }: CommandContext, { name, plan, unsure }: Planned): void {
  for (const line of findingLines(project.flow.findings)) say(line);
  if (errorsOf(project.flow.findings).length > 0) return refused(project.flow.findings, name);
  const several = new Set(plan.nodes.map(({ tab }) => tab)).size > 1;
  for (const node of plan.nodes) {
    result(`${nodeLabel(node, several)}: ${nodeWords(node)}`);
    for (const remark of node.remarks) result(`    note: ${remark}`);
  }
  if (plan.nodes.length === 0) result('Nothing to generate.');
  const { image, video } = settings.prices;
  result(`${planWords(plan)}. Price ${plan.price} (image ${image}, video ${video}); reuse saves ${plan.saved}.`);
  if (unsure > 0) say(`  note: ${plural(unsure, 'cached link')} could not be checked just now; trusted.`);
  if (plan.totals.generate + plan.totals.resume + plan.totals.finish > 0) say(`  → nbflow run ${file}`);
}

/** `4 to generate (no picture yet)`, `4 reused`; one part per action and reason. */
function nodeWords(node: PlannedNode): string {
  if (node.skip !== null) return `skipped: ${node.skip}`;
  const groups = new Map<string, { action: string; reason: string; count: number }>();
  for (const { action, reason } of node.rows.flatMap((row) => row.candidates)) {
    const group = groups.get(`${action} ${reason}`) ?? { action, reason, count: 0 };
    groups.set(`${action} ${reason}`, { ...group, count: group.count + 1 });
  }
  const rows = node.rows.length > 1 ? `${plural(node.rows.length, 'row')}, ` : '';
  return (
    rows +
    [...groups.values()]
      .map(({ action, reason, count }) => `${count} ${VERBS[action] ?? action}${reason ? ` (${reason})` : ''}`)
      .join('; ')
  );
}

const VERBS: Readonly<Record<string, string>> = {
  generate: 'to generate',
  reuse: 'reused',
  resume: 'to resume',
  finish: 'to finish',
  blocked: 'blocked',
};
