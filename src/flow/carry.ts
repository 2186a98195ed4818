/** What the receipts of a file's next version say: all that is known of what was made before, and none of its cost. Pure. */
import type { Receipt } from './receipt';
import { OPEN_STATES } from './receipt';

/** The same receipt for the next version. What it holds stays on the bill of the version that paid for it. */
export function carryReceipt(receipt: Receipt): Receipt {
  const generations = receipt.generations.map((entry) =>
    entry.origin === 'generated' ? { ...entry, origin: 'carried' as const } : entry,
  );
  return { ...receipt, generations };
}

/** Whether a receipt holds nothing that its own version asked for. */
export function isCarried({ generations }: Receipt): boolean {
  return generations.every(({ origin }) => origin !== 'generated');
}

/** Generations that may still come home; only the version that asked for them can fetch them. */
export function countOpen(receipts: readonly Receipt[]): number {
  return receipts.flatMap(({ generations }) => generations).filter(({ state }) => OPEN_STATES.has(state)).length;
}
