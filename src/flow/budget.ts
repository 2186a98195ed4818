/** What a pass may spend: what counts against its budget, and the words when it does not suffice. */
import { weigh } from './bill-entry';
import { counted, productOf } from './labels';
import { exact, units } from './money-words';
import type { PlannedNode, Prices } from './plan-types';
import type { Receipt } from './receipt';
import { compareScenes } from './scene';
import type { Kind } from './types';

/**
 * What a pass has spent, or may have: a request without a known task counts, so that the truth is never above it.
 */
export function spentBy(pass: string, receipts: readonly Receipt[], prices: Prices): number {
  return exact(receipts.reduce((sum, receipt) => sum + spentOn(pass, receipt) * prices[receipt.node.kind], 0));
}

/** Generations of one node that count against the budget of a pass. */
export function spentOn(pass: string, { generations }: Receipt): number {
  return generations.filter((entry) => entry.pass === pass && weigh(entry).payment !== 'none').length;
}

/** Whether a price more would be too much. Prices have decimals: a rounding error is no reason to stop. */
export function exceeds(budget: number, spent: number, more: number): boolean {
  return exact(spent + more) > exact(budget);
}

/** Why nothing more is sent: said of one node in the middle of a pass. */
export function overBudget(facts: {
  readonly budget: number;
  readonly spent: number;
  readonly count: number;
  readonly kind: Kind;
  readonly price: number;
}): string {
  const { budget, spent, count, kind, price } = facts;
  return `${counted(count, productOf(kind))} more would cost ${units(count * price)}, but of the budget of ${units(budget)} this pass has spent ${units(spent)}`;
}

/** Why a pass does not begin. */
export function planOverBudget(price: number, budget: number, spent = 0): string {
  const facts = `This run would cost ${units(price)}; the budget is ${units(budget)}`;
  return spent > 0
    ? `${facts}, and ${units(spent)} of it are spent. Nothing more was sent.`
    : `${facts}. Nothing was sent and nothing was spent.`;
}

/** The first scenes of a plan, in its order, that a budget suffices for; empty when not even one fits, or all do. */
export function affordableScenes(nodes: readonly PlannedNode[], budget: number): readonly string[] {
  const prices = new Map<string, number>();
  for (const { scene, rows } of nodes) {
    if (scene === null) continue;
    const price = rows.flatMap((row) => row.candidates).reduce((sum, candidate) => sum + candidate.price, 0);
    prices.set(scene, (prices.get(scene) ?? 0) + price);
  }
  const scenes = [...prices.keys()].sort(compareScenes);
  let left = budget;
  const most = scenes.findIndex((scene) => (left = exact(left - (prices.get(scene) ?? 0))) < 0);
  return most < 0 ? [] : scenes.slice(0, most);
}
