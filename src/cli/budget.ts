/** `--budget` before anything is started: the plan's price against it, and what would fit. */
import { planOptions } from '../activities/plan-options';
import { fetchReference } from '../clients/references';
import { planProject } from '../evidence';
import { quoted } from '../flow/advice';
import { affordableScenes, exceeds, planOverBudget } from '../flow/budget';
import { FlowError } from '../flow/errors';
import { exact, units } from '../flow/money-words';
import type { Plan } from '../flow/plan-types';
import type { PassOptions } from '../workflows/messages';
import type { CommandContext } from './context';

/** Throws FlowError `Budget.Exceeded` (5) when the plan costs more than the budget. Without one nothing is planned. */
export async function refuseOverBudget(context: CommandContext, options: PassOptions, name: string): Promise<void> {
  const budget = options.budget ?? null;
  if (budget === null) return;
  const plan = await planOf(context, options);
  if (!exceeds(budget, 0, plan.price)) return;
  const next = await whatFits(context, options, plan);
  const file = quoted(name);
  throw new FlowError('Budget.Exceeded', planOverBudget(plan.price, budget), 5, [
    ...next.map(({ flags, price }) => `nbflow run ${file}${flags} --budget ${budget}  (${units(price)})`),
    `nbflow run ${file}${flagsOf(options)} --budget ${exact(plan.price)}`,
    `See what costs what: nbflow plan ${file}`,
  ]);
}

/** What a run with these options would still pay for. */
export async function leftToPay(context: CommandContext, options: PassOptions): Promise<number> {
  return (await planOf(context, options)).price;
}

function planOf({ project, settings }: CommandContext, options: PassOptions): Promise<Plan> {
  return planProject(project, {
    plan: planOptions(options, settings.prices, null),
    fetchReference: (url) => fetchReference(url, {}),
  }).then(({ plan }) => plan);
}

interface Suggestion {
  readonly flags: string;
  readonly price: number;
}

/** Smaller runs that the budget suffices for, each planned for real. */
async function whatFits(context: CommandContext, options: PassOptions, plan: Plan): Promise<readonly Suggestion[]> {
  const budget = options.budget ?? 0;
  const scenes = affordableScenes(plan.nodes, budget);
  const wanted: PassOptions[] = [
    ...(options.mode === 'full' ? [{ ...options, mode: 'images' as const }] : []),
    ...(scenes.length > 0 ? [{ ...options, scenes: scenes.map(shortScene) }] : []),
  ];
  const found: Suggestion[] = [];
  for (const smaller of wanted) {
    const { price } = await planOf(context, smaller);
    if (price > 0 && !exceeds(budget, 0, price)) found.push({ flags: flagsOf(smaller), price });
  }
  return found;
}

/** The selection as people type it, each flag with a space before it. */
function flagsOf({ mode, scenes, accounts, nodes, rows, noCache, refreshStale }: PassOptions): string {
  const list = (flag: string, values: readonly (string | number)[]): string =>
    values.length === 0 ? '' : ` --${flag} ${quoted(values.join(','))}`;
  return [
    mode === 'images' ? ' --mode images' : '',
    list('scene', scenes),
    list('account', accounts),
    list('node', nodes),
    list('row', rows),
    noCache ? ' --no-cache' : '',
    refreshStale ? ' --refresh-stale' : '',
  ].join('');
}

/** `03` as people type it. */
function shortScene(scene: string): string {
  return scene.replace(/^0+(?=\d)/, '');
}
