/** `nbflow decide`: a person's word about candidates that G-Labs lost, or whose fate is uncertain. */
import { findDecidables, localPlan, writeDecisions } from '../decisions';
import { currentProcess } from '../files/process-identity';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import type { Decidable } from '../flow/open-decisions';
import { candidateLabel, candidateSelector } from '../flow/open-decisions';
import { isSelected } from '../flow/select';
import type { Selection } from '../flow/select';
import type { Verdict } from '../workflows/decide-update';
import type { CommandContext } from './context';
import { openContext } from './context';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import type { RunningPass } from './running-pass';
import { findRunningPass } from './running-pass';
import { refuseUnknown } from './selection';

export interface DecideOptions extends OutputOptions {
  readonly scene?: readonly string[];
  readonly account?: readonly string[];
  readonly node?: readonly number[];
  readonly row?: readonly number[];
  readonly candidate?: readonly number[];
}

interface Chosen {
  readonly context: CommandContext;
  readonly all: readonly Decidable[];
  readonly about: readonly Decidable[];
  readonly pass: RunningPass | null;
  /** As the person named the file. */
  readonly name: string;
}

/** Without a verdict it lists what waits for one: exit code 6 when there is anything, else 0. */
export async function decideCommand(
  name: string,
  verdict: Verdict | undefined,
  options: DecideOptions,
): Promise<number> {
  const context = await openContext(name);
  const selection = selectionOf(options);
  const all = await findDecidables(context.project, context.settings.prices);
  refuseNowhere({ context, name }, all, selection, options.candidate ?? []);
  const pass = await findRunningPass(context);
  try {
    const selected = all.filter((one) => isMeant(one, selection, options.candidate ?? []));
    // Not what a running pass may be making at this very moment: of its nodes only those that wait.
    const open = selected.filter((one) => one.open && (isNamed(options) || !pass?.busy.has(one.generator.key)));
    const chosen = { context, all, about: open, pass, name };
    if (verdict === undefined) return list(chosen, options);
    const about = open.length > 0 || options.candidate === undefined ? open : selected;
    if (about.length === 0) throw await notNeeded(context, selection, options);
    if (!isNamed(options) && !options.json) list(chosen, options);
    await write({ ...chosen, about }, verdict);
    report({ ...chosen, about }, verdict, options);
    return 0;
  } finally {
    await pass?.close();
  }
}

function selectionOf(options: DecideOptions): Selection {
  const { scene = [], account = [], node = [], row = [] } = options;
  return { mode: 'full', scenes: scene, accounts: account, nodes: node, rows: row };
}

function isNamed({ scene, account, node, row, candidate }: DecideOptions): boolean {
  return [scene, account, node, row, candidate].some((list) => list !== undefined);
}

function isMeant(
  { generator, row, candidate }: Decidable,
  selection: Selection,
  candidates: readonly number[],
): boolean {
  if (!isSelected(generator, selection)) return false;
  const rowAsked = selection.rows.length === 0 || selection.rows.includes(row);
  return rowAsked && (candidates.length === 0 || candidates.includes(candidate));
}

function refuseNowhere(
  { context: { project }, name }: Pick<Chosen, 'context' | 'name'>,
  all: readonly Decidable[],
  selection: Selection,
  candidates: readonly number[],
): void {
  // Also what the file no longer has, where somebody has to decide about it.
  const generators = [...project.flow.generators, ...all.map(({ generator }) => generator)];
  const most = Math.max(0, ...generators.map(({ outputCount }) => outputCount));
  const further = candidates
    .filter((n) => n < 1 || n > most)
    .map((n) => `There is no candidate ${n} in this file; they count from 1 to ${most}.`);
  refuseUnknown({ ...project.flow, generators }, selection, name, further);
}

async function notNeeded(context: CommandContext, selection: Selection, options: DecideOptions): Promise<FlowError> {
  const { project, settings } = context;
  const lines = isNamed(options) ? await statesOf(context, selection, options.candidate ?? []) : [];
  const what = lines.length > 0 ? `No decision is needed there.\n  ${lines.join('\n  ')}` : 'Nothing needs a decision.';
  const others = (await findDecidables(project, settings.prices)).filter(({ open }) => open).length;
  const next = others > 0 ? [`See what does: nbflow decide ${quoted(project.layout.file)}`] : [];
  return new FlowError('Decision.NotNeeded', what, 2, next);
}

