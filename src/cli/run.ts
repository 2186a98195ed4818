/** `nbflow run`: check, plan and pay for what is missing, durably. */
import { exitCode } from '../flow/outcome';
import type { OnLost } from '../flow/plan-types';
import { FlowError } from '../flow/errors';
import type { PassOptions } from '../workflows/messages';
import { firstAnswering } from './backend';
import { leftToPay, refuseOverBudget } from './budget';
import type { CommandContext } from './context';
import { openContext } from './context';
import { errorsOf, findingLines, mendingSteps } from '../flow/finding-lines';
import { givingUpAfter, warnBeforeRepeating } from './giving-up';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import { refuseUnknown } from './selection';
import type { StartedPass } from './start-pass';
import { preconnect } from './warm';

export interface RunOptions extends OutputOptions {
  readonly server?: readonly string[];
  readonly concurrency?: number;
  readonly mode: 'images' | 'full';
  readonly scene?: readonly string[];
  readonly account?: readonly string[];
  readonly node?: readonly number[];
  readonly row?: readonly number[];
  readonly cache: boolean;
  readonly refreshStale?: boolean;
  readonly onLost: OnLost;
  readonly detach?: boolean;
  readonly wait?: boolean;
  readonly budget?: number;
  /** Milliseconds. */
  readonly maxWait?: number;
  readonly attempts?: number;
  /** What takes back what was done to the file before the run; said at its end. */
  readonly undo?: string;
}

/** Answers the exit code. Throws FlowError for everything that ends before the pass starts. */
export async function runCommand(name: string, options: RunOptions): Promise<number> {
  const context = await openContext(name, { servers: options.server, concurrency: options.concurrency });
  const passOptions = toPassOptions(context, options);
  if (nothingToGenerate(context, options)) return 0;
  refuse(context, passOptions, name);
  await refuseOverBudget(context, passOptions, name);
  context.addressWords.forEach((line) => say(line));
  await warnBeforeRepeating(context, name);
  const started = await start(context, passOptions, options.wait ?? false);
  if (options.detach) {
    await started.close();
    announce(started.workflowId, started.runId, options);
    return 0;
  }
  const { followPass } = await import('./follow.js');
  const { printEnd } = await import('./end.js');
  const { up } = await import('../services/up.js');
  const revive = (): Promise<unknown> => up({ env: context.env });
  const end = await followPass(started, { quiet: false, file: name, revive }).finally(() => started.close());
  if (end === 'interrupted') return interrupted(started.workflowId, options);
  const left = end.state === 'over-budget' ? await leftToPay(context, passOptions) : undefined;
  const givingUp = await givingUpAfter(context, end.state, name);
  printEnd(end, started, { ...options, file: name, left, givingUp });
  return exitCode(end.state);
}

/** G-Labs first: when it does not answer, nothing is started. What else takes time goes on meanwhile. */
async function start(context: CommandContext, passOptions: PassOptions, wait: boolean): Promise<StartedPass> {
  const warm = preconnect(context.env);
  try {
    const [{ startPass }, { up }] = await Promise.all([
      import('./start-pass.js'),
      import('../services/up.js'),
      firstAnswering(context.settings, wait),
    ]);
    const services = await up({ env: context.env, say });
    return await startPass(context, passOptions, services, await warm);
  } catch (error) {
    await (await warm)?.close();
    throw error;
  }
}

export function toPassOptions({ settings }: CommandContext, options: RunOptions): PassOptions {
  return {
    servers: settings.servers,
    concurrency: settings.concurrency,
    mode: options.mode,
    scenes: options.scene ?? [],
    accounts: options.account ?? [],
    nodes: options.node ?? [],
    rows: options.row ?? [],
    noCache: !options.cache,
    refreshStale: options.refreshStale ?? false,
    budget: options.budget ?? null,
    onLost: options.onLost,
    ...(options.maxWait === undefined ? {} : { maxWaitMs: options.maxWait }),
    ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
  };
}

function nothingToGenerate({ project, file }: CommandContext, options: RunOptions): boolean {
  if (project.flow.generators.length > 0 || errorsOf(project.flow.findings).length > 0) return false;
  if (options.json)
    jsonResult({ workflowId: null, runId: null, state: 'done', nodes: {}, generations: {}, output: null, next: [] });
  else result(`Nothing to generate: ${file} has no image or video nodes. No output file was written.`);
  return true;
}

/** The sanity check and the selection, before any server is asked for anything. */
export function refuse({ project, file }: CommandContext, options: PassOptions, name: string): void {
  const errors = errorsOf(project.flow.findings);
  if (errors.length > 0) {
    throw new FlowError(
      'File.Invalid',
      `The sanity check found ${plural(errors.length, 'error')} in ${file}. Nothing was sent and nothing was spent.\n${findingLines(errors).join('\n')}`,
      3,
      mendingSteps(errors, name),
    );
  }
  refuseUnknown(project.flow, options, name);
}

function announce(workflowId: string, runId: string, options: OutputOptions): void {
  if (options.json) return jsonResult({ workflowId, runId, state: 'running', next: [`nbflow watch ${workflowId}`] });
  result(`Started ${workflowId}. It goes on by itself.`);
  say(`  → See how it goes: nbflow watch ${workflowId}`);
}

function interrupted(workflowId: string, options: OutputOptions): number {
  if (options.json) jsonResult({ workflowId, state: 'running', next: [`nbflow watch ${workflowId}`] });
  say(`\nNot watching any more; the pass goes on by itself in the worker.`);
  say(`  → See it again: nbflow watch ${workflowId}`);
  say(`  → Stop it: nbflow cancel ${workflowId}  (what is paid for is kept)`);
  return 130;
}
