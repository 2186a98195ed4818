/** The supervisor: keeps the servers and the worker of one home running, and writes down what runs. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { currentProcess, isSurelyAlive } from '../files/process-identity';
import { isStoreHealthy, isTemporalHealthy } from './health';
import type { Home } from './home';
import type { Adopted, KeeperSpec } from './keeper';
import { Keeper } from './keeper';
import type { PortName, Ports } from './ports';
import { readPorts, settlePorts, writePorts } from './ports';
import type { Launch } from './processes';
import { stopProcess } from './processes';
import type { EnsureRequest } from './requests';
import type { ServiceName, ServicesState } from './state';
import { readState, SERVICE_NAMES, writeState } from './state';
import { TEMPORAL_PORTS, temporalAddress, temporalArguments } from './temporal';
import { BUCKET, STORE_PORTS, storeEnv, storeSettings, weedArguments } from './weed';
import type { WorkerEnv } from './worker-env';
import { mergeWorkerEnv, satisfies, tagWorkerEnv, withoutSettings } from './worker-env';

const STOP_MS = { temporal: 10_000, store: 10_000, worker: 15_000 } as const;
const MOST_NOTES = 20;
const READY_BOUND_MS = 60_000;
const READY_LOOK_MS = 20;

interface WorkerPlan {
  readonly script: string;
  readonly env: WorkerEnv;
  /** The embedded servers it works with. */
  readonly uses: readonly ServiceName[];
}

export class Supervisor {
  private readonly home: Home;
  private readonly token: string;
  private readonly since = new Date().toISOString();
  private readonly keepers = new Map<ServiceName, Keeper>();
  private readonly programs: { temporal: string; weed: string } = { temporal: '', weed: '' };
  private readonly inherited = withoutSettings(process.env);
  private readonly previous: ServicesState | null;
  private worker: WorkerPlan | null = null;
  private workerTags: Record<string, string> = {};
  private notes: string[] = [];
  private ports: Ports = {};
  /** Requests are handled one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(home: Home, token: string) {
    this.home = home;
    this.token = token;
    this.previous = readState(home);
    this.addKeeper(
      'temporal',
      () => this.prepareTemporal(),
      () => isTemporalHealthy(this.ports.temporal ?? 0),
    );
    this.addKeeper(
      'store',
      () => this.prepareStore(),
      () => isStoreHealthy(this.ports.s3 ?? 0, BUCKET),
    );
    this.addKeeper(
      'worker',
      (signal) => this.prepareWorker(signal),
      () => Promise.resolve(true),
    );
  }

  async open(): Promise<void> {
    this.ports = await readPorts(this.home);
  }

  status(): ServicesState {
    const services: ServicesState['services'] = {};
    for (const [name, keeper] of this.keepers) {
      const left = this.previous?.services[name];
      // A predecessor's processes stay on record until they are adopted or ended.
      if (keeper.running) services[name] = keeper.state();
      else if (left?.identity && isSurelyAlive(left.identity)) services[name] = { ...left, ready: false };
    }
    const { since, workerTags, notes, ports } = this;
    return { version: 1, supervisor: currentProcess(), since, ports: { ...ports }, services, workerTags, notes };
  }

  /** Starts what is asked for and not there yet; a worker with other settings is started anew. */
  ensure(request: EnsureRequest): Promise<ServicesState> {
    return this.inTurn(async () => {
      if (request.temporal) await this.keep('temporal', request.temporal);
      if (request.weed) await this.keep('store', request.weed);
      const uses: ServiceName[] = [
        ...(request.temporal ? ['temporal' as const] : []),
        ...(request.weed ? ['store' as const] : []),
      ];
      if (request.worker) await this.keepWorker({ ...request.worker, uses });
      this.save();
      return this.status();
    });
  }