/** What a plan says of the named candidates. */
async function statesOf(
  { project, settings }: CommandContext,
  selection: Selection,
  candidates: readonly number[],
): Promise<string[]> {
  const plan = await localPlan(project, selection, settings.prices);
  return plan.nodes.flatMap((node) => {
    const generator = project.flow.byKey.get(node.key);
    if (!generator) return [];
    return node.rows.flatMap(({ row, candidates: planned }) =>
      planned
        .filter(({ candidate }) => candidates.length === 0 || candidates.includes(candidate))
        .map(({ candidate, reason }) => `${candidateLabel({ generator, row, candidate }, project.flow)}: ${reason}`),
    );
  });
}

function list({ context, all, about, pass, name }: Chosen, options: DecideOptions): number {
  const { flow } = context.project;
  const command = (one: Decidable): string => `nbflow decide ${quoted(name)} ${candidateSelector(one, all, flow)}`;
  const next =
    about.length > 0 ? [`nbflow decide ${quoted(name)} regenerate`, `nbflow decide ${quoted(name)} skip`] : [];
  if (options.json) {
    const decisions = about.map((one) => ({ ...jsonOf(one), command: command(one) }));
    jsonResult({ file: context.file, running: pass !== null, decisions, next });
    return about.length > 0 ? 6 : 0;
  }
  if (about.length === 0) {
    result('Nothing needs a decision.');
    return 0;
  }
  result(`${plural(about.length, 'candidate needs', 'candidates need')} a decision:`);
  for (const one of about) {
    const price = one.again ? `Making it again costs ${one.price}.` : 'Nothing will be made again for it.';
    result(`  ${candidateLabel(one, flow)}: ${one.reason}. ${price}`);
    result(`    → ${command(one)} regenerate   (or: skip)`);
  }
  const price = about.reduce((sum, one) => sum + one.price, 0);
  result(`  → All at once: nbflow decide ${quoted(name)} regenerate   (costs ${price}; or: skip)`);
  return 6;
}

/** Through the pass when one runs, which then goes on at once; else straight into the receipts. */
async function write({ context, about, pass }: Chosen, decision: Verdict): Promise<void> {
  const candidates = about.map(({ generator, row, candidate }) => ({ key: generator.key, row, candidate }));
  if (pass && (await pass.decide({ decision, candidates }))) return;
  const owner = {
    identity: currentProcess(),
    attempt: 1,
    taskToken: '',
    workflowId: context.project.layout.workflowId,
    runId: '',
    activityId: 'nbflow decide',
  };
  await writeDecisions(context.project, about, { decision, at: new Date().toISOString(), owner });
}

function report({ context, about, pass, name }: Chosen, decision: Verdict, options: DecideOptions): void {
  const next = pass ? [] : [`nbflow run ${quoted(name)}`];
  if (options.json) {
    jsonResult({ file: context.file, running: pass !== null, decision, decided: about.map(jsonOf), next });
    return;
  }
  const price = about.reduce((sum, one) => sum + one.price, 0);
  for (const one of about) {
    result(`${candidateLabel(one, context.project.flow)}: ${verdictWords(one, decision)}.`);
  }
  if (decision === 'regenerate') say(`Price: ${price}.`);
  if (pass) say('The running pass goes on with it.');
  for (const step of next) say(`  → ${step}`);
}

function verdictWords({ again }: Decidable, decision: Verdict): string {
  if (!again) return 'counts as lost; nothing is made again';
  return decision === 'skip' ? 'given up; done without it' : 'to be made again';
}

function jsonOf({ generator, row, candidate, state, reason, price, again }: Decidable): object {
  const { tab, account, id, scene, title, kind } = generator;
  return { tab, account, node: id, scene, title, kind, row, candidate, state, reason, price, again };
}
