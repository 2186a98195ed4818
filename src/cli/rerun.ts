/** `nbflow rerun FILE --scene 3`: fresh candidates from the same inputs, at their price. What was there is kept on record. */
import { localPlan } from '../decisions';
import { localEvidence } from '../evidence';
import { PatchQueue } from '../files/source-file';
import { quoted } from '../flow/advice';
import { exceeds, planOverBudget } from '../flow/budget';
import { FlowError } from '../flow/errors';
import { nodeLabel } from '../flow/labels';
import type { CandidateId } from '../flow/ledger';
import { exact } from '../flow/money-words';
import type { RerunCost, RerunPlaces } from '../flow/rerun';
import { rerunCost, rerunWords } from '../flow/rerun';
import type { Receipt } from '../flow/receipt';
import { OPEN_STATES } from '../flow/receipt';
import type { Selection } from '../flow/select';
import { isSelected, selectedRows } from '../flow/select';
import type { Generator, Kind } from '../flow/types';
import type { Edit } from '../flow/patches';
import { wipeEdits, wipeReceipt } from '../flow/wipe';
import { FlowCache } from '../flow-cache';
import { locateGenerator } from '../project';
import { killAt } from '../kill-at';
import { commandOwner, editReceipt } from '../receipt-edits';
import { firstAnswering } from './backend';
import { backupOnce } from './backup-once';
import { confirm } from './confirm';
import type { CommandContext } from './context';
import { openContext } from './context';
import { refuseWhileRunning } from './idle';
import { jsonResult, result, say } from './output';
import type { RunOptions } from './run';
import { refuse, runCommand, toPassOptions } from './run';
import { refuseUnknown } from './selection';

