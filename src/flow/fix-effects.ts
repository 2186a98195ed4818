/** What a fix of the file means for what is made already: whether a run makes some of it again, and for how much. */
import type { Evidence, Plan, PlannedNode, Prices } from './plan-types';
import { planPass } from './plan';
import { SAFE_STATES } from './receipt';
import type { CompiledFlow, Generator } from './types';
import { cachedCount } from './wipe';

/** The same file before or after its fix. */
export interface Version {
  readonly flow: CompiledFlow;
  readonly evidence: Evidence;
}

export interface FixEffect {
  readonly generator: Generator;
  /** Candidates that there are and that a run makes again, because what they are asked for with differs. */
  readonly again: number;
  /** Candidates that a run makes beside those that there are. */
  readonly more: number;
  /** Candidates without a record that stay, although the node says another model now. */
  readonly kept: number;
  /** Of what a run makes. */
  readonly price: number;
}

/** One per generator that has results and whose results the fix touches; file order. */
export function fixEffects(before: Version, after: Version, prices: Prices): readonly FixEffect[] {
  const [old, now] = [planned(before, prices), planned(after, prices)];
  const places = new Map(before.flow.generators.map((one) => [placeOf(before.flow, one), one]));
  return after.flow.generators.flatMap((generator): FixEffect[] => {
    const was = places.get(placeOf(after.flow, generator));
    const node = now.get(generator.key);
    if (!was || !node) return [];
    const had = resultsOf(before, was);
    const then = old.get(was.key);
    const next = tally(node, had);
    const previous = then && then.rows.length > 0 ? tally(then, had) : { again: 0, more: 0 };
    const isBare = !after.evidence.receipts.get(generator.key)?.generations.length;
    const kept = isBare && was.model !== generator.model ? had - next.again : 0;
    const grows = next.again > previous.again || next.more > previous.more;
    return had > 0 && (grows || kept > 0) ? [{ generator, ...next, kept }] : [];
  });
}

function planned({ flow, evidence }: Version, prices: Prices): ReadonlyMap<string, PlannedNode> {
  const everything = { mode: 'full', scenes: [], accounts: [], nodes: [], rows: [] } as const;
  const asUsual = { noCache: false, pass: null, refreshStale: false, onLost: 'regenerate' } as const;
  const plan: Plan = planPass(flow, evidence, { ...everything, ...asUsual, prices });
  return new Map(plan.nodes.map((node) => [node.key, node]));
}

/** Where a node stands in the file: a fix may give it another id, but never another place. */
function placeOf({ document }: CompiledFlow, { tab, id }: Generator): string {
  return `${tab}/${document.tabs[tab]?.nodes.findIndex((node) => node.id === id)}`;
}

function resultsOf({ flow, evidence }: Version, generator: Generator): number {
  const entries = evidence.receipts.get(generator.key)?.generations ?? [];
  const safe = entries.filter(({ superseded, state }) => !superseded && SAFE_STATES.has(state)).length;
  return Math.max(safe, cachedCount(flow, generator));
}

function tally({ rows }: PlannedNode, had: number): Pick<FixEffect, 'again' | 'more' | 'price'> {
  const candidates = rows.flatMap((row) => row.candidates);
  const made = candidates.filter(({ action }) => action === 'generate');
  const kept = candidates.filter(({ action }) => action !== 'generate' && action !== 'blocked').length;
  const blocked = candidates.length - made.length - kept;
  const again = Math.min(made.length, Math.max(0, had - kept - blocked));
  return { again, more: made.length - again, price: made.reduce((sum, one) => sum + one.price, 0) };
}