  /** Stops everything, the worker first, so that it can give its work back. Answers what was stopped. */
  stop(): Promise<string[]> {
    return this.inTurn(async () => {
      const stopped: string[] = [];
      const end = async (name: ServiceName): Promise<void> => {
        const left = this.previous?.services[name]?.identity;
        const ours = await this.keeper(name).stop();
        const theirs = left ? await stopProcess(left, STOP_MS[name]) : false;
        if (ours || theirs) stopped.push(name);
      };
      await end('worker');
      await Promise.all([end('temporal'), end('store')]);
      return SERVICE_NAMES.filter((name) => stopped.includes(name));
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** What a dead predecessor left running. */
  private leftAlive(name: ServiceName): Adopted | null {
    const left = this.previous?.services[name];
    return left?.identity && isSurelyAlive(left.identity) ? { identity: left.identity, since: left.since } : null;
  }

  private keeper(name: ServiceName): Keeper {
    const keeper = this.keepers.get(name);
    if (!keeper) throw new Error(`no keeper for ${name}`);
    return keeper;
  }

  private addKeeper(name: ServiceName, prepare: KeeperSpec['prepare'], isHealthy: () => Promise<boolean>): void {
    const log = join(this.home.logs, `${name}.log`);
    const spec: KeeperSpec = { name, log, prepare, isHealthy, stopMs: STOP_MS[name], onChange: () => this.save() };
    this.keepers.set(name, new Keeper(spec));
  }

  private async keep(name: 'temporal' | 'store', program: string): Promise<void> {
    this.programs[name === 'temporal' ? 'temporal' : 'weed'] = program;
    const keeper = this.keeper(name);
    if (keeper.running) return;
    const left = this.leftAlive(name);
    const healthy = name === 'temporal' ? isTemporalHealthy : (port: number) => isStoreHealthy(port, BUCKET);
    const port = this.ports[name === 'temporal' ? 'temporal' : 's3'];
    if (left) {
      if (port && (await healthy(port))) return keeper.start(left);
      await stopProcess(left.identity, STOP_MS[name]);
    }
    keeper.start();
  }

  private async keepWorker(asked: WorkerPlan): Promise<void> {
    const keeper = this.keeper('worker');
    const left = keeper.running ? null : this.leftAlive('worker');
    const tags = left ? (this.previous?.workerTags ?? {}) : this.workerTags;
    const env = mergeWorkerEnv(this.worker?.env ?? {}, asked.env);
    const same = satisfies(tags, asked.env, this.token);
    this.worker = { ...asked, env };
    if (keeper.running && same) return;
    if (left && same) {
      this.workerTags = { ...tags };
      return keeper.start(left);
    }
    await keeper.stop();
    if (left) await stopProcess(left.identity, STOP_MS.worker);
    this.workerTags = tagWorkerEnv(env, this.token);
    keeper.start();
  }

  private async prepareTemporal(): Promise<Launch> {
    await this.settle(TEMPORAL_PORTS);
    return this.launch('temporal', this.programs.temporal, temporalArguments(this.home, this.ports));
  }

  private async prepareStore(): Promise<Launch> {
    await this.settle(STORE_PORTS);
    return this.launch('store', this.programs.weed, await weedArguments(this.home, this.ports));
  }

  private async prepareWorker(signal: AbortSignal): Promise<Launch> {
    if (!this.worker) throw new Error('nobody asked for a worker');
    const { script, env, uses } = this.worker;
    await this.waitUntilReady(uses, signal);
    const extra = {
      ...env,
      ...(await this.embeddedSettings(uses)),
      NBFLOW_HOME: this.home.root,
      NBFLOW_SUPERVISED: '1',
    };
    const launch = this.launch('worker', process.execPath, [script]);
    return { ...launch, env: { ...launch.env, ...extra } };
  }

  /** A worker that starts before its servers would only fail and be started again later. */
  private async waitUntilReady(names: readonly ServiceName[], signal: AbortSignal): Promise<void> {
    const until = performance.now() + READY_BOUND_MS;
    const missing = (): boolean => names.some((name) => !this.keeper(name).isReady);
    while (missing() && !signal.aborted && performance.now() < until) await delay(READY_LOOK_MS);
  }

  private launch(name: ServiceName, command: string, args: readonly string[]): Launch {
    return { command, args, env: this.inherited, log: join(this.home.logs, `${name}.log`) };
  }

  /** Addresses of the embedded servers that the worker uses. */
  private async embeddedSettings(uses: readonly ServiceName[]): Promise<Record<string, string>> {
    const temporal = uses.includes('temporal') ? { TEMPORAL_ADDRESS: temporalAddress(this.ports) } : {};
    return uses.includes('store') ? { ...temporal, ...storeEnv(await storeSettings(this.home, this.ports)) } : temporal;
  }

  private async settle(names: readonly PortName[]): Promise<void> {
    const { ports, moved } = await settlePorts(names, this.ports);
    const changed = names.some((name) => this.ports[name] !== ports[name]);
    if (!changed) return;
    this.ports = { ...this.ports, ...ports };
    this.notes = [...this.notes, ...moved].slice(-MOST_NOTES);
    await writePorts(this.home, this.ports);
    // A worker that runs already knows the old address.
    if (this.keeper('worker').state().identity) void this.inTurn(() => this.restartWorker());
  }

  private async restartWorker(): Promise<void> {
    await this.keeper('worker').stop();
    this.keeper('worker').start();
  }

  private save(): void {
    writeState(this.home, this.status());
  }
}