export interface RerunOptions extends Omit<RunOptions, 'mode' | 'cache'> {
  readonly kind: Kind | 'both';
  /** Only these, counted from 1. */
  readonly candidate?: readonly number[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

interface Again {
  readonly generators: readonly Generator[];
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly places: RerunPlaces;
  readonly cost: RerunCost;
  /** Clips made from these pictures, which stay as they are. */
  readonly clips: readonly Generator[];
}

/** Ends as `run` does. Throws FlowError: 2 for a selection that names nothing, 7 while a pass runs. */
export async function rerunCommand(name: string, options: RerunOptions): Promise<number> {
  const context = await openContext(name, { servers: options.server, concurrency: options.concurrency });
  await refuseWhileRunning(context.project.layout, context.env);
  const again = await choose(context, options, name);
  const { cost, places } = again;
  const words = rerunWords(again.generators, places, cost);
  if (options.dryRun) {
    const { count, price, missing, missingPrice, attempts, most } = cost;
    if (options.json) jsonResult({ candidates: count, price, missing, missingPrice, attempts, most, next: [] });
    else result(`Would make ${words}`);
    return 0;
  }
  await refuseBefore(context, cost, options, name);
  if (!options.json) say(words);
  if (!(await confirm('Make them?', options))) {
    say('Nothing was changed and nothing was sent.');
    return 0;
  }
  const backup = await putAside(context, again);
  const undo = `Take the rerun back: nbflow restore ${quoted(name)} ${quoted(backup)}  (pays nothing)`;
  say(`Backup: ${backup}`);
  say(`  → ${undo}`);
  // What was told as the most is what the pass may spend.
  const budget = options.budget ?? (cost.attempts === null ? undefined : cost.most);
  const bound = budget === undefined ? {} : { budget };
  const code = await runCommand(name, { ...options, ...bound, mode: modeOf(options), cache: true, undo });
  if (again.clips.length === 0 || options.json) return code;
  tellClips(name, again.clips);
  // Asked only where somebody is there to answer; `--yes` was said to what was told before.
  if (code !== 0 || options.yes || !process.stdin.isTTY) return code;
  return rerunCommand(name, { ...options, ...namesOf(again.clips), kind: 'video', candidate: [] });
}

/** What a run would refuse at once is refused with nothing put aside yet. Throws FlowError 3, 4 and 5 as `run` does. */
async function refuseBefore(
  context: CommandContext,
  cost: RerunCost,
  options: RerunOptions,
  name: string,
): Promise<void> {
  refuse(context, toPassOptions(context, { ...options, mode: modeOf(options), cache: true }), name);
  const { budget } = options;
  const price = exact(cost.price + cost.missingPrice);
  if (budget !== undefined && exceeds(budget, 0, price)) {
    const again = `Type it again with --budget ${price}, or for fewer candidates: --candidate 1`;
    throw new FlowError('Budget.Exceeded', planOverBudget(price, budget), 5, [again]);
  }
  await firstAnswering(context.settings, options.wait ?? false);
}

async function choose({ project, settings }: CommandContext, options: RerunOptions, name: string): Promise<Again> {
  const { flow } = project;
  const { scene = [], account = [], node = [], row = [], kind, candidate = [] } = options;
  const selection: Selection = { mode: 'full', scenes: scene, accounts: account, nodes: node, rows: row };
  const places: RerunPlaces = { rows: row, candidates: candidate };
  const problems = scene.length + node.length === 0 ? ['Say which scene: --scene 3.'] : [];
  const generators = flow.generators.filter(
    (one) => isSelected(one, selection) && !one.muted && (kind === 'both' || one.kind === kind),
  );
  refuseUnknown(flow, selection, name, problems);
  if (generators.length === 0) problems.push(`Nothing there makes ${kind === 'video' ? 'clips' : 'pictures'}.`);
  const { receipts } = await localEvidence(project);
  const onRecord = ({ key }: Generator): boolean => receipts.get(key) !== undefined;
  if (isPartly(generators, places) && !generators.every(onRecord))
    problems.push('Single rows and candidates can be made again only after a run of ours; without them all are.');
  refuseUnknown(flow, selection, name, problems);
  refuseOpen(generators, receipts, { ...places, name });
  const { prices } = settings;
  const plan = await localPlan(project, { ...selection, mode: modeOf(options) }, prices);
  const cost = rerunCost(generators, places, { plan, prices, attempts: options.attempts ?? null });
  const made = new Set(generators.map(({ key }) => key));
  const clips = flow.generators.filter(
    (one) => one.kind === 'video' && !made.has(one.key) && one.dependsOn.some((key) => made.has(key)) && onRecord(one),
  );
  return { generators, receipts, places, cost, clips };
}

function modeOf({ kind }: RerunOptions): 'images' | 'full' {
  return kind === 'image' ? 'images' : 'full';
}

/** Whether anything of a node stays as it is. */
function isPartly(generators: readonly Generator[], places: RerunPlaces): boolean {
  const hasOthers = (one: Generator): boolean => selectedRows(one, places).length < one.rows.length;
  return places.candidates.length > 0 || generators.some(hasOthers);
}

/** A task that is out is paid for: it comes home first, else its candidate would be paid for twice at once. */
function refuseOpen(
  generators: readonly Generator[],
  receipts: ReadonlyMap<string, Receipt>,
  { name, ...places }: RerunPlaces & { readonly name: string },
): void {
  const open = generators.filter(({ key }) =>
    (receipts.get(key)?.generations ?? []).some(
      (entry) => !entry.superseded && OPEN_STATES.has(entry.state) && isMeant(entry, places),
    ),
  );
  const [first] = open;
  if (!first) return;
  throw new FlowError('Usage', `${nodeLabel(first)} has tasks out at G-Labs that are paid for already.`, 2, [
    `Bring them home first: nbflow run ${quoted(name)}  (pays nothing for them)`,
  ]);
}

function isMeant({ row, candidate }: CandidateId, { rows, candidates }: RerunPlaces): boolean {
  return (rows.length === 0 || rows.includes(row)) && (candidates.length === 0 || candidates.includes(candidate));
}

/** Links that no receipt knows (an older runner's) leave the file, or they would count as made. Answers the backup's path. */
async function putAside({ project, file }: CommandContext, { generators, receipts, places }: Again): Promise<string> {
  const reached = killAt(process.env);
  const known = new Set([...receipts.values()].flatMap(({ generations }) => generations.map(({ url }) => url)));
  const isStranger = ({ cachedUrls, otherUrls }: Generator): boolean =>
    [...cachedUrls, ...otherUrls].some((url) => url !== null && !known.has(url));
  const flows = new FlowCache();
  const editsFor = (text: string): readonly Edit[] => {
    const now = flows.compile(text, file);
    const strangers = generators.map((one) => locateGenerator(now, one)).filter(isStranger);
    return isPartly(strangers, places) ? [] : wipeEdits(now, strangers);
  };
  const backup = await backupOnce(project.layout, 'pre-rerun', editsFor);
  reached('backed-up');
  if (editsFor(project.text).length > 0) await new PatchQueue().patch(file, editsFor);
  reached('file-written');
  const at = new Date().toISOString();
  for (const { key } of generators) {
    const receipt = receipts.get(key);
    if (!receipt) continue;
    await editReceipt(project, receipt.key, commandOwner('rerun'), (now) =>
      wipeReceipt(now, at, (entry) => isMeant(entry, places)),
    );
    reached('receipt-written');
  }
  return backup;
}

/** By scenes, as people name them, else by node ids. */
function namesOf(clips: readonly Generator[]): { readonly scene: readonly string[]; readonly node: readonly number[] } {
  const scene = [...new Set(clips.flatMap((one) => one.scene ?? []))];
  return scene.length > 0 ? { scene, node: [] } : { scene, node: clips.map(({ id }) => id) };
}

function tellClips(name: string, clips: readonly Generator[]): void {
  const { scene, node } = namesOf(clips);
  const named = scene.length > 0 ? `--scene ${scene.join(',')}` : `--node ${node.join(',')}`;
  say(`${clips.map((one) => nodeLabel(one)).join(', ')} was made from a picture of before, and stays.`);
  say(`  → Pick the new picture in PatchWork, then: nbflow run ${quoted(name)} ${named} --refresh-stale`);
  say(`  → Or at once: nbflow rerun ${quoted(name)} ${named} --kind video`);
}
