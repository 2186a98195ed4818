/** What was paid, and what became of it: receipts added up by scene, with prices. */
import type { Amounts } from './bill-entry';
import { addAmounts, amountsOf, NOTHING } from './bill-entry';
import { exact } from './money-words';
import type { Prices } from './plan-types';
import type { Receipt } from './receipt';
import { compareScenes } from './scene';

/** Sums in price units. */
export interface Sums {
  readonly paid: number;
  /** Not in `paid`. */
  readonly perhaps: number;
  readonly lost: number;
  readonly failed: number;
  readonly replaced: number;
}

/** What one scene's pictures, or its clips, came to. */
export interface BillLine extends Amounts {
  readonly account: string;
  readonly scene: string | null;
  readonly title: string;
  readonly kind: Receipt['node']['kind'];
  readonly price: Sums;
  readonly saved: number;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  readonly total: Amounts;
  readonly price: Sums;
  /** What the reused results would have cost. */
  readonly saved: number;
}

/** The bill of one file version. */
export function billOf(receipts: readonly Receipt[], prices: Prices, newestPass: string | null): Bill {
  const lines = groupByScene(receipts).map((group): BillLine => {
    const [{ node }] = group;
    const amounts = addAmounts(group.map((receipt) => amountsOf(receipt, newestPass)));
    const { account, scene, title, kind } = node;
    const unit = prices[kind];
    const { paid, perhaps, lost, failed, replaced, reused } = amounts;
    const price = { paid, perhaps, lost, failed, replaced };
    const saved = exact(reused * unit);
    return { account, scene, title, kind, ...amounts, price: timesUnit(price, unit), saved };
  });
  return addBills([{ lines, total: NOTHING, price: addSums([]), saved: 0 }]);
}

/** One bill over several; the totals are those of the lines. */
export function addBills(bills: readonly Bill[]): Bill {
  const lines = bills.flatMap((bill) => bill.lines);
  return {
    lines,
    total: addAmounts(lines),
    price: addSums(lines.map(({ price }) => price)),
    saved: exact(lines.reduce((sum, { saved }) => sum + saved, 0)),
  };
}

function timesUnit(counts: Sums, unit: number): Sums {
  const { paid, perhaps, lost, failed, replaced } = counts;
  return {
    paid: exact(paid * unit),
    perhaps: exact(perhaps * unit),
    lost: exact(lost * unit),
    failed: exact(failed * unit),
    replaced: exact(replaced * unit),
  };
}

function addSums(all: readonly Sums[]): Sums {
  const sum = { paid: 0, perhaps: 0, lost: 0, failed: 0, replaced: 0 };
  for (const one of all) for (const field of Object.keys(sum) as (keyof Sums)[]) sum[field] += one[field];
  return timesUnit(sum, 1);
}

type Group = readonly [Receipt, ...Receipt[]];

/** Pictures and clips of one scene of one account apart; nodes without a scene each for themselves. */
function groupByScene(receipts: readonly Receipt[]): readonly Group[] {
  const groups = new Map<string, [Receipt, ...Receipt[]]>();
  for (const receipt of [...receipts].sort(inOrder)) {
    const { tab, account, scene, kind } = receipt.node;
    const key = JSON.stringify([tab, account, kind, scene === null ? receipt.key : null, scene]);
    const group = groups.get(key);
    if (group) group.push(receipt);
    else groups.set(key, [receipt]);
  }
  return [...groups.values()];
}

function inOrder({ node: a, key: left }: Receipt, { node: b, key: right }: Receipt): number {
  const sort = (x: string, y: string): number => (x < y ? -1 : Number(x > y));
  return a.tab - b.tab || compareScenes(a.scene, b.scene) || sort(a.kind, b.kind) || sort(left, right);
}
