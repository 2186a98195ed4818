/** `nbflow diagnose FILE`: what there is after a crash, and the one command to type. Needs no server. */
import { readFile } from 'node:fs/promises';
import { createGLabsClient } from '../clients/glabs';
import { localPlan } from '../decisions';
import type { FoundOutput } from '../diagnose';
import { diagnoseNodes, findOutput } from '../diagnose';
import { readErrors } from '../files/errors-text';
import type { ProjectLayout } from '../files/layout';
import { projectLayout } from '../files/layout';
import type { DiagnosedNode, Diagnosis, Facts } from '../flow/diagnosis';
import { diagnose } from '../flow/diagnosis';
import { FlowError } from '../flow/errors';
import { errorsOf } from '../flow/finding-lines';
import type { Plan } from '../flow/plan-types';
import { FlowCache } from '../flow-cache';
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
  const failures = await failuresOf(layout);
  if (opened instanceof FlowError) {
    const unknown = { errors: 0, output: output.state, running: null, backendAnswers: null, plan: null, nodes: [] };
    return { layout, output, failures, facts: { name, damaged: opened.message.replace(/\.$/, ''), ...unknown } };
  }
  const [running, backendAnswers, nodes, plan] = await Promise.all([
    runningWords(opened),
    health(opened),
    diagnoseNodes(opened.project),
    planOf(opened),
  ]);
  const errors = errorsOf(opened.project.flow.findings).length;
  const facts: Facts = { name, damaged: null, errors, output: output.state, running, backendAnswers, plan, nodes };
  return { layout, output, failures, facts };
}

function planOf({ project, settings }: CommandContext): Promise<Plan | null> {
  if (project.flow.generators.length === 0 || errorsOf(project.flow.findings).length > 0) return Promise.resolve(null);
  const all = { mode: 'full', scenes: [], accounts: [], nodes: [], rows: [] } as const;
  return localPlan(project, all, settings.prices);
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

async function failuresOf({ errorsFile, workflowId }: ProjectLayout): Promise<readonly string[]> {
  const text = await readFile(errorsFile, 'utf8').catch(() => null);
  if (text === null) return [];
  const entries = readErrors(text);
  if (!entries) return ['errors.json is there and can not be read; the next run sets it aside and begins a new one.'];
  return entries
    .filter(({ workflow }) => workflow === workflowId)
    .map(({ raw }) => {
      const { title = '', words = '', message = '' } = JSON.parse(raw) as Record<string, string>;
      return `${title}: ${words || message}`;
    });
}

function printJson({ layout, facts, output, failures }: Findings, diagnosis: Diagnosis): void {
  const { condition, verdict, next } = diagnosis;
  const { damaged, errors, running, backendAnswers, plan, nodes } = facts;
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
    nodes,
    failures,
    next,
  });
}

function print({ facts, output, failures }: Findings, { verdict, next }: Diagnosis): void {
  for (const line of table(facts.nodes)) result(line);
  if (facts.damaged === null) result(OUTPUTS[output.state] + (output.path ? `  ${output.path}` : ''));
  if (facts.backendAnswers !== null) result(facts.backendAnswers ? 'G-Labs answers.' : 'G-Labs does not answer.');
  if (failures.length > 0) result(`errors.json has ${plural(failures.length, 'entry', 'entries')} about this file:`);
  for (const line of failures) result(`  ${line}`);
  result(`\n${verdict}`);
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
