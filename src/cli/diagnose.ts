/** `nbflow diagnose FILE`: what there is after a crash, and the one command to type. Needs no server. */
import { createGLabsClient } from '../clients/glabs';
import type { DiagnosedPlan, FoundOutput } from '../diagnose';
import { diagnoseNodes, diagnosePlan, findOutput } from '../diagnose';
import { errorsTold } from '../errors-told';
import type { ProjectLayout } from '../files/layout';
import { projectLayout } from '../files/layout';
import type { DiagnosedNode, Diagnosis, Facts } from '../flow/diagnosis';
import { diagnose } from '../flow/diagnosis';
import { FlowError } from '../flow/errors';
import { errorsOf } from '../flow/finding-lines';
import { FlowCache } from '../flow-cache';
import { findGivingUp } from '../giving-up';
import type { CommandContext } from './context';
import { openContext, resolveSource } from './context';
import { waitingLine } from './display';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import { preconnect } from './warm';

/** G-Labs is on this machine or behind a tunnel; a person waits for the answer. */
const HEALTH_MS = 2_000;

interface Findings {
  readonly layout: ProjectLayout;
  readonly facts: Facts;
  readonly output: FoundOutput;
  /** What errors.json says about this file, in words. */
  readonly failures: readonly string[];
  /** Links that nobody could tell about; null when they took too long. */
  readonly unsure: number | null;
}

/** Exit code: 0 nothing to do or under way, 1 something is missing, 3 refused by the check, 6 needs a person, 8 damaged. */
export async function diagnoseCommand(name: string, options: OutputOptions): Promise<number> {
  const findings = await look(name);
  const diagnosis = diagnose(findings.facts);
  if (options.json) printJson(findings, diagnosis);
  else print(findings, diagnosis);
  return diagnosis.exitCode;
}

async function look(name: string): Promise<Findings> {
  const file = resolveSource(name, process.cwd());
  const opened = await openContext(file).catch((error: unknown) => {
    if (error instanceof FlowError && (error.exitCode === 8 || error.exitCode === 2)) return error;
    throw error;
  });
  const layout = opened instanceof FlowError ? projectLayout(file) : opened.project.layout;
  const output = await findOutput(layout, new FlowCache());
  const common = { name, output: output.state };
  if (opened instanceof FlowError) {
    const unknown = {
      errors: 0,
      running: null,
      backendAnswers: null,
      plan: null,
      givingUp: null,
      deadLinks: 0,
      nodes: [],
    };
    const damaged = opened.message.replace(/\.$/, '');
    const failures = await errorsTold(layout, null);
    return { layout, output, failures, unsure: 0, facts: { ...common, damaged, ...unknown } };
  }
  const [running, backendAnswers, planned] = await Promise.all([runningWords(opened), health(opened), planOf(opened)]);
  const dead = planned?.dead ?? new Set<string>();
  const plan = planned?.plan ?? null;
  const nodes = await diagnoseNodes(opened.project, dead);
  const failures = await errorsTold(layout, plan);
  const givingUp = plan && (await findGivingUp(opened.project, name, opened.settings.prices, plan));
  const errors = errorsOf(opened.project.flow.findings).length;
  const facts = {
    ...common,
    damaged: null,
    errors,
    running,
    backendAnswers,
    plan,
    givingUp,
    deadLinks: dead.size,
    nodes,
  };
  return { layout, output, failures, unsure: planned ? planned.unsure : 0, facts };
}

function planOf({ project, settings }: CommandContext): Promise<DiagnosedPlan | null> {
  if (project.flow.generators.length === 0 || errorsOf(project.flow.findings).length > 0) return Promise.resolve(null);
  return diagnosePlan(project, settings.prices);
}

async function health({ settings }: CommandContext): Promise<boolean> {
  const glabs = createGLabsClient({ key: () => null });
  const asked = settings.servers.map((server) => glabs.health(server, AbortSignal.timeout(HEALTH_MS)));
  const answers = await Promise.allSettled(asked);
  await glabs.close();
  return answers.some(({ status }) => status === 'fulfilled');
}

/** Null when no pass runs, or no server does. */
async function runningWords({ project, env }: CommandContext): Promise<string | null> {
  const connected = await preconnect(env);
  if (!connected) return null;
  try {
    const { workflowId } = project.layout;
    const pass = await connected.client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    if (pass?.status.name !== 'RUNNING') return null;
    const { askProgress } = await import('./follow.js');
    const picture = await askProgress({ connected, workflowId });
    if (!picture) return 'no worker answers right now; it goes on as soon as one is back (nbflow up)';
    return waitingLine(picture.progress) ?? picture.progress.state;
  } finally {
    await connected.close();
  }
}

function printJson({ layout, facts, output, failures, unsure }: Findings, diagnosis: Diagnosis): void {
  const { condition, verdict, next } = diagnosis;
  const { damaged, errors, running, backendAnswers, plan, givingUp, nodes, deadLinks } = facts;
  const price = plan?.price ?? null;
  const { file } = layout;
  jsonResult({
    file,
    condition,
    verdict,
    damaged,
    errors,
    output,
    running,
    backendAnswers,
    price,
    links: { dead: deadLinks, unsure },
    nodes,
    failures,
    givingUp,
    next,
  });
}

function print({ facts, output, failures, unsure }: Findings, { verdict, next }: Diagnosis): void {
  for (const line of table(facts.nodes)) result(line);
  if (facts.damaged === null) result(OUTPUTS[output.state] + (output.path ? `  ${output.path}` : ''));
  if (facts.backendAnswers !== null) result(facts.backendAnswers ? 'G-Labs answers.' : 'G-Labs does not answer.');
  if (facts.deadLinks > 0) result(`${plural(facts.deadLinks, 'link')} answered 404: nbflow verify says which.`);
  if (unsure !== 0)
    result(`${unsure === null ? 'The links' : plural(unsure, 'link')} could not be asked just now, and count as good.`);
  if (failures.length > 0) result('errors.json says about this file:');
  for (const line of failures) result(`  ${line}`);
  result(`\n${verdict}`);
  for (const line of facts.givingUp?.words ?? []) result(line);
  for (const step of next) say(`  → ${step}`);
}

const OUTPUTS: Readonly<Record<FoundOutput['state'], string>> = {
  none: 'No -generated.nbflow of this version.',
  damaged: 'The -generated.nbflow of this version is damaged:',
  incomplete: 'The -generated.nbflow lacks some results:',
  complete: 'The -generated.nbflow is whole:',
};

const HEAD = ['', 'wanted', 'on disk', 'on R2', 'in the file', 'on record', 'out'];

/** A line for each picture or clip node; one that has all that it was asked for is marked. */
function table(nodes: readonly DiagnosedNode[]): readonly string[] {
  if (nodes.length === 0) return [];
  const several = new Set(nodes.map(({ account }) => account)).size > 1;
  const rows = nodes.map((node) => {
    const place = node.scene === null ? node.title : `Scene ${node.scene}`;
    const name = `${several ? `${node.account} · ` : ''}${place} ${node.kind === 'image' ? 'pictures' : 'clips'}`;
    const { wanted, onDisk, onStore, inFile, onRecord, out } = node;
    return [name, ...[wanted, onDisk, onStore, inFile, onRecord, out].map(String)];
  });
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return [line(HEAD), ...rows.map(line), ''];
}
