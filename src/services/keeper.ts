/** Keeps one service running: starts it, adopts one that is there, starts it again when it dies or hangs, stops it. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../files/process-identity';
import { identify, isRunning } from '../files/process-identity';
import { countDeaths, restartDelay } from './backoff';
import type { Launch } from './processes';
import { startDetached, stopProcess } from './processes';
import type { ServiceName, ServiceState } from './state';

const STARTING_LOOK_MS = 40;
const HEALTH_EVERY_MS = 5_000;
/** A server that fails this many checks in a row hangs; half a minute lets a laptop wake up in peace. */
const MOST_FAILED_CHECKS = 6;
/** A first start may have to build a database on a slow disk. */
const STARTING_BOUND_MS = 120_000;
const ADOPTED_LOOK_MS = 100;

export interface KeeperSpec {
  readonly name: ServiceName;
  readonly log: string;
  /** Called before every start; aborted when nobody wants the service any more. */
  readonly prepare: (signal: AbortSignal) => Promise<Launch>;
  readonly isHealthy: () => Promise<boolean>;
  /** How long a polite stop may take. */
  readonly stopMs: number;
  readonly onChange: () => void;
}

/** A process that a dead predecessor left. */
export interface Adopted {
  readonly identity: ProcessIdentity;
  /** ISO time of its start. */
  readonly since: string;
}

export class Keeper {
  private readonly spec: KeeperSpec;
  private identity: ProcessIdentity | null = null;
  private since = new Date().toISOString();
  private restarts = 0;
  private ready = false;
  private lastExit: string | null = null;
  private wanted: AbortController | null = null;
  private loop: Promise<void> = Promise.resolve();

  constructor(spec: KeeperSpec) {
    this.spec = spec;
  }

  get running(): boolean {
    return this.wanted !== null;
  }

  get isReady(): boolean {
    return this.ready;
  }

  state(): ServiceState {
    const { identity, since, restarts, ready, lastExit } = this;
    return { identity, since, restarts, ready, lastExit, log: this.spec.log };
  }

  /** Starts, or goes on with a process that a dead predecessor left. Does nothing when it is kept already. */
  start(adopted: Adopted | null = null): void {
    if (this.wanted) return;
    this.wanted = new AbortController();
    this.loop = this.keep(adopted, this.wanted.signal);
  }

  /** True when a process was there and was ended. */
  async stop(): Promise<boolean> {
    if (!this.wanted) return false;
    this.wanted.abort();
    this.wanted = null;
    const stopped = this.identity ? await stopProcess(this.identity, this.spec.stopMs) : false;
    await this.loop;
    this.identity = null;
    this.ready = false;
    this.spec.onChange();
    return stopped;
  }

  private async keep(adopted: Adopted | null, signal: AbortSignal): Promise<void> {
    let deaths = 0;
    let next = adopted;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const ended = await this.live(next, signal);
      if (signal.aborted) return;
      next = null;
      this.lastExit = ended;
      this.identity = null;
      this.ready = false;
      this.restarts += 1;
      deaths = countDeaths(deaths, performance.now() - startedAt);
      this.spec.onChange();
      await delay(restartDelay(deaths), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One life of the process; answers how it ended, in words. */
  private async live(adopted: Adopted | null, signal: AbortSignal): Promise<string> {
    const over = new AbortController();
    try {
      const { end } = adopted ? this.follow(adopted, signal) : await this.launch(signal);
      const watch = this.watch(AbortSignal.any([signal, over.signal]));
      const words = await end;
      over.abort();
      await watch;
      return words;
    } catch (error) {
      return (error as Error).message;
    } finally {
      over.abort();
    }
  }

  private async launch(signal: AbortSignal): Promise<{ readonly end: Promise<string> }> {
    const launch = await this.spec.prepare(signal);
    if (signal.aborted) return { end: Promise.resolve('stopped') };
    const child = startDetached(launch);
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    // No await between start and record: whoever stops or kills us finds the process written down.
    this.record(child.pid === undefined ? null : identify(child.pid));
    return { end: exit.then(([code, by]) => (by ? `ended by ${by}` : `exit code ${code}`)) };
  }

  private follow({ identity, since }: Adopted, signal: AbortSignal): { readonly end: Promise<string> } {
    this.record(identity, since);
    const look = async (): Promise<string> => {
      while (isRunning(identity.pid) && !signal.aborted) await delay(ADOPTED_LOOK_MS);
      return 'ended (it was started by an earlier supervisor, so nothing more is known)';
    };
    return { end: look() };
  }

  private record(identity: ProcessIdentity | null, since = new Date().toISOString()): void {
    this.identity = identity;
    this.since = since;
    this.spec.onChange();
  }

  /** Says when the service is ready, and ends it when it hangs, so that it is started again. */
  private async watch(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    let wasReady = false;
    let failed = 0;
    while (!signal.aborted) {
      const healthy = await this.spec.isHealthy();
      if (signal.aborted) return;
      failed = healthy ? 0 : failed + 1;
      wasReady ||= healthy;
      // One failed check of a ready server is a hiccup.
      if (healthy !== this.ready && failed !== 1) this.setReady(healthy);
      const hangs = wasReady ? failed >= MOST_FAILED_CHECKS : performance.now() - startedAt > STARTING_BOUND_MS;
      if (hangs && this.identity) await stopProcess(this.identity, 0);
      await delay(wasReady ? HEALTH_EVERY_MS : STARTING_LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private setReady(ready: boolean): void {
    this.ready = ready;
    this.spec.onChange();
  }
}
