/** What one pass paid for and what came of it, read off all receipts of the file version. Pure. */
import { amountsOf, askedFor, weigh } from './bill-entry';
import type { Generation, Receipt } from './receipt';

/**
 * Counts of generations of one pass. `paid` and `perhaps` together are `generated`, `failed`, `lost` and `open` together.
 */
export interface PassMoney {
  /** Has a task at G-Labs, whatever became of it. */
  readonly paid: number;
  /** Was sent, or about to be, and no task is known. */
  readonly perhaps: number;
  /** Of `paid`: the answer was lost, the task was found. */
  readonly adopted: number;
  /** The result is, or was, with us. */
  readonly generated: number;
  readonly failed: number;
  /** Money possibly gone. */
  readonly lost: number;
  /** Under way, or nobody knows yet. */
  readonly open: number;
  /** Of `generated`: from inputs that an earlier pass had paid a result for. On purpose, or because no copy was left. */
  readonly again: number;
  /** Results that this pass made twice. */
  readonly twice: number;
}

export function passMoney(pass: string, receipts: readonly Receipt[]): PassMoney {
  const sum = { paid: 0, perhaps: 0, adopted: 0, generated: 0, failed: 0, lost: 0, open: 0, again: 0, twice: 0 };
  for (const receipt of receipts) {
    const { generations } = receipt;
    const ours = generations.filter((entry) => entry.pass === pass);
    sum.twice += amountsOf({ ...receipt, generations: ours }, null).paidTwice;
    generations.forEach((entry, place) => {
      if (entry.pass !== pass) return;
      const { class: kind, payment } = weigh(entry);
      if (kind === 'free') return;
      sum[payment === 'paid' ? 'paid' : 'perhaps'] += 1;
      if (payment === 'paid' && entry.adopted) sum.adopted += 1;
      if (kind === 'kept' || kind === 'replaced') {
        sum.generated += 1;
        if (generations.slice(0, place).some((other) => isEarlierResult(other, entry))) sum.again += 1;
      } else if (kind === 'failed' || kind === 'lost') sum[kind] += 1;
      else sum.open += 1;
    });
  }
  return sum;
}

/** Whether nobody can say that anything of it was paid for more than once, or for nothing. */
export function isPaidOnce({ perhaps, lost, again, twice }: PassMoney): boolean {
  return perhaps + lost + again + twice === 0;
}

function isEarlierResult(other: Generation, entry: Generation): boolean {
  if (other.pass === entry.pass || askedFor(other) !== askedFor(entry)) return false;
  const { class: kind, payment } = weigh(other);
  return payment === 'paid' && (kind === 'kept' || kind === 'replaced');
}
