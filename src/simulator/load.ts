/** How much was asked of the backend at once: what a client's own cap must hold down, measured by the other side. */
import type { Task } from './tasks';

export interface Load {
  /** Tasks that have not ended. */
  readonly tasks: number;
  /** How many different prompts they have: candidates of one row share theirs. */
  readonly prompts: number;
}

export interface LoadSummary {
  readonly now: Load;
  /** The most of each since the start of this process. */
  readonly most: Load;
}

/** Told of every change; other clients' tasks are not counted. */
export class LoadMeter {
  private readonly open = new Map<string, string>();
  private most: Load = { tasks: 0, prompts: 0 };

  began({ id, type, prompt }: Pick<Task, 'id' | 'type' | 'prompt'>): void {
    this.open.set(id, `${type} ${prompt}`);
    const { tasks, prompts } = this.now();
    this.most = { tasks: Math.max(tasks, this.most.tasks), prompts: Math.max(prompts, this.most.prompts) };
  }

  ended(id: string): void {
    this.open.delete(id);
  }

  forget(): void {
    this.open.clear();
  }

  summary(): LoadSummary {
    return { now: this.now(), most: this.most };
  }

  private now(): Load {
    return { tasks: this.open.size, prompts: new Set(this.open.values()).size };
  }
}
