/** Carries blows out on real processes, and measures how long the others take to be at work again. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../../src/files/process-identity';
import { SAFE_STATES } from '../../src/flow/receipt';
import type { ServiceName } from '../../src/services/state';
import type { Blow } from './schedule';
import type { Scene, Stage } from './stage';
import type { WatchedPass } from './watched-pass';

const LOOK_MS = 15;
const SLOW_LOOK_MS = 60;
/** Requests of a dead worker may lie unread at a busy backend; no new one is up within this. */
const UNREAD_MS = 250;
/** What is not at work again by then shows as a stuck pass, or the pass was over. */
const RECOVERY_BOUND_MS = 45_000;
/** A step that the pass does not come by any more. */
const POINT_BOUND_MS = 12_000;

export interface Target extends Scene {
  readonly stage: Stage;
  readonly pass: WatchedPass;
}

/** A blow that fell; `recovered` resolves with milliseconds, or null where there was nothing left to do. */
export interface Fallen {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly recovered: Promise<number | null>;
}

/** Null when it could not fall: the step was never reached, the process was not there. */
export async function strike(target: Target, blow: Blow): Promise<Fallen | null> {
  const { stage, backend, pass } = target;
  switch (blow.kind) {
    case 'kill-worker':
      return strikeWorker(target, 'SIGKILL');
    case 'stop-worker':
      return strikeWorker(target, 'SIGTERM');
    case 'kill-at':
      return killAt(target, blow.point);
    case 'kill-in-answer':
      return killInAnswer(target, blow);
    case 'suspend-worker':
      return suspend(target, [stage.pid('worker')], blow.forMs);
    case 'suspend-everything':
      return suspendEverything(target, blow.forMs);
    case 'kill-temporal':
      return strikeServer(target, 'temporal');
    case 'kill-store':
      return strikeServer(target, 'store');
    case 'kill-backend':
      return killBackend(target, blow);
    case 'suspend-backend':
      return suspendBackend(target, blow.forMs);
    case 'refuse':
      await backend.fault({ kind: 'refuse', forMs: blow.forMs });
      return { at: Date.now(), recovered: backAtWork(target, Date.now() + blow.forMs) };
    case 'tunnel':
      await backend.fault({ kind: 'cloudflare', status: 522, forMs: blow.forMs });
      return { at: Date.now(), recovered: backAtWork(target, Date.now() + blow.forMs) };
    case 'lose-answers':
      await backend.fault({ ...blow.how, count: blow.count });
      return { at: Date.now(), recovered: Promise.resolve(null) };
    case 'kill-cli':
      pass.kill();
      return { at: Date.now(), recovered: Promise.resolve(null) };
    case 'kill-everything':
      return killEverything(target);
  }
}

/** Waits for a moment of the pass; false when the pass was over before. */
export async function reached(target: Target, look: () => boolean, boundMs = Infinity): Promise<boolean> {
  const end = Date.now() + boundMs;
  while (!look()) {
    if (target.pass.over || Date.now() > end) return false;
    await delay(LOOK_MS);
  }
  return true;
}

export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

export function strikeWorker(target: Target, name: 'SIGKILL' | 'SIGTERM'): Fallen | null {
  const pid = target.stage.pid('worker');
  if (pid === null || !signal(pid, name)) return null;
  const at = Date.now();
  return { at, recovered: nextWorkerAtWork(target, pid, at) };
}

/** From the death of one worker to the first request of the next. */
async function nextWorkerAtWork(target: Target, dead: number, at: number): Promise<number | null> {
  const { stage } = target;
  const next = (): boolean => ((pid) => pid !== null && pid !== dead)(stage.pid('worker'));
  if (!(await reached(target, next, RECOVERY_BOUND_MS))) return null;
  const back = await backAtWork(target, Date.now() + UNREAD_MS);
  return back === null ? null : Date.now() - at;
}

/** Time from a moment until the first request after it. */
export async function backAtWork(target: Target, from: number): Promise<number | null> {
  const end = Date.now() + RECOVERY_BOUND_MS;
  while (!target.pass.over && Date.now() < end) {
    if (Date.now() > from) {
      const newest = (await target.backend.requests())?.newest ?? [];
      const first = newest.find(({ at, route }) => Date.parse(at) > from && route !== 'health');
      if (first) return Date.parse(first.at) - from;
    }
    await delay(SLOW_LOOK_MS);
  }
  return null;
}

