/** `nbflow bump FILE`: the next version of a storyboard; what is paid for goes with it. */
import { basename } from 'node:path';
import type { Bump, Bumped } from '../bump';
import { performBump, planBump } from '../bump';
import { localEvidence } from '../evidence';
import { quoted } from '../flow/advice';
import { carryReceipt, countOpen } from '../flow/carry';
import { FlowError } from '../flow/errors';
import { matchReceipts } from '../flow/match-receipts';
import { units } from '../flow/money-words';
import { planPass } from '../flow/plan';
import { isApprovedWork } from '../flow/versions';
import { killAt } from '../kill-at';
import { checkRegistry } from '../record';
import { confirm } from './confirm';
import type { CommandContext } from './context';
import { openContext } from './context';
import { refuseWhileRunning } from './idle';
import { oneLine } from './note';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';

export interface BumpOptions extends OutputOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Throws FlowError: 2 (no version in the name, the next one is taken), 7 (a pass runs, or something is out at G-Labs), 8. */
export async function bumpCommand(name: string, words: readonly string[], options: BumpOptions): Promise<number> {
  const context = await openContext(name);
  const { project, env } = context;
  await refuseWhileRunning(project.layout, env);
  const bump = await planBump(project);
  await refuseWhileRunning(bump.to, env);
  const left = refuseOpen(context, bump, name);
  await checkRegistry(bump.to);
  const price = await priceAfter(context, bump);
  const { from, to } = bump;
  if (options.dryRun) {
    report({ bump, price, left, done: null }, options);
    return 0;
  }
  const question = `${from.version} is approved work, or a variant of it. Make ${to.version} of it?`;
  if (isApprovedWork(from.version) && !(await confirm(question, options))) {
    say('Nothing was changed.');
    return 0;
  }
  // Whoever was asked may have taken a while.
  if (isApprovedWork(from.version)) await refuseWhileRunning(from, env);
  const why = words.join('').trim() === '' ? '' : oneLine(words.join(' '));
  const done = await performBump(bump, { why, reached: killAt(process.env) });
  report({ bump, price, left, done }, options);
  return 0;
}

/**
 * Only the version that asked for it can bring it home. Answers how many generations no run of it would fetch, because their
 * nodes are muted or deleted: those hold up nothing, or there would be no way on.
 */
function refuseOpen({ project }: CommandContext, { receipts, from }: Bump, name: string): number {
  const { byKey } = matchReceipts(project.flow, receipts);
  const fetched = project.flow.generators.flatMap(({ key, muted }) => (muted ? [] : (byKey.get(key) ?? [])));
  const open = countOpen(fetched);
  if (open === 0) return countOpen(receipts);
  throw new FlowError(
    'File.Busy',
    `${plural(open, 'generation')} of ${basename(from.file)} may still be out at G-Labs, paid for. Nothing was changed.`,
    7,
    [`Bring home what is there: nbflow run ${quoted(name)}`, 'Then type it again.'],
  );
}

/** What a run of the new version will pay, in price units: as much as one of the old version would. */
async function priceAfter({ project, settings }: CommandContext, { receipts }: Bump): Promise<number> {
  const carried = matchReceipts(project.flow, receipts.map(carryReceipt)).byKey;
  const evidence = await localEvidence(project, carried);
  const everything = { mode: 'full', scenes: [], accounts: [], nodes: [], rows: [] } as const;
  const usual = { noCache: false, pass: null, refreshStale: false, onLost: 'regenerate' } as const;
  return planPass(project.flow, evidence, { ...everything, ...usual, prices: settings.prices }).price;
}

interface Told {
  readonly bump: Bump;
  readonly price: number;
  /** Generations that are out at G-Labs for nodes that are muted or deleted. */
  readonly left: number;
  /** Null after `--dry-run`. */
  readonly done: Bumped | null;
}

function report({ bump: { from, to, renamed, receipts }, price, left, done }: Told, options: BumpOptions): void {
  const next = done
    ? [
        `See what a run would pay for: nbflow plan ${quoted(to.file)}`,
        `Back to the old one: nbflow restore ${quoted(from.file)} pre-bump`,
      ]
    : ['To do it: the same command without --dry-run'];
  const inRegistry = done !== null && done.registry !== 'absent';
  if (options.json) {
    const { version: fromVersion } = from;
    const { version: toVersion, file } = to;
    const backup = done?.backup ?? null;
    return jsonResult({
      file,
      from: fromVersion,
      to: toVersion,
      renamed,
      backup,
      inRegistry,
      price,
      bumped: done !== null,
      next,
    });
  }
  result(`${done ? 'Bumped' : 'Would bump'} ${from.version} to ${to.version}: ${to.file}`);
  if (!renamed) say("  note: its name field is not the file's name, so it was left as it is.");
  if (done) {
    result(`The old file is kept: ${done.backup}`);
    if (inRegistry) result(`The version registry says so, too.`);
  }
  const kept = receipts.length > 0 ? 'What is paid for goes with it' : 'Nothing is paid for yet';
  result(`${kept}: a run of ${to.version} would pay ${units(price)}.`);
  if (left > 0)
    say(
      `  note: ${plural(left, 'generation')} of muted or deleted nodes may still be out at G-Labs; a run brings them home for nothing once the node is back.`,
    );
  for (const step of next) say(`  → ${step}`);
}
