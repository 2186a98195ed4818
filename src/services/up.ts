/** `up`: everything that is needed and not configured elsewhere runs and is healthy when it returns. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import { ensureBinary } from './binaries';
import type { Home } from './home';
import { makeHome } from './home';
import { startDetached } from './processes';
import type { EnsureRequest } from './requests';
import { askEnsure, askStatus } from './requests';
import type { Servers, Services } from './running';
import { describeServices, readServers } from './running';
import type { Control, ServiceName, ServicesState } from './state';
import { readControl, readState, SERVICE_NAMES } from './state';
import type { WorkerEnv } from './worker-env';
import { satisfies, withoutSettings, workerSettings } from './worker-env';

export { runningServices } from './running';
export type { Services } from './running';

/** The same folder seen from the source and from the built files: separate processes always run what was built. */
const BUILT = join(__dirname, '..', '..', 'dist');
const READY_BOUND_MS = 90_000;
const SUPERVISOR_BOUND_MS = 15_000;
const LOOK_MS = 20;

export interface UpOptions {
  /** Settings and the place of NBFLOW_HOME; `process.env` when absent. A project's `.env` must be merged in by the caller. */
  readonly env?: Env;
  /** False starts the servers only. */
  readonly worker?: boolean;
  /** The worker's script; the built `worker.js` when absent. */
  readonly workerScript?: string;
  /** The worker's settings; those of ours in `env` when absent. */
  readonly workerEnv?: WorkerEnv;
  /** Told what takes long or was decided (an installation, a port that was taken). */
  readonly say?: (line: string) => void;
  /** Bound of the whole wait, milliseconds; an installation is not counted. */
  readonly timeoutMs?: number;
}

interface Wanted extends Servers {
  readonly env: Env;
  readonly worker: EnsureRequest['worker'];
}

async function readWanted(options: UpOptions): Promise<Wanted> {
  const env = options.env ?? process.env;
  const wanted = { ...(await readServers(env)), env };
  if (options.worker === false) return { ...wanted, worker: null };
  const script = resolve(options.workerScript ?? join(BUILT, 'worker.js'));
  const built = statSync(script, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined)
    throw new FlowError('Services.NoWorker', `The worker ${script} is not there.`, 4, ['npm run build']);
  // Seen by nobody but the tags: a new build, or other servers, make a worker out of date.
  const marks = { NBFLOW_WORKER_BUILD: `${script} ${built}`, NBFLOW_EMBEDDED: wanted.embedded.join(' ') };
  return { ...wanted, worker: { script, env: { ...(options.workerEnv ?? workerSettings(env)), ...marks } } };
}

function isSatisfied(wanted: Wanted, state: ServicesState, control: Control): boolean {
  const names: ServiceName[] = [...wanted.embedded, ...(wanted.worker ? ['worker' as const] : [])];
  if (!names.every((name) => state.services[name]?.ready)) return false;
  return wanted.worker === null || satisfies(state.workerTags, wanted.worker.env, control.token);
}

/** Starts what is missing. Throws FlowError (exit 4) that names the log file when something does not come up. */
export async function up(options: UpOptions = {}): Promise<Services> {
  const say = options.say ?? ((): void => undefined);
  const wanted = await readWanted(options);
  if (wanted.embedded.length === 0 && wanted.worker === null) return describeServices(wanted, null, []);
  const control = readControl(wanted.home);
  const answered = control ? await askStatus(control) : null;
  if (control && answered && isSatisfied(wanted, answered, control)) return describeServices(wanted, answered, []);
  const before = answered ?? readState(wanted.home);

  await makeHome(wanted.home);
  const binary = async (name: 'temporal' | 'weed', needed: ServiceName): Promise<string | null> =>
    wanted.embedded.includes(needed)
      ? (await ensureBinary(name, { home: wanted.home, env: wanted.env, say })).path
      : null;
  const [temporal, weed] = await Promise.all([binary('temporal', 'temporal'), binary('weed', 'store')]);
  const until = performance.now() + (options.timeoutMs ?? READY_BOUND_MS);
  const live = control && answered ? control : await startSupervisor(wanted);
  const asked = await askEnsure(live, { temporal, weed, worker: wanted.worker });
  if (!asked) throw failure(wanted.home, 'supervisor', 'it does not answer');
  const state = await waitUntilReady(wanted, live, until);
  const fresh = state.notes.filter((note) => !before?.notes.includes(note));
  fresh.forEach((note) => say(note));
  return describeServices(wanted, state, startedSince(before, state, answered === null));
}

async function startSupervisor(wanted: Wanted): Promise<Control> {
  const env = { ...withoutSettings(wanted.env), NBFLOW_HOME: wanted.home.root };
  const script = join(BUILT, 'services', 'supervisor-main.js');
  const child = startDetached({
    command: process.execPath,
    args: [script],
    env,
    log: join(wanted.home.logs, 'supervisor.log'),
  });
  let spawnError: Error | null = null;
  child.once('error', (error) => (spawnError = error));
  const until = performance.now() + SUPERVISOR_BOUND_MS;
  while (performance.now() < until && spawnError === null) {
    const control = readControl(wanted.home);
    // The file of a dead predecessor is there until ours is up; whoever answers is the right one.
    if (control && (await askStatus(control))) return control;
    await delay(LOOK_MS);
  }
  throw failure(wanted.home, 'supervisor', 'it did not start', spawnError);
}

async function waitUntilReady(wanted: Wanted, control: Control, until: number): Promise<ServicesState> {
  for (;;) {
    const state = await askStatus(control);
    if (state && isSatisfied(wanted, state, control)) return state;
    if (performance.now() > until) {
      const names: ServiceName[] = [...wanted.embedded, 'worker'];
      const missing = names.find((name) => !state?.services[name]?.ready) ?? 'worker';
      throw failure(wanted.home, missing, state?.services[missing]?.lastExit ?? 'it is not healthy in time');
    }
    await delay(LOOK_MS);
  }
}

function failure(home: Home, name: ServiceName | 'supervisor', why: string, cause?: unknown): FlowError {
  const log = join(home.logs, `${name}.log`);
  const next = [`Read the end of ${log}`, 'nbflow down, then nbflow up, starts everything afresh; no data is lost.'];
  return new FlowError('Services.NotReady', `The ${name} does not come up: ${why}. Its log: ${log}`, 4, next, {
    cause,
  });
}

/** What runs now and did not before; processes of a dead supervisor that were adopted are not new. */
function startedSince(before: ServicesState | null, now: ServicesState, supervisorIsNew: boolean): string[] {
  const started = SERVICE_NAMES.filter((name) => {
    const { identity } = now.services[name] ?? {};
    const then = before?.services[name]?.identity;
    return identity && (identity.pid !== then?.pid || identity.startedAt !== then.startedAt);
  });
  return [...(supervisorIsNew ? ['supervisor'] : []), ...started];
}
