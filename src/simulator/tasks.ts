/** The tasks of one simulator life: memory only, as in the real program, so a restart forgets them all. */
import type { GenerationType } from './contract';
import { FINISHED_TASKS_KEPT, LISTED_TASKS } from './contract';
import { LoadMeter } from './load';

export type TaskStatus = 'pending' | 'running' | 'completed' | 'failed';

/** Why a task failed; `detail` is the whole text, of which `error` is what follows the code. */
export interface TaskFailure {
  readonly code: number;
  readonly error: string;
}

/** One task; times are Unix seconds with fraction. `n` is its line in the bill, null where nothing was charged. */
export interface Task {
  readonly id: string;
  readonly n: number | null;
  readonly type: GenerationType;
  readonly prompt: string;
  readonly createdAt: number;
  status: TaskStatus;
  completedAt: number | null;
  files: readonly string[];
  failure: TaskFailure | null;
  /** Somebody was told that it is completed. */
  told: boolean;
}

/** What a task does while it runs: resolves with file names, or null when it fails. */
export interface Work {
  readonly task: Task;
  /** Runs on somebody else's account, hence beside our `parallel` ones. */
  readonly aside?: boolean;
  readonly run: (stopped: AbortSignal) => Promise<readonly string[] | TaskFailure>;
}

interface Running {
  readonly work: Work;
  readonly stop: AbortController;
}

export interface TaskBookOptions {
  /** How many run at once. */
  readonly parallel: number;
  /** Unix seconds by the backend's clock. */
  readonly now: () => number;
  readonly onEnd: (task: Task) => void;
}

/** Queues, runs and remembers tasks. */
export class TaskBook {
  private readonly options: TaskBookOptions;
  private readonly tasks = new Map<string, Task>();
  private readonly running = new Map<string, Running>();
  private queue: Work[] = [];
  private finished: string[] = [];
  readonly load = new LoadMeter();

  constructor(options: TaskBookOptions) {
    this.options = options;
  }

  add(work: Work): void {
    this.tasks.set(work.task.id, work.task);
    if (work.aside) {
      void this.start(work);
      return;
    }
    this.load.began(work.task);
    this.queue.push(work);
    this.startWaiting();
  }

  /** Puts a task back that ended in an earlier life. */
  recall(task: Task): void {
    this.tasks.set(task.id, task);
    this.finish(task);
  }

  get(id: string): Task | undefined {
    return this.tasks.get(id);
  }

  /** Newest first, at most fifty. */
  newest(most = LISTED_TASKS): readonly Task[] {
    return [...this.tasks.values()].reverse().slice(0, most);
  }

  counts(): { readonly pending: number; readonly running: number } {
    return { pending: this.queue.length, running: this.running.size };
  }

  /** Stops a task that has not ended; what it cost stays on the bill. False where there was nothing to stop. */
  stop(id: string): boolean {
    const task = this.tasks.get(id);
    if (!task || task.status === 'completed' || task.status === 'failed') return false;
    this.queue = this.queue.filter((work) => work.task.id !== id);
    this.running.get(id)?.stop.abort();
    this.end(task, { code: 499, error: 'STOPPED_BY_CLIENT' });
    return true;
  }

  /** Ids of the tasks that have not ended. */
  open(): readonly string[] {
    return [...this.queue.map((work) => work.task.id), ...this.running.keys()];
  }

  /** Everything is gone, as after a restart: nothing running ends any more, nothing is known. */
  forget(): void {
    for (const { stop } of this.running.values()) stop.abort();
    this.running.clear();
    this.tasks.clear();
    this.load.forget();
    this.queue = [];
    this.finished = [];
  }

  private startWaiting(): void {
    while (this.ours() < this.options.parallel) {
      const work = this.queue.shift();
      if (!work) return;
      void this.start(work);
    }
  }

  private ours(): number {
    return [...this.running.values()].filter(({ work }) => !work.aside).length;
  }

  private async start(work: Work): Promise<void> {
    const { task } = work;
    const stop = new AbortController();
    this.running.set(task.id, { work, stop });
    task.status = 'running';
    let result: readonly string[] | TaskFailure;
    try {
      result = await work.run(stop.signal);
    } catch (error) {
      result = { code: 500, error: error instanceof Error ? error.message : String(error) };
    }
    // Stopped or forgotten meanwhile: somebody else wrote its end, or there is none.
    if (!stop.signal.aborted) this.end(task, result);
  }

  private end(task: Task, result: readonly string[] | TaskFailure): void {
    this.running.delete(task.id);
    if ('code' in result) {
      task.status = 'failed';
      task.failure = result;
    } else {
      task.status = 'completed';
      task.files = result;
      task.completedAt = this.options.now();
    }
    this.finish(task);
    this.options.onEnd(task);
    this.startWaiting();
  }

  private finish(task: Task): void {
    this.load.ended(task.id);
    this.finished.push(task.id);
    for (const old of this.finished.splice(0, this.finished.length - FINISHED_TASKS_KEPT)) this.tasks.delete(old);
  }
}
