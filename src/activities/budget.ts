/** The budget of a pass, kept across all its nodes, workers and retries: the receipts are the account. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../files/lock';
import type { ReceiptStore } from '../files/receipts';
import { exceeds, overBudget, spentOn } from '../flow/budget';
import type { Prices } from '../flow/plan-types';
import type { Kind } from '../flow/types';
import { exact } from '../flow/money-words';
import { FlowError } from '../flow/errors';

/** What is needed of a node's run. */
export interface Spender {
  readonly input: { readonly pass: string; readonly options: { readonly budget: number | null } };
  readonly settings: { readonly prices: Prices };
  readonly generator: { readonly kind: Kind };
  readonly project: { readonly receipts: ReceiptStore; readonly layout: { readonly receiptsDir: string } };
}

/** Runs `write`, which must put `count` intents on disk, if the budget allows it. Throws `Budget.Exceeded` if not. */
export type Spend = (count: number, write: () => Promise<void>) => Promise<void>;

/** Files looked at at once. */
const LANES = 16;
/** Others hold the lock for a few milliseconds each; longer than this, something is wrong, and it is tried again. */
const LOCK_MS = 30_000;

/**
 * The `spend` of one attempt at one node. Adding up and writing the intents happen under one lock of the file version,
 * so that two nodes, in one worker or in two, never both take the last of the budget.
 */
export function createBudget({ input, settings, generator, project }: Spender): Spend {
  // Absent in a pass that an older command started.
  const budget = input.options.budget ?? null;
  if (budget === null) return (_count, write) => write();
  const { kind } = generator;
  const { prices } = settings;
  const { receiptsDir } = project.layout;
  const account = accountOf(receiptsDir, input.pass);
  return (count, write) =>
    withLock(
      join(dirname(receiptsDir), 'budget.lock'),
      async () => {
        const spent = await account.add(project.receipts, prices);
        if (exceeds(budget, spent, count * prices[kind])) {
          throw new FlowError('Budget.Exceeded', overBudget({ budget, spent, count, kind, price: prices[kind] }), 5);
        }
        await write();
      },
      { waitMs: LOCK_MS },
    );
}

interface Known {
  readonly version: string;
  readonly kind: Kind;
  readonly generations: number;
}

/** What each receipt says of one pass. Only those that were written since the last look are read again. */
class Account {
  private readonly known = new Map<string, Known>();
  private readonly receiptsDir: string;
  private readonly pass: string;

  constructor(receiptsDir: string, pass: string) {
    this.receiptsDir = receiptsDir;
    this.pass = pass;
  }

  /** What the pass has spent so far. */
  async add(receipts: ReceiptStore, prices: Prices): Promise<number> {
    const queue = await receipts.keys();
    let spent = 0;
    const lane = async (): Promise<void> => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        const known = await this.look(receipts, key);
        // Not `spent +=` around the await: that would add to what it was before.
        if (known) spent += known.generations * prices[known.kind];
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return exact(spent);
  }

  /** A receipt is replaced by a rename whenever it changes, so its file's number and time tell two versions apart. */
  private async look(receipts: ReceiptStore, key: string): Promise<Known | null> {
    const info = await stat(join(this.receiptsDir, `${key}.json`), { bigint: true });
    const version = `${info.ino} ${info.mtimeNs} ${info.size}`;
    const before = this.known.get(key);
    if (before?.version === version) return before;
    const receipt = await receipts.read(key);
    if (!receipt) return null;
    const now = { version, kind: receipt.node.kind, generations: spentOn(this.pass, receipt) };
    this.known.set(key, now);
    return now;
  }
}

/** Of the newest passes of this process. */
const accounts = new Map<string, Account>();
const MOST_ACCOUNTS = 20;

function accountOf(receiptsDir: string, pass: string): Account {
  const key = `${pass} ${receiptsDir}`;
  const account = accounts.get(key) ?? new Account(receiptsDir, pass);
  accounts.delete(key);
  accounts.set(key, account);
  const [oldest] = accounts.keys();
  if (accounts.size > MOST_ACCOUNTS && oldest !== undefined) accounts.delete(oldest);
  return account;
}
