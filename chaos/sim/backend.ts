/**
 * The model of G-Labs: tasks in memory, a list of the newest fifty with prompts cut short, and a bill that nothing makes it
 * forget.
 */
import type { ListedTask } from '../../src/flow/protocol';
import { LISTING_SIZE } from '../../src/flow/protocol';
import { promptPrefix } from '../../src/flow/request';
import type { Kind } from '../../src/flow/types';
import type { TaskState } from '../../src/money/ports';

/** What a request is made of; the same inputs give the same text. */
export interface Inputs {
  readonly kind: Kind;
  readonly prompt: string;
  /** Content hashes, in request order. */
  readonly references: readonly string[];
}

export interface Task {
  readonly id: string;
  readonly kind: Kind;
  readonly prompt: string;
  /** As much of it as the list shows. */
  readonly shown: string;
  /** The request's text, null for another client's task. */
  readonly body: string | null;
  readonly acceptedAt: number;
  /** Unix seconds of the backend's clock. */
  readonly createdAt: number;
  readonly endsAt: number;
  /** The error code it fails with, null when it succeeds. */
  readonly failure: number | null;
  /** The backend does not know it any more. */
  forgotten: boolean;
  /** Its file is not there any more. */
  fileGone: boolean;
  /** Some list that should have shown it did not. */
  unlisted: boolean;
  /** Its last status answer said wrongly that there is no such task. */
  denied: boolean;
  /** Its bytes were with us once, synced. */
  home: boolean;
}

export type Away = 'refuses' | 'tunnel-404' | 'tunnel-522' | 'tunnel-530';

export interface BackendOptions {
  /** Finished tasks that it remembers. More than the list shows, as in the product. */
  readonly keeps: number;
  readonly tellsUptime: boolean;
  readonly dots: string;
  readonly startedAt: number;
  readonly offsetMs: number;
}

export class Backend {
  /** Every task it ever took, in order; never forgotten. */
  readonly all: Task[] = [];
  away: Away | null = null;
  /** Answers nobody from then to then. */
  frozenFrom = 0;
  frozenUntil = 0;
  /** Shows an empty list until then. */
  emptyUntil = 0;
  /** Some list was empty because there was nothing. */
  wasEmpty = false;
  /** Its clock minus true time. */
  offsetMs: number;
  /** When it last answered anything. */
  answeredAt = 0;
  private startedAt: number;
  private tasks: Task[] = [];
  private readonly cuts = new Map<string, string>();
  private readonly options: BackendOptions;

  constructor(options: BackendOptions) {
    this.options = options;
    this.startedAt = options.startedAt;
    this.offsetMs = options.offsetMs;
  }

  accept(now: number, request: Pick<Task, 'kind' | 'prompt' | 'body' | 'endsAt' | 'failure'>): Task {
    const id = (0xa0000000 + this.all.length).toString(16);
    const createdAt = (now + this.offsetMs) / 1000;
    const state = { forgotten: false, fileGone: false, unlisted: false, denied: false, home: false };
    const shown = this.cuts.get(request.prompt) ?? cutPrompt(request.prompt, this.options.dots);
    this.cuts.set(request.prompt, shown);
    const task: Task = { ...request, shown, id, acceptedAt: now, createdAt, ...state };
    this.all.push(task);
    this.tasks.push(task);
    return task;
  }

  list(now: number, showTwice: boolean): readonly ListedTask[] {
    this.tidy(now);
    this.wasEmpty ||= this.tasks.length === 0;
    const newest = this.tasks.slice(-LISTING_SIZE).reverse();
    const [first] = newest;
    const twice = first && showTwice ? [first, ...newest].slice(0, LISTING_SIZE) : newest;
    const shown = now < this.emptyUntil ? [] : twice;
    if (shown.length < this.tasks.length) {
      for (const task of this.tasks) task.unlisted ||= !shown.includes(task);
    }
    return shown.map((task) => ({ taskId: task.id, type: task.kind, prompt: task.shown, createdAt: task.createdAt }));
  }

  health(now: number, wall: number): { readonly uptime: number | null; readonly skewMs: number } {
    const uptime = this.options.tellsUptime ? Math.floor((now - this.startedAt) / 1000) : null;
    // As the client reads it off a header of whole seconds.
    const ahead = Math.floor((now + this.offsetMs) / 1000) * 1000 + 500 - wall;
    return { uptime, skewMs: Math.abs(ahead) <= 1_000 ? 0 : ahead };
  }

  status(now: number, id: string): TaskState {
    this.tidy(now);
    const task = this.tasks.find((one) => one.id === id);
    if (!task) return { state: 'gone' };
    if (now < task.endsAt) return { state: now < task.acceptedAt + 50 ? 'pending' : 'running' };
    if (task.failure === null) return { state: 'completed', results: [`files/${id}`] };
    return { state: 'failed', code: task.failure, error: 'refused', detail: `${task.failure}: refused` };
  }

  /** Whether it says now, wrongly, that there is no such task: never twice, for what is said again has to be believed. */
  denies(id: string, wrongly: boolean): boolean {
    const task = this.tasks.find((one) => one.id === id);
    if (task) task.denied = wrongly && !task.denied;
    return task?.denied ?? false;
  }

  /** The task that a file was made by, while the file is there. */
  file(url: string): Task | null {
    const task = this.all.find(({ id }) => `files/${id}` === url);
    return task && !task.fileGone ? task : null;
  }

  restart(now: number, { remembers, keepsFiles }: { readonly remembers: boolean; readonly keepsFiles: boolean }): void {
    this.startedAt = now;
    if (remembers) return;
    for (const task of this.tasks) {
      task.forgotten = true;
      task.fileGone ||= !keepsFiles || now < task.endsAt;
    }
    this.tasks = [];
  }

  /** Of the finished ones only the latest are remembered. */
  private tidy(now: number): void {
    if (this.tasks.length <= this.options.keeps) return;
    const finished = this.tasks.filter(({ endsAt }) => endsAt <= now).sort((a, b) => a.endsAt - b.endsAt);
    const dropped = new Set(finished.slice(0, Math.max(0, finished.length - this.options.keeps)));
    for (const task of dropped) task.forgotten = true;
    if (dropped.size > 0) this.tasks = this.tasks.filter((task) => !dropped.has(task));
  }
}

function cutPrompt(prompt: string, dots: string): string {
  const cut = promptPrefix(prompt);
  return cut === prompt ? cut : cut + dots;
}
