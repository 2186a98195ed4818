/** The state behind the routes, and the one way in which a generation is accepted: billed first, then queued. */
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Commission } from './artist';
import { Artist } from './artist';
import type { BillOutcome } from './bill';
import { Bill } from './bill';
import type { GenerationType, Job } from './contract';
import { resultName } from './contract';
import type { Door } from './door';
import type { Encounter } from './encounter';
import { FaultDesk } from './encounter';
import { FaultLog } from './fault-log';
import type { Fault } from './faults';
import { foreignJobs } from './foreign';
import { Memory } from './memory';
import { RequestLog } from './request-log';
import type { Task, TaskFailure } from './tasks';
import { TaskBook } from './tasks';
import type { Tunnel } from './tunnel';

export interface WorldOptions {
  readonly key: string | null;
  readonly latencyMs: Readonly<Record<GenerationType, number>>;
  readonly dir: string;
  readonly seed: number;
  readonly parallel: number;
  readonly advertise: string | null;
  readonly promptDots: boolean;
  readonly plain: boolean;
  /** Tasks are known again after the death of the process. */
  readonly remember: boolean;
  /** One line per accepted generation, and per trouble with the disk. */
  readonly log: (line: string) => void;
}

/** How a generation comes to be accepted. */
interface Admission {
  readonly fate?: Fault | null;
  readonly foreign?: boolean;
}

export class World {
  readonly options: WorldOptions;
  readonly door: Door;
  readonly bill: Bill;
  readonly faults: FaultDesk;
  readonly requests = new RequestLog();
  readonly tasks: TaskBook;
  /** The proxy in front, when one was asked for. */
  tunnel: Tunnel | null = null;
  /** Where the result files are. */
  readonly filesDir: string;
  private readonly artist: Artist;
  private readonly memory: Memory | null;
  private startedAt = performance.now();
  private clockOffsetMs = 0;
  /** Counts how often everything was forgotten. */
  private life = 0;

  private constructor(options: WorldOptions, door: Door, bill: Bill, log: FaultLog) {
    this.options = options;
    this.door = door;
    this.bill = bill;
    this.faults = new FaultDesk(log, () => new Date());
    this.filesDir = path.join(options.dir, 'files');
    this.memory = options.remember ? new Memory(options.dir) : null;
    this.artist = new Artist(this.filesDir, options.plain, options.seed);
    this.tasks = new TaskBook({
      parallel: options.parallel,
      now: () => this.nowMs() / 1000,
      onEnd: (task) => this.settle(task),
    });
  }

  static async open(options: WorldOptions, door: Door): Promise<World> {
    const log = await FaultLog.open(options.dir, options.log);
    const world = new World(options, door, await Bill.open(options.dir), log);
    await world.recall();
    return world;
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

  forget(): void {
    this.life += 1;
    this.tasks.forget();
    this.memory?.forget();
  }

  resetUptime(): void {
    this.startedAt = performance.now();
  }

  /** Accepts a generation, and whom a fault puts beside it. Without a prompt it costs nothing. */
  async accept(job: Job, encounter: Encounter): Promise<Task> {
    if (job.prompt === null) {
      const task = newTask({ id: shortId(randomUUID()), n: null, job, createdAt: this.nowMs() / 1000 });
      const failure = { code: 0, error: 'Missing required field: prompt' };
      this.tasks.add({ task, run: () => Promise.resolve(failure) });
      return task;
    }
    const company = encounter.take('company');
    const others = company?.kind === 'foreign' ? company : null;
    if (others?.when === 'before') await this.invite(foreignJobs(others, job));
    const task = await this.admit(job, { fate: encounter.take('task') });
    encounter.taskId = task.id;
    if (others?.when === 'after') await this.invite(foreignJobs(others, job));
    return task;
  }

  /** Accepts generations of another client. */
  async invite(jobs: readonly Job[]): Promise<void> {
    await Promise.all(jobs.map((job) => this.admit(job, { foreign: true })));
  }

  /** It is on the bill, on the disk, before this resolves. */
  private async admit(job: Job, { fate = null, foreign = false }: Admission): Promise<Task> {
    const { life } = this;
    const createdAt = this.nowMs() / 1000;
    const n = this.bill.nextNumber();
    // From the bill's number, not from a counter of this life: a restarted backend never reuses an id.
    const task = newTask({ id: shortId(`${this.options.seed}:${n}`), n, job, createdAt });
    // Before the bill: what is charged is remembered, whenever a kill comes.
    await this.memory?.note({ n, id: task.id, createdAt, foreign, job });
    const take = await this.bill.charge({ n, taskId: task.id, job, at: new Date(createdAt * 1000), foreign });
    const words = `${job.type} ${task.id} ${job.model} ${job.aspectRatio} ${(job.prompt ?? '').slice(0, 60)}`;
    this.options.log(`#${n} ${foreign ? 'foreign ' : ''}${words}`);
    // Forgotten while it was written down: paid for, and never heard of again.
    if (life !== this.life) return task;
    const sitting = { n, taskId: task.id, job, take, foreign };
    this.tasks.add({ task, aside: foreign, run: (stopped) => this.work(sitting, fate, stopped) });
    return task;
  }

  /** Tasks of an earlier life as the bill says they ended; those that did not begin anew. */
  private async recall(): Promise<void> {
    const { entries, foreign } = this.bill.summary();
    const charged = new Map([...entries, ...foreign].map((entry) => [entry.task_id, entry]));
    for (const note of (await this.memory?.recall()) ?? []) {
      const entry = charged.get(note.id);
      if (!entry) continue;
      const { n, job } = note;
      const task = newTask(note);
      const sitting = { n, taskId: note.id, job, take: 1, foreign: note.foreign };
      if (entry.outcome) this.tasks.recall(endedTask(task, job, entry.outcome));
      else this.tasks.add({ task, aside: note.foreign, run: (stopped) => this.work(sitting, null, stopped) });
    }
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
    if (fate?.kind === 'stall') return stall(fate.watchdogMs, stopped);
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

/** What the backend's own watchdog makes of a task that does not end, if it has one. */
async function stall(watchdogMs: number | undefined, stopped: AbortSignal): Promise<TaskFailure> {
  if (watchdogMs === undefined) return new Promise(() => undefined);
  await delay(watchdogMs, undefined, { signal: stopped });
  return { code: 504, error: 'Task timed out (no completion signal received)' };
}

function newTask({ id, n, job, createdAt }: Pick<Task, 'id' | 'n' | 'createdAt'> & { readonly job: Job }): Task {
  return {
    id,
    n,
    type: job.type,
    prompt: job.prompt ?? '',
    createdAt,
    status: 'pending',
    completedAt: null,
    files: [],
    failure: null,
    told: false,
  };
}

function endedTask(task: Task, job: Job, { at, status, error_code: code = 0 }: BillOutcome): Task {
  const n = task.n ?? 0;
  const completed = status === 'completed';
  return {
    ...task,
    status,
    completedAt: completed ? Date.parse(at) / 1000 : null,
    files: completed ? job.variants.map((variant) => resultName(n, job, variant)) : [],
    failure: completed ? null : { code, error: 'INTERNAL' },
  };
}

/** Eight hex digits. */
function shortId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
