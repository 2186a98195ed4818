/** `nbflow check --fix`: everything with one right answer is mended, after a backup; the rest is left and told. */
import { localEvidence } from '../evidence';
import { backupFile } from '../files/backups';
import { replaceSource } from '../files/replace-source';
import type { AppliedFix } from '../fix-file';
import { fixText } from '../fix-file';
import type { FixEffect } from '../flow/fix-effects';
import { fixEffects } from '../flow/fix-effects';
import type { CompiledFlow } from '../flow/types';
import { killAt } from '../kill-at';
import type { CheckOptions } from './check';
import { effectLines, fixLines } from './check-report';
import { confirm } from './confirm';
import type { CommandContext } from './context';
import { refuseWhileRunning } from './idle';
import { plural, result, say } from './output';

export interface Fixing {
  readonly fixes: readonly AppliedFix[];
  readonly effects: readonly FixEffect[];
  readonly written: boolean;
  readonly backup: string | null;
  /** The file as it is now; of a dry run, as it would be. */
  readonly flow: CompiledFlow;
}

/**
 * Shows the changes, asks, writes them. Throws FlowError 7 while a pass runs or another program holds or changes the file, 2
 * where nobody can be asked; nothing is written then.
 */
export async function fixFile(context: CommandContext, name: string, options: CheckOptions): Promise<Fixing> {
  const { project, file, flows, env } = context;
  const fixed = fixText(project.text, file);
  if (fixed.fixes.length === 0) return { ...fixed, effects: [], written: false, backup: null, flow: project.flow };
  if (!options.dryRun) await refuseWhileRunning(project.layout, env);
  const after = flows.compile(fixed.text, file);
  const effects = await effectsOf(context, after);
  const asks = !options.dryRun && !options.yes;
  if (!options.json) {
    const show = asks ? say : result;
    for (const line of [...fixLines(fixed.fixes), ...effectLines(effects, name)]) show(line);
  }
  const planned = { fixes: fixed.fixes, effects };
  if (options.dryRun) return { ...planned, written: false, backup: null, flow: after };
  if (!(await confirm(`Write ${plural(fixed.fixes.length, 'fix', 'fixes')} into the file?`, options))) {
    say('Nothing was changed.');
    return { ...planned, written: false, backup: null, flow: project.flow };
  }
  const reached = killAt(process.env);
  const backup = await backupFile(file, project.layout.backupsDir, 'pre-fix', new Date());
  reached('backed-up');
  await replaceSource(file, Buffer.from(fixed.text), Buffer.from(project.text));
  reached('file-written');
  return { ...planned, written: true, backup, flow: after };
}

async function effectsOf({ project, settings }: CommandContext, after: CompiledFlow): Promise<readonly FixEffect[]> {
  const now = { flow: project.flow, evidence: await localEvidence(project) };
  const then = { flow: after, evidence: await localEvidence({ ...project, flow: after }) };
  return fixEffects(now, then, settings.prices);
}
