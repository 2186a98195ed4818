/** `nbflow wipe FILE`: forget what the file remembers, so that the next run makes it afresh. Backup first, price before all. */
import { localEvidence } from '../evidence';
import { PatchQueue } from '../files/source-file';
import type { Edit } from '../flow/patches';
import { quoted } from '../flow/advice';
import { units } from '../flow/money-words';
import { planPass } from '../flow/plan';
import type { Receipt } from '../flow/receipt';
import { isSelected } from '../flow/select';
import type { Selection } from '../flow/select';
import type { Generator, Kind } from '../flow/types';
import { cachedCount, isWipeable, wipeEdits, wipeReceipt } from '../flow/wipe';
import { killAt } from '../kill-at';
import { commandOwner, editReceipt } from '../receipt-edits';
import { locateGenerator } from '../project';
import { backupOnce } from './backup-once';
import { confirm } from './confirm';
import type { CommandContext } from './context';
import { openContext } from './context';
import { refuseWhileRunning } from './idle';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import { refuseUnknown } from './selection';

export interface WipeOptions extends OutputOptions {
  readonly scene?: readonly string[];
  readonly account?: readonly string[];
  readonly node?: readonly number[];
  readonly kind?: Kind;
  readonly failed?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What a wipe is about, counted before anything is done. */
interface Wiping {
  readonly generators: readonly Generator[];
  readonly receipts: readonly Receipt[];
  /** Links in the file's cache fields. */
  readonly images: number;
  readonly clips: number;
  /** Results that would have been used again for nothing. */
  readonly kept: number;
  /** What making all of it again costs. */
  readonly price: number;
}

/** Answers 0 also when there was nothing to wipe or the person said no. */
export async function wipeCommand(name: string, options: WipeOptions): Promise<number> {
  const context = await openContext(name);
  await refuseWhileRunning(context.project.layout, context.env);
  const wiping = await count(context, options, name);
  const nothing = wiping.images + wiping.clips + wiping.kept === 0;
  if (nothing || options.dryRun) {
    report(wiping, { name, backup: null, options });
    return 0;
  }
  if (!options.json) say(words(wiping));
  if (!(await confirm('Wipe it?', options))) {
    say('Nothing was changed.');
    return 0;
  }
  const backup = await wipe(context, wiping.generators, wiping.receipts);
  report(wiping, { name, backup, options });
  return 0;
}

/** The file first: were this to end in between, the receipts would fill it again for nothing. Answers the backup's path. */
export async function wipe(
  { project, file }: CommandContext,
  generators: readonly Generator[],
  receipts: readonly Receipt[],
): Promise<string> {
  const reached = killAt(process.env);
  const { FlowCache } = await import('../flow-cache.js');
  const flows = new FlowCache();
  const editsFor = (text: string): readonly Edit[] => {
    const now = flows.compile(text, file);
    return wipeEdits(
      now,
      generators.map((generator) => locateGenerator(now, generator)),
    );
  };
  const backup = await backupOnce(project.layout, 'pre-cache-wipe', editsFor);
  reached('backed-up');
  await new PatchQueue().patch(file, editsFor);
  reached('file-written');
  const at = new Date().toISOString();
  for (const { key } of receipts) {
    await editReceipt(project, key, commandOwner('wipe'), (receipt) => wipeReceipt(receipt, at));
    reached('receipt-written');
  }
  return backup;
}

async function count({ project, settings }: CommandContext, options: WipeOptions, name: string): Promise<Wiping> {
  const { flow } = project;
  const selection = selectionOf(options);
  refuseUnknown(flow, selection, name);
  const evidence = await localEvidence(project);
  const hasFailed = ({ key }: Generator): boolean =>
    (evidence.receipts.get(key)?.generations ?? []).some((one) => !one.superseded && FAILED.has(one.state));
  const generators = flow.generators.filter(
    (one) =>
      isSelected(one, selection) && (!options.kind || one.kind === options.kind) && (!options.failed || hasFailed(one)),
  );
  const receipts = generators.flatMap(({ key }) => evidence.receipts.get(key) ?? []);
  const links = (kind: Kind): number =>
    generators.filter((one) => one.kind === kind).reduce((sum, one) => sum + cachedCount(flow, one), 0);
  const wiped = new Set(generators.map(({ key }) => key));
  const afresh = { ...selection, noCache: true, pass: null, refreshStale: false, onLost: 'regenerate' } as const;
  const plan = planPass(flow, evidence, { ...afresh, prices: settings.prices });
  const price = plan.nodes
    .filter(({ key }) => wiped.has(key))
    .flatMap(({ rows }) => rows.flatMap(({ candidates }) => candidates))
    .reduce((sum, one) => sum + one.price, 0);
  const kept = receipts.flatMap(({ generations }) => generations.filter(isWipeable)).length;
  return { generators, receipts, images: links('image'), clips: links('video'), kept, price };
}

const FAILED: ReadonlySet<string> = new Set(['failed', 'lost']);

function selectionOf({ scene = [], account = [], node = [] }: WipeOptions): Selection {
  return { mode: 'full', scenes: scene, accounts: account, nodes: node, rows: [] };
}

function words({ generators, images, clips, kept, price }: Wiping): string {
  const nodes = plural(generators.length, 'node');
  return `${nodes}: ${plural(images, 'picture link')} and ${plural(clips, 'clip link')} in the file, ${plural(kept, 'result')} on record. Making all of it again costs ${units(price)}. No picture, clip or link is deleted.`;
}

interface Wiped {
  readonly name: string;
  readonly backup: string | null;
  readonly options: WipeOptions;
}

function report(wiping: Wiping, { name, backup, options }: Wiped): void {
  const { generators, images, clips, kept, price } = wiping;
  const next = backup
    ? [
        `Make it again: nbflow run ${quoted(name)}`,
        `Take the wipe back: nbflow restore ${quoted(name)} ${quoted(backup)}  (pays nothing)`,
      ]
    : images + clips + kept > 0
      ? ['To do it: the same command without --dry-run']
      : [`nbflow plan ${quoted(name)}`];
  if (options.json) {
    jsonResult({ nodes: generators.length, images, clips, results: kept, price, wiped: backup !== null, backup, next });
    return;
  }
  if (images + clips + kept === 0) result('Nothing is remembered there; nothing was changed.');
  else result(`${backup ? 'Wiped' : 'Would wipe'} ${words(wiping)}`);
  if (backup) result(`Backup: ${backup}`);
  for (const step of next) say(`  → ${step}`);
}
