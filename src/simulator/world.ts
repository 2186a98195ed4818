/** The state behind the routes, and the one way in which a generation is accepted: billed first, then queued. */
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Commission } from './artist';
import { Artist } from './artist';
import { Bill } from './bill';
import type { GenerationType, Job } from './contract';
import type { Door } from './door';
import type { Fault, FaultTarget, Phase } from './faults';
import { FaultBook } from './faults';
import { RequestLog } from './request-log';
import type { Task, TaskFailure } from './tasks';
import { TaskBook } from './tasks';

export interface WorldOptions {
  readonly key: string | null;
  readonly latencyMs: Readonly<Record<GenerationType, number>>;
  readonly dir: string;
  readonly seed: number;
  readonly parallel: number;
  readonly advertise: string | null;
  readonly promptDots: boolean;
  readonly plain: boolean;
  /** One line per accepted generation, and per trouble with the disk. */
  readonly log: (line: string) => void;
}

export class World {
  readonly options: WorldOptions;
  readonly door: Door;
  readonly bill: Bill;
  readonly faults = new FaultBook();
  readonly requests = new RequestLog();
  readonly tasks: TaskBook;
  /** Where the result files are. */
  readonly filesDir: string;
  private readonly artist: Artist;
  private startedAt = performance.now();
  private clockOffsetMs = 0;

  private constructor(options: WorldOptions, door: Door, bill: Bill) {
    this.options = options;
    this.door = door;
    this.bill = bill;
    this.filesDir = path.join(options.dir, 'files');
    this.artist = new Artist(this.filesDir, options.plain, options.seed);
    this.tasks = new TaskBook({
      parallel: options.parallel,
      now: () => this.nowMs() / 1000,
      onEnd: (task) => this.settle(task),
    });
  }

  static async open(options: WorldOptions, door: Door): Promise<World> {
    return new World(options, door, await Bill.open(options.dir));
  }

  /** Milliseconds by the backend's clock, which a fault may have set wrong. */
  nowMs(): number {
    return Date.now() + this.clockOffsetMs;
  }

  setClock(offsetMs: number): void {
    this.clockOffsetMs = offsetMs;
  }

  uptimeSeconds(): number {
    return Math.floor((performance.now() - this.startedAt) / 1000);
  }

  forget(restart: boolean): void {
    this.tasks.forget();
    if (restart) this.startedAt = performance.now();
  }

  takeFault(phase: Phase, target: FaultTarget): Fault | null {
    return this.faults.take(phase, target, performance.now());
  }

  /** Accepts a generation: it is on the bill, on the disk, before this resolves. Without a prompt it costs nothing. */
  async accept(job: Job): Promise<Task> {
    const createdAt = this.nowMs() / 1000;
    if (job.prompt === null) {
      const task = newTask(shortId(randomUUID()), null, job, createdAt);
      const failure = { code: 0, error: 'Missing required field: prompt' };
      this.tasks.add({ task, run: () => Promise.resolve(failure) });
      return task;
    }
    const fate = this.takeFault('task', { route: 'submit', type: job.type, prompt: job.prompt });
    const n = this.bill.nextNumber();
    // From the bill's number, not from a counter of this life: a restarted backend never reuses an id.
    const task = newTask(shortId(`${this.options.seed}:${n}`), n, job, createdAt);
    const take = await this.bill.charge(n, task.id, job, new Date(createdAt * 1000));
    this.options.log(`#${n} ${job.type} ${task.id} ${job.model} ${job.aspectRatio} ${job.prompt.slice(0, 60)}`);
    this.tasks.add({ task, run: (stopped) => this.work({ n, taskId: task.id, job, take }, fate, stopped) });
    return task;
  }

  /** Stops all work; resolves when nothing writes to the folder any more. */
  async close(): Promise<void> {
    this.tasks.forget();
    await this.artist.idle();
    await this.bill.close();
  }

  private async work(
    sitting: Commission,
    fate: Fault | null,
    stopped: AbortSignal,
  ): Promise<readonly string[] | TaskFailure> {
    if (fate?.kind === 'stall') return new Promise(() => undefined);
    const latency = this.options.latencyMs[sitting.job.type];
    const wait = latency === 0 ? undefined : delay(latency, undefined, { signal: stopped });
    if (fate?.kind === 'fail') {
      await wait;
      return { code: fate.code, error: fate.message };
    }
    // Painted during the wait, so that a slow backend costs no more time than it says.
    const [files] = await Promise.all([this.artist.make(sitting, stopped), wait]);
    return files;
  }

  private settle(task: Task): void {
    if (task.n === null) return;
    this.bill
      .settle(task.n, task.id, new Date(this.nowMs()), task.failure?.code ?? null)
      .catch((error: unknown) => this.options.log(`the bill could not be written: ${String(error)}`));
  }
}

function newTask(id: string, n: number | null, job: Job, createdAt: number): Task {
  const { type, prompt } = job;
  return {
    id,
    n,
    type,
    prompt: prompt ?? '',
    createdAt,
    status: 'pending',
    completedAt: null,
    files: [],
    failure: null,
  };
}

/** Eight hex digits. */
function shortId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