async function killAt(target: Target, point: string): Promise<Fallen | null> {
  const { stage, backend } = target;
  const before = stage.pid('worker');
  // Only lost answers are looked up.
  if (point === 'looked-up') await backend.fault({ kind: 'drop-after-accept' });
  writeFileSync(stage.killFile, point);
  const fell = await reached(target, () => !existsSync(stage.killFile), POINT_BOUND_MS);
  rmSync(stage.killFile, { force: true });
  if (!fell || before === null) return null;
  const at = Date.now();
  return { at, recovered: nextWorkerAtWork(target, before, at) };
}

async function killInAnswer(target: Target, blow: Extract<Blow, { kind: 'kill-in-answer' }>): Promise<Fallen | null> {
  const { backend } = target;
  await backend.fault({
    kind: 'slow',
    accepted: true,
    delayMs: blow.delayMs,
    count: blow.count,
    match: { route: 'submit' },
  });
  const before = backend.paid();
  if (!(await reached(target, () => backend.paid() > before, POINT_BOUND_MS))) return null;
  await delay(blow.afterMs);
  return strikeWorker(target, 'SIGKILL');
}

/** How many charged generations no receipt has the id of: their answers are still on the way. */
export function unanswered({ project, backend }: Scene): number {
  const known = new Set(project.generations().map(({ taskId }) => taskId));
  return backend.bill().filter((charge) => !known.has(charge.task_id)).length;
}

async function suspend(target: Target, pids: readonly (number | null)[], forMs: number): Promise<Fallen | null> {
  const stopped = pids.filter((pid): pid is number => pid !== null && signal(pid, 'SIGSTOP'));
  const at = Date.now();
  const all = stopped.length === pids.length;
  if (all) await delay(forMs);
  for (const pid of stopped) signal(pid, 'SIGCONT');
  return all ? { at, recovered: backAtWork(target, Date.now()) } : null;
}

async function suspendEverything(target: Target, forMs: number): Promise<Fallen | null> {
  const { stage, pass, backend } = target;
  const servers = [stage.supervisor(), stage.pid('worker'), stage.pid('temporal'), stage.pid('store')];
  return suspend(target, [pass.pid, backend.pid, ...servers], forMs);
}

function strikeServer(target: Target, name: Exclude<ServiceName, 'worker'>): Fallen | null {
  const { stage } = target;
  const dead = stage.pid(name);
  if (dead === null || !signal(dead, 'SIGKILL')) return null;
  const at = Date.now();
  const healthy = (): boolean => ((pid) => pid !== null && pid !== dead)(stage.readyPid(name));
  const recovered = reached(target, healthy, RECOVERY_BOUND_MS).then((came) => (came ? Date.now() - at : null));
  return { at, recovered };
}

/** Tasks whose results were on our disk: what the backend forgets of them is no excuse any more. */
function fetched({ project }: Target): ReadonlySet<string> {
  const safe = project.generations().filter(({ state }) => SAFE_STATES.has(state));
  return new Set(safe.flatMap(({ taskId }) => taskId ?? []));
}

export async function killBackend(
  target: Target,
  { downMs, forgets }: { readonly downMs: number; readonly forgets: boolean },
): Promise<Fallen> {
  const { backend } = target;
  const at = Date.now();
  const safe = fetched(target);
  await backend.kill();
  if (forgets) backend.forget(safe);
  await delay(downMs);
  await backend.start();
  return { at, recovered: backAtWork(target, Date.now()) };
}

async function suspendBackend(target: Target, forMs: number): Promise<Fallen> {
  const at = Date.now();
  target.backend.signal('SIGSTOP');
  await delay(forMs);
  target.backend.signal('SIGCONT');
  return { at, recovered: backAtWork(target, Date.now()) };
}

/** The supervisor first, or it would start again what dies. */
async function killEverything(target: Target): Promise<Fallen | null> {
  const { stage, pass } = target;
  const worker = stage.pid('worker');
  const pids = [stage.supervisor(), worker, stage.pid('temporal'), stage.pid('store')];
  const struck = pids.filter((pid) => pid !== null && signal(pid, 'SIGKILL')) as number[];
  pass.kill();
  if (struck.length === 0 || worker === null) return null;
  const at = Date.now();
  const end = at + RECOVERY_BOUND_MS;
  while (struck.some(isRunning) && Date.now() < end) await delay(LOOK_MS);
  return { at, recovered: nextWorkerAtWork(target, worker, at) };
}
