import type { PlanOptions, Prices } from '../flow/plan-types';
import type { PassOptions } from '../workflows/messages';

/** `pass` null: a plan made outside any pass. */
export function planOptions(options: PassOptions, prices: Prices, pass: string | null): PlanOptions {
  const { mode, scenes, accounts, nodes, rows, noCache, refreshStale, onLost } = options;
  return { mode, scenes, accounts, nodes, rows, noCache, pass, refreshStale, onLost, prices };
}
