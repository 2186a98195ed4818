/** The receipts of one file version: one JSON file per node, the durable record of what was paid for. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Receipt } from '../flow/receipt';
import { writeFileAtomic } from './atomic';
import { errnoOf } from './disk-errors';
import { formatReceipt, parseReceipt } from './receipt-file';

type Change = (before: Receipt | null) => Receipt;

interface Job {
  readonly change: Change;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

const ENDING = '.json';
/** File handles open at once while listing. */
const READERS = 16;

/**
 * Updates that wait for a file's write, by path: shared by all stores of this process, because several of them may stand
 * for one folder. Other processes are kept out by the node's lock, which who updates must hold.
 */
const waiting = new Map<string, Job[]>();

export class ReceiptStore {
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** All receipts, by key in alphabetical order; none when the folder is not there. Throws FlowError `File.Damaged`. */
  async list(): Promise<Receipt[]> {
    const keys = await this.keys();
    const receipts = new Array<Receipt | null>(keys.length).fill(null);
    let next = 0;
    const reader = async (): Promise<void> => {
      for (let i = next++; i < keys.length; i = next++) receipts[i] = await this.read(keys[i] as string);
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return receipts.filter((receipt) => receipt !== null);
  }

  /** Keys of the receipts that are there, in alphabetical order; none when the folder is not there. */
  async keys(): Promise<string[]> {
    try {
      const names = await readdir(this.dir);
      return names
        .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
        .map((name) => name.slice(0, -ENDING.length))
        .sort();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Null when there is none. Throws FlowError `File.Damaged` (exit 8) when there is one that can't be trusted. */
  async read(key: string): Promise<Receipt | null> {
    const path = this.pathOf(key);
    try {
      return parseReceipt(await readFile(path, 'utf8'), path, key);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Changes a receipt and answers what is on disk then, synced. Updates of one key apply in order; those that come while
   * a write is under way share the next one. What `change` throws comes back to its caller alone; a write that fails
   * (`Disk.Full`) fails all that were in it.
   */
  update(key: string, change: Change): Promise<Receipt> {
    const path = resolve(this.pathOf(key));
    return new Promise((resolveJob, reject) => {
      const job = { change, resolve: resolveJob, reject };
      const queue = waiting.get(path);
      if (queue) {
        queue.push(job);
        return;
      }
      waiting.set(path, [job]);
      void this.drain(key, path);
    });
  }

  private async drain(key: string, path: string): Promise<void> {
    // One turn of the loop: candidates that finish together are written together.
    await new Promise((go) => setImmediate(go));
    for (let jobs = take(path); jobs.length > 0; jobs = take(path)) await this.write(key, path, jobs);
    waiting.delete(path);
  }

  private async write(key: string, path: string, jobs: readonly Job[]): Promise<void> {
    const applied: Job[] = [];
    try {
      const before = await this.read(key);
      let receipt = before;
      for (const job of jobs) {
        try {
          receipt = checked(key, job.change(receipt));
          applied.push(job);
        } catch (error) {
          job.reject(error);
        }
      }
      if (receipt === null) return;
      if (receipt !== before) await writeFileAtomic(path, formatReceipt(receipt));
      for (const job of applied) job.resolve(receipt);
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }

  private pathOf(key: string): string {
    if (key === '' || key.startsWith('.') || /[/\\:\0]/.test(key)) throw new Error(`not a receipt key: "${key}"`);
    return join(this.dir, key + ENDING);
  }
}

function take(path: string): Job[] {
  const jobs = waiting.get(path) ?? [];
  waiting.set(path, []);
  return jobs;
}

function checked(key: string, receipt: Receipt): Receipt {
  if (receipt.key !== key) throw new Error(`the receipt of "${receipt.key}" can't be written as "${key}"`);
  formatReceipt(receipt);
  return receipt;
}
