/**
 * Runs a graph of nodes, each as soon as its own inputs are done (never in waves). Workflow code: promises only, no
 * timers, and the order of starts depends on nothing but the input and the order in which nodes end.
 */
import { FlowError } from './errors';

export interface ScheduledNode {
  readonly key: string;
  /** Keys that are not among the nodes count as done. */
  readonly dependsOn: readonly string[];
  /** How long it may take compared to the others; 1 when absent. Only the order of starts depends on it. */
  readonly weight?: number;
}

export interface GraphRun {
  /** In file order. */
  readonly nodes: readonly ScheduledNode[];
  /** How many may run at once; asked before every start, so it may change. Below 1: nothing is started. */
  readonly concurrency: () => number;
  /** How one run of a node ended. Must reject only to end the whole run. */
  readonly runNode: (key: string) => Promise<NodeEnd>;
  /** Called for each node that can't run, with the failed node at the root of it. */
  readonly onSkip: (key: string, becauseOf: string) => void;
  /** Called for a parked node when nothing else is left to do: from then on it counts as failed. */
  readonly onGiveUp?: (key: string) => void;
  /** Whether parked nodes may be given up, asked when nothing else is left to do; absent: yes. */
  readonly mayGiveUp?: () => boolean;
  readonly onStart?: (control: GraphControl) => void;
}

/**
 * `failed`: what depends on the node is skipped. `parked`: it waits for something from outside; it takes no place among the
 * running ones, what depends on it waits too, and it is run again when somebody unparks it.
 */
export type NodeEnd = 'done' | 'failed' | 'parked';

/** What the outside tells a run that is under way. */
export interface GraphControl {
  /** To be called after `concurrency` grew or `mayGiveUp` turned, since nothing else would look at them. */
  wake(): void;
  /** Runs a parked node again, before all that have not begun. Nothing happens when it is not parked. */
  unpark(key: string): void;
}

interface Task {
  readonly key: string;
  readonly order: number;
  readonly dependants: Task[];
  waitingFor: number;
  /** Weight of the heaviest chain that begins here. */
  height: number;
  settled: boolean;
}

/**
 * Resolves when every node has ended or was skipped. Among nodes that may start, the one with the heaviest chain behind
 * it goes first, then file order: stills that clips wait for come before loose ends. A rejected `runNode` stops new
 * starts; what runs is awaited, then the first rejection is passed on. Throws `Graph.Cycle` or `Graph.Duplicate`.
 */
export async function runGraph(run: GraphRun): Promise<void> {
  await new GraphWalk(run, buildTasks(run.nodes)).finished();
}

class GraphWalk {
  readonly #run: GraphRun;
  readonly #ready: Task[];
  readonly #parked = new Map<string, Task>();
  #running = 0;
  #left: number;
  #broken: { readonly reason: unknown } | null = null;
  #finish: () => void = () => undefined;

  constructor(run: GraphRun, tasks: readonly Task[]) {
    this.#run = run;
    this.#ready = tasks.filter(({ waitingFor }) => waitingFor === 0).sort(byUrgency);
    this.#left = tasks.length;
  }

  async finished(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      this.#run.onStart?.({ wake: () => this.#startMore(), unpark: (key) => this.#unpark(key) });
      this.#startMore();
    });
    if (this.#broken) throw this.#broken.reason;
  }

  #startMore(): void {
    while (!this.#broken && this.#running < this.#run.concurrency()) {
      const task = this.#ready.shift();
      if (!task) break;
      void this.#start(task);
    }
    if (this.#running > 0) return;
    if (!this.#broken && this.#ready.length === 0) this.#giveUpParked();
    if (this.#broken || this.#left === 0) this.#finish();
  }

  #giveUpParked(): void {
    if (this.#parked.size === 0 || !(this.#run.mayGiveUp?.() ?? true)) return;
    for (const task of this.#parked.values()) {
      this.#settle(task);
      this.#run.onGiveUp?.(task.key);
      this.#skipDependants(task);
    }
    this.#parked.clear();
  }

  #unpark(key: string): void {
    const task = this.#parked.get(key);
    if (!task) return;
    this.#parked.delete(key);
    this.#ready.unshift(task);
    this.#startMore();
  }

  async #start(task: Task): Promise<void> {
    this.#running += 1;
    try {
      const end = await this.#run.runNode(task.key);
      if (end === 'parked') this.#parked.set(task.key, task);
      else this.#settle(task);
      if (end === 'done') this.#release(task);
      if (end === 'failed') this.#skipDependants(task);
    } catch (reason) {
      this.#broken ??= { reason };
    }
    this.#running -= 1;
    this.#startMore();
  }

  #settle(task: Task): void {
    task.settled = true;
    this.#left -= 1;
  }

  #release(task: Task): void {
    for (const next of task.dependants) {
      next.waitingFor -= 1;
      if (next.waitingFor > 0 || next.settled) continue;
      const place = this.#ready.findIndex((other) => byUrgency(next, other) < 0);
      this.#ready.splice(place < 0 ? this.#ready.length : place, 0, next);
    }
  }

  #skipDependants(root: Task): void {
    const queue = [...root.dependants];
    for (let task = queue.shift(); task; task = queue.shift()) {
      if (task.settled) continue;
      this.#settle(task);
      this.#run.onSkip(task.key, root.key);
      queue.push(...task.dependants);
    }
  }
}

function byUrgency(a: Task, b: Task): number {
  return b.height - a.height || a.order - b.order;
}

function buildTasks(nodes: readonly ScheduledNode[]): readonly Task[] {
  const tasks = new Map<string, Task>();
  nodes.forEach(({ key, weight = 1 }, order) => {
    if (tasks.has(key)) throw new FlowError('Graph.Duplicate', `two nodes are called ${key}`, 3);
    tasks.set(key, { key, order, dependants: [], waitingFor: 0, height: weight, settled: false });
  });
  for (const { key, dependsOn } of nodes) {
    const task = tasks.get(key);
    for (const from of new Set(dependsOn)) {
      const upstream = tasks.get(from);
      if (!task || !upstream) continue;
      upstream.dependants.push(task);
      task.waitingFor += 1;
    }
  }
  const sorted = topological([...tasks.values()]);
  for (const task of sorted.reverse()) {
    task.height += task.dependants.reduce((highest, { height }) => Math.max(highest, height), 0);
  }
  return [...tasks.values()];
}

function topological(tasks: readonly Task[]): Task[] {
  const waiting = new Map(tasks.map((task) => [task, task.waitingFor]));
  const sorted = tasks.filter(({ waitingFor }) => waitingFor === 0);
  for (const task of sorted) {
    for (const next of task.dependants) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) sorted.push(next);
    }
  }
  if (sorted.length < tasks.length) {
    const inCycle = tasks.filter((task) => (waiting.get(task) ?? 0) > 0).map(({ key }) => key);
    throw new FlowError('Graph.Cycle', `these nodes wait for each other: ${inCycle.join(', ')}`, 3);
  }
  return sorted;
}
