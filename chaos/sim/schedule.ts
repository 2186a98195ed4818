/**
 * Virtual time. Everything that takes time is parked here with its effect; one parked thing at a time completes, in an
 * order that is mostly that of time and sometimes not. Between two completions all promises that can move do so.
 */
import type { Choices } from './choices';

/** Whose work it is: a process, or the world outside of it. */
export interface Actor {
  readonly name: string;
  /** The work of a dead one never completes. */
  alive: boolean;
  /** The work of a suspended one completes when it is continued. */
  suspended: boolean;
}

interface Parked {
  readonly at: number;
  readonly who: Actor;
  readonly label: string;
  readonly signal: AbortSignal | null;
  /** Nothing that lies later may complete before it: what the outside world promises to do in time. */
  readonly punctual: boolean;
  readonly run: () => void;
  readonly abort: (reason: unknown) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly punctual?: boolean;
}

/** How far a thing may be overtaken: a slow process, not one that stands still for ever. */
const MOST_AHEAD_MS = 3_000;
const WINDOW = 6;
const NEVER = new Promise<never>(() => undefined);

export class Schedule {
  now = Date.UTC(2026, 4, 12, 9);
  steps = 0;
  /** How often something completes out of turn. */
  disorder = 0;
  private readonly choices: Choices;
  private parked: Parked[] = [];

  constructor(choices: Choices) {
    this.choices = choices;
  }

  /** Completes with what `effect` answers or throws, no sooner than in `ms`. Never, for a dead actor. */
  call<T>(who: Actor, label: string, ms: number, effect: () => T, options: CallOptions = {}): Promise<T> {
    if (!who.alive) return NEVER;
    const signal = options.signal ?? null;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const punctual = options.punctual ?? false;
      this.park({ at: this.now + ms, who, label, signal, punctual, run, abort: reject });
    });
  }

  pause(who: Actor, ms: number, signal?: AbortSignal): Promise<void> {
    return this.call(who, 'pause', ms, () => undefined, signal ? { signal } : {});
  }

  /** Aborts, and wakes whatever waits with that signal. */
  abort(controller: AbortController, reason: Error): void {
    const { signal } = controller;
    if (signal.aborted) return;
    controller.abort(reason);
    const woken = this.parked.filter((parked) => parked.signal === signal);
    this.parked = this.parked.filter((parked) => parked.signal !== signal);
    for (const { abort } of woken) abort(reason);
  }

  /** Forgets the work of the dead. */
  bury(who: Actor): void {
    this.parked = this.parked.filter((parked) => parked.who !== who);
  }

  /** Runs until `isOver`, then answers true; false when nothing is left to do or it takes too many steps. */
  async run(isOver: () => boolean, mostSteps: number, afterStep: (label: string) => void): Promise<boolean> {
    for (; this.steps < mostSteps; this.steps++) {
      await drained();
      if (isOver()) return true;
      const next = this.take();
      if (!next) return false;
      this.now = Math.max(this.now, next.at);
      next.run();
      afterStep(next.label);
    }
    return false;
  }

  /** In the order of time. */
  private park(parked: Parked): void {
    let [low, high] = [0, this.parked.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.parked[middle] as Parked).at <= parked.at) low = middle + 1;
      else high = middle;
    }
    this.parked.splice(low, 0, parked);
  }

  private take(): Parked | null {
    const near: Parked[] = [];
    let limit = 0;
    for (const parked of this.parked) {
      if (parked.who.suspended) continue;
      if (near.length === 0) limit = Math.max(parked.at, this.now) + MOST_AHEAD_MS;
      if (parked.at > limit) break;
      near.push(parked);
      if (parked.punctual || near.length === WINDOW) break;
    }
    const chosen = near[this.choices.pick('order', near.length, this.disorder)];
    if (!chosen) return null;
    this.parked.splice(this.parked.indexOf(chosen), 1);
    return chosen;
  }
}

/** When all promises that can move have moved. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
