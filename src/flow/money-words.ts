/** Amounts of money in sentences. Workflow-safe. */

/** Prices have a few decimals; sums of them must not end in 0.30000000000000004. */
export function exact(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}

/** `1 unit`, `2.5 units`. Prices are relative unless a project gives its own, so no currency is named. */
export function units(amount: number): string {
  const rounded = exact(amount);
  return `${rounded} unit${rounded === 1 ? '' : 's'}`;
}
