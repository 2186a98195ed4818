/** `down` and the status of what runs: both work from the written state when the supervisor itself is gone. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Env } from '../config';
import { readLock } from '../files/lock';
import { isSurelyAlive } from '../files/process-identity';
import type { Home } from './home';
import { homeFolders } from './home';
import { stopProcess, waitForEnd } from './processes';
import { askStatus, askStop } from './requests';
import type { ServiceName, ServicesState } from './state';
import { clearState, readControl, readState, SERVICE_NAMES } from './state';

const STOP_MS = 15_000;
const STARTING_BOUND_MS = 5_000;
const LOOK_MS = 50;

export interface ServiceReport {
  readonly name: ServiceName;
  readonly pid: number | null;
  readonly running: boolean;
  readonly ready: boolean;
  /** ISO time of the last start. */
  readonly since: string;
  readonly restarts: number;
  readonly lastExit: string | null;
  readonly log: string;
}

export interface ServicesReport {
  /** Pid of the supervisor; null when none answers. */
  readonly supervisor: number | null;
  readonly home: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly services: readonly ServiceReport[];
  readonly notes: readonly string[];
}

/** What runs of ours, healthy or not; starts nothing. */
export async function servicesStatus(options: { readonly env?: Env } = {}): Promise<ServicesReport> {
  const home = homeFolders(options.env);
  const control = readControl(home);
  const live = control ? await askStatus(control) : null;
  const state = live ?? readState(home);
  const services = SERVICE_NAMES.flatMap((name) => report(name, state));
  const { ports = {}, notes = [] } = state ?? {};
  return { supervisor: live?.supervisor.pid ?? null, home: home.root, ports, services, notes };
}

function report(name: ServiceName, state: ServicesState | null): ServiceReport[] {
  const service = state?.services[name];
  if (!service) return [];
  const { identity, since, restarts, lastExit, log } = service;
  const running = identity !== null && isSurelyAlive(identity);
  return [
    { name, pid: identity?.pid ?? null, running, ready: running && service.ready, since, restarts, lastExit, log },
  ];
}

/** Stops everything that `up` started in this home, and only that; answers what was stopped. */
export async function down(options: { readonly env?: Env } = {}): Promise<{ readonly stopped: readonly string[] }> {
  const home = homeFolders(options.env);
  const control = await waitForControl(home);
  const answer = control ? await askStop(control) : null;
  if (control && answer) {
    await waitForEnd(control.identity.pid, STOP_MS);
    return { stopped: [...answer.stopped, 'supervisor'] };
  }
  return { stopped: await stopByRecord(home) };
}

/** An `up` at this very moment may hold the lock and not listen yet. */
async function waitForControl(home: Home): Promise<ReturnType<typeof readControl>> {
  const until = performance.now() + STARTING_BOUND_MS;
  for (;;) {
    const control = readControl(home);
    const owner = await readLock(join(home.run, 'supervisor.lock'));
    const starting = owner !== null && isSurelyAlive(owner.identity) && control?.identity.pid !== owner.identity.pid;
    if (!starting || performance.now() > until) return control;
    await delay(LOOK_MS);
  }
}

/** The supervisor is dead or deaf: it goes first, because it would start again what dies. */
async function stopByRecord(home: Home): Promise<string[]> {
  const state = readState(home);
  const stopped: string[] = [];
  const owner = (await readLock(join(home.run, 'supervisor.lock')))?.identity ?? state?.supervisor;
  if (owner && (await stopProcess(owner, 0))) stopped.push('supervisor');
  const end = async (name: ServiceName): Promise<void> => {
    const identity = state?.services[name]?.identity;
    if (identity && (await stopProcess(identity, STOP_MS))) stopped.push(name);
  };
  await end('worker');
  await Promise.all([end('temporal'), end('store')]);
  clearState(home);
  return stopped;
}
