/** The simulator as a process of its own: killed and started again on the same port and folder, or told to misbehave. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultInput } from '../../src/simulator/faults';
import type { RequestSummary } from '../../src/simulator/request-log';
import { REPOSITORY } from '../../test/helpers/machine';
import type { Charge } from './bill';
import { readBill } from './bill';
import type { Weather } from './schedule';
import { WEATHER } from './schedule';

export interface BackendOptions {
  readonly dir: string;
  readonly key: string;
  readonly imageMs: number;
  readonly videoMs: number;
  /** Chooses task ids: no two backends of one home may hand out the same ones. */
  readonly seed: number;
  readonly weather?: Weather | null;
}

/** A death of the backend: tasks up to this number of the bill were forgotten, but for those fetched before. */
export interface Forgetting {
  readonly last: number;
  readonly safe: ReadonlySet<string>;
}

const CONTROL_MS = 5_000;
const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

export class Backend {
  readonly dir: string;
  readonly forgettings: Forgetting[] = [];
  private readonly options: BackendOptions;
  private child: ChildProcess | null = null;
  private port = 0;

  private constructor(options: BackendOptions) {
    this.options = options;
    this.dir = options.dir;
  }

  static async open(options: BackendOptions): Promise<Backend> {
    const backend = new Backend(options);
    await backend.start();
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  bill(): readonly Charge[] {
    return readBill(this.dir);
  }

  paid(): number {
    return this.bill().length;
  }

  async start(): Promise<void> {
    const script = join(REPOSITORY, 'dist', 'simulator', 'process.js');
    const args = [script, '--port', String(this.port), ...flags(this.options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    const die = (): void => void child.kill('SIGKILL');
    process.once('exit', die);
    child.once('exit', () => process.off('exit', die));
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('the simulator did not start')));
    failed.catch(() => undefined);
    const [line] = (await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), failed])) as [string];
    this.port = Number(/:(\d+)\s*$/.exec(line)?.[1] ?? 0);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** What a dead one knew is gone; `safe` are the tasks whose results had been fetched before. */
  forget(safe: ReadonlySet<string>): void {
    rmSync(join(this.dir, 'memory'), { recursive: true, force: true });
    this.forgettings.push({ last: this.bill().at(-1)?.n ?? 0, safe });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(name);
  }

  /** Sets faults, as `POST /_control/faults`. */
  async fault(...faults: readonly FaultInput[]): Promise<void> {
    await this.patiently(() => this.control('POST', 'faults', faults));
  }

  /** Fair weather from now on. */
  async calm(): Promise<void> {
    await this.patiently(() => this.control('DELETE', 'faults'));
    await this.patiently(() => this.control('DELETE', 'plan'));
    await this.fault({ kind: 'clock', offsetMs: 0 });
  }

  /** Null while it does not answer. */
  async requests(): Promise<RequestSummary | null> {
    return this.control('GET', 'requests').then(
      (answer) => answer as RequestSummary,
      () => null,
    );
  }

  /** While the port is shut on purpose, the control routes are shut too. */
  private async patiently(ask: () => Promise<unknown>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        await ask();
        return;
      } catch (error) {
        if (!(error instanceof TypeError) || Date.now() > end) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  private async control(method: string, what: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/_control/${what}`, {
      method,
      signal: AbortSignal.timeout(CONTROL_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the simulator refuses ${method} ${what}: ${await answer.text()}`);
    return answer.json();
  }

  private async end(name: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(name);
    await gone;
  }
}

function flags({ dir, key, imageMs, videoMs, seed, weather }: BackendOptions): readonly string[] {
  const latency = ['--image-ms', String(imageMs), '--video-ms', String(videoMs)];
  const own = ['--dir', dir, '--key', key, '--seed', String(seed), '--plain', '--remember', ...latency];
  if (!weather) return own;
  const kinds = ['--faults-kinds', WEATHER.join()];
  return [...own, '--faults-seed', String(weather.seed), '--faults-rate', String(weather.rate), ...kinds];
}
