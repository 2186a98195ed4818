/** How people steer a running pass: other addresses, a pause, fewer nodes at once, an end. */
import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { DEFAULT_CONCURRENCY, MAX_CONCURRENCY } from '../names';
import type { GraphControl } from '../flow/scheduler';
import { PAUSE } from '../flow/gates';
import type { Wait } from '../flow/gates';
import type { PassInput, Steered } from './messages';
import type { SteerAnswer } from './steer-updates';
import { cancelUpdate, pauseUpdate, resumeUpdate, setConcurrencyUpdate, setServerUpdate } from './steer-updates';

/** A worker writes a heartbeat every second, and so learns of a pause; a request that is under way is waited for as well. */
const PAUSE_ANSWER = '20 s';

export type Ending = 'none' | 'collect' | 'now';

/** What the pass does when it was told something. */
export interface Steerable {
  /** The quota's gate may open. */
  readonly onResume: () => void;
  readonly onServers: () => void;
  readonly onChange: () => void;
}

export interface Attempt {
  readonly scope: CancellationScope;
  /** Whether it may send what costs money. */
  readonly pays: boolean;
}

export class Steering {
  private readonly told: { -readonly [K in keyof Steered]: Steered[K] };
  private readonly to: Steerable;
  private control: GraphControl | null = null;
  private end: Ending = 'none';
  private readonly attempts = new Map<string, Attempt>();

  constructor(input: PassInput, to: Steerable) {
    const { servers, concurrency } = input.options;
    this.told = {
      servers,
      concurrency: concurrency || DEFAULT_CONCURRENCY,
      pausedSince: null,
      ...input.carried?.steered,
    };
    this.to = to;
    this.listen();
  }

  attach(control: GraphControl): void {
    this.control = control;
  }

  get steered(): Steered {
    return { ...this.told };
  }

  get servers(): readonly string[] {
    return this.told.servers;
  }

  get ending(): Ending {
    return this.end;
  }

  get isPaused(): boolean {
    return this.told.pausedSince !== null && this.end === 'none';
  }

  /** Whether attempts may pay. */
  get mayPay(): boolean {
    return this.told.pausedSince === null && this.end === 'none';
  }

  /** How many nodes may be at work. While the pass ends all others pass through at once, to be told as cancelled. */
  get concurrency(): number {
    return this.isPaused ? 0 : this.told.concurrency;
  }

  get pause(): Wait | null {
    const { pausedSince } = this.told;
    return this.isPaused && pausedSince !== null ? { ...PAUSE, since: new Date(pausedSince).toISOString() } : null;
  }

  /** One attempt at a node; its scope is cancelled when somebody tells the pass to stop paying, or to stop. */
  begin(key: string): Attempt {
    const attempt: Attempt = { scope: new CancellationScope(), pays: this.mayPay };
    this.attempts.set(key, attempt);
    return attempt;
  }

  /** Ends all attempts; their nodes begin others with what the pass was told meanwhile. */
  beginAgain(): void {
    this.stop(() => true);
  }

  finished(key: string): void {
    this.attempts.delete(key);
  }

  private listen(): void {
    setHandler(setServerUpdate, ({ servers }) => this.setServers(servers), { validator: checkServers });
    setHandler(pauseUpdate, () => this.pausePass());
    setHandler(resumeUpdate, () => this.resumePass());
    setHandler(cancelUpdate, ({ now }) => this.cancelPass(now));
    setHandler(setConcurrencyUpdate, ({ concurrency }) => this.setConcurrency(concurrency), {
      validator: checkConcurrency,
    });
  }

  private setServers(servers: readonly string[]): SteerAnswer {
    this.told.servers = servers;
    this.to.onServers();
    return this.answer();
  }

  private async pausePass(): Promise<SteerAnswer> {
    this.told.pausedSince ??= Date.now();
    this.to.onChange();
    this.stop(({ pays }) => pays);
    await condition(() => this.told.pausedSince === null || !this.isPaying(), PAUSE_ANSWER);
    return this.answer();
  }

  private resumePass(): SteerAnswer {
    this.told.pausedSince = null;
    this.to.onResume();
    this.to.onChange();
    this.control?.wake();
    return this.answer();
  }

  private cancelPass(now: boolean): SteerAnswer {
    if (now || this.end === 'none') this.end = now ? 'now' : 'collect';
    this.to.onChange();
    this.stop(({ pays }) => pays || now);
    this.control?.wake();
    return this.answer();
  }

  private setConcurrency(concurrency: number): SteerAnswer {
    this.told.concurrency = concurrency;
    this.control?.wake();
    return this.answer();
  }

  private stop(which: (attempt: Attempt) => boolean): void {
    for (const attempt of this.attempts.values()) if (which(attempt)) attempt.scope.cancel();
  }

  private isPaying(): boolean {
    return [...this.attempts.values()].some(({ pays }) => pays);
  }

  private answer(): SteerAnswer {
    return { ...this.steered, atWork: this.attempts.size, cancelling: this.end !== 'none' };
  }
}

function checkServers({ servers }: { readonly servers: readonly string[] }): void {
  const bad =
    !Array.isArray(servers) ||
    servers.length === 0 ||
    servers.some((one: unknown) => typeof one !== 'string' || !/^https?:\/\/[^@\s]+$/.test(one));
  if (bad) throw refusal('servers: expected http(s) addresses without names or passwords');
}

function checkConcurrency({ concurrency }: { readonly concurrency: number }): void {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MAX_CONCURRENCY) return;
  throw refusal(`concurrency: expected a whole number from 1 to ${MAX_CONCURRENCY}, got ${String(concurrency)}`);
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'Usage');
}
