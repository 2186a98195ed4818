/** A machine's worker processes and their locks. */
import type { Receipt } from '../../src/flow/receipt';
import { Queues } from '../../src/money/queues';
import type { Actor, Schedule } from './schedule';
import type { Attempt } from './temporal';

/** A change of a receipt that waits for the file's next write. */
export interface Job {
  readonly change: (before: Receipt | null) => Receipt;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

/** An attempt of this process that has a node's lock, or is about to. */
export interface Holder {
  readonly activity: string;
  readonly attempt: number;
  readonly stop: (reason: Error) => void;
  wanted: boolean;
  readonly done: Promise<void>;
}

export class Host implements Actor {
  readonly name: string;
  alive = true;
  suspended = false;
  /** Told to stop: takes nothing new. */
  stopping = false;
  readonly attempts = new Set<Attempt>();
  /** As in the product: what two attempts of one process share. */
  readonly queues = new Queues();
  readonly holders = new Map<string, Holder>();
  readonly jobs = new Map<string, Job[]>();
  /** Receipts with open submits that were there when this process first looked into a folder. */
  readonly foundOpen = new Map<string, readonly Receipt[]>();
  /** Only in a world without intents on disk. */
  readonly unwritten = new Map<string, Receipt>();

  constructor(name: string) {
    this.name = name;
  }
}

export interface Lock {
  readonly owner: Host;
}

/** Lock files: one whose owner lives, suspended or not, is never broken; one of a dead owner is broken at once. */
export class Locks {
  private readonly held = new Map<string, Lock>();
  private readonly schedule: Schedule;
  private readonly open: boolean;

  /** `open`: everybody gets every lock. */
  constructor(schedule: Schedule, open: boolean) {
    this.schedule = schedule;
    this.open = open;
  }

  take(host: Host, path: string): Promise<Lock | null> {
    return this.schedule.call(host, 'lock', 1, () => {
      if (!this.open && this.held.get(path)?.owner.alive) return null;
      const lock: Lock = { owner: host };
      this.held.set(path, lock);
      return lock;
    });
  }

  isOwn(path: string, lock: Lock): boolean {
    return this.open || this.held.get(path) === lock;
  }

  release(path: string, lock: Lock): Promise<void> {
    return this.schedule.call(lock.owner, 'unlock', 1, () => {
      if (this.held.get(path) === lock) this.held.delete(path);
    });
  }
}
