/**
 * Everything around a pass: a home with a supervised worker of its own, the shared servers (or servers of its own),
 * simulators in this process, and the command line as people run it.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { BillSummary } from '../../src/simulator/bill';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator';
import { startSimulator } from '../../src/simulator/simulator';
import { homeFolders, makeHome } from '../../src/services/home';
import { writePorts } from '../../src/services/ports';
import { runningServices } from '../../src/services/up';
import type { ServiceName } from '../../src/services/state';
import { readControl, readState } from '../../src/services/state';
import type { CliEnd, CliRun } from './cli';
import { jsonOf, startCli } from './cli';
import { endHome, neutralEnv, noteHome, privatePorts } from './machine';
import type { TestProject } from './project';
import { makeProject } from './project';
import { serveReferences } from './references';
import { until } from './wait';

export const KEY = 'glabs-key-of-the-tests';

/** What `nbflow run --json` answers, as far as tests read it. */
export interface RunAnswer {
  readonly workflowId: string;
  readonly runId: string;
  readonly state: string;
  readonly nodes: Readonly<Record<'reused' | 'done' | 'failed' | 'skipped' | 'cancelled' | 'undecided', number>>;
  readonly generations: Readonly<Record<'paid' | 'adopted' | 'lost' | 'reused', number>>;
  readonly output: string;
  readonly errorsFile: string | null;
  readonly report: string;
  readonly next: readonly string[];
}

export interface Backend extends Simulator {
  /** How many generations are on its bill. */
  paid(): number;
  /** Nothing looks finished until the answer is called: a pass is sure to be under way meanwhile. */
  hold(): () => void;
}

export interface Rig {
  readonly env: Record<string, string>;
  readonly home: string;
  simulate(options?: Partial<SimulatorOptions>): Promise<Backend>;
  project(fixture: string, edit?: (text: string) => string): TestProject;
  /** Starts `nbflow ARGS` in the project's folder. */
  start(project: TestProject, args: readonly string[], env?: Record<string, string>): CliRun;
  cli(project: TestProject, args: readonly string[], env?: Record<string, string>): Promise<CliEnd>;
  /** `nbflow run` against a simulator; fails unless it ends with the expected code. */
  run(project: TestProject, backend: Simulator, args?: readonly string[], code?: number): Promise<RunAnswer>;
  startRun(project: TestProject, backend: Simulator, args?: readonly string[]): CliRun;
  client(): Promise<Client>;
  pid(name: ServiceName): number | null;
  /** kill -9 of the supervisor and its worker at once: nothing comes back until somebody types something. */
  crash(): void;
  /** Sends a signal to a supervised process and waits for the one that the supervisor puts in its place. */
  strike(name: ServiceName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** A Temporal server and an object store of its own, for tests that kill them. */
  readonly ownServers?: boolean;
  /** Where projects lie; a fresh temporary folder unless given. */
  readonly root?: string;
  /** What everything lies in, the home with its servers too. */
  readonly within?: string;
}

export async function openRig({ ownServers = false, root, within = tmpdir() }: RigOptions = {}): Promise<Rig> {
  const base = realpathSync(mkdtempSync(join(within, 'nbflow rig ')));
  const home = join(base, 'home');
  noteHome(home);
  // Test files share the server, their counters do not: the folder's name is what tells them apart.
  const slot = base.slice(-6);
  const env: Record<string, string> = {
    ...neutralEnv(),
    NBFLOW_HOME: home,
    NBFLOW_TASK_QUEUE: `tests-${slot}`,
    GLABS_API_KEY: KEY,
    // Nobody listens there: a test that forgets to name its simulator fails at once.
    GLABS_SERVER: 'http://127.0.0.1:9',
    ...(ownServers ? programs() : sharedServers()),
  };
  await makeHome(homeFolders(env));
  if (ownServers) await writePorts(homeFolders(env), privatePorts(process.pid + 500));
  const references = await serveReferences();
  const closers: (() => Promise<unknown>)[] = [];
  const projects = root ?? join(base, 'projects');
  let made = 0;
  const typed = new Set<CliRun>();
  const start: Rig['start'] = (project, args, extra = {}) => {
    const run = startCli(args, { cwd: project.folder, env: { ...env, ...extra } });
    typed.add(run);
    void run.ended.finally(() => typed.delete(run));
    return run;
  };
  const startRun: Rig['startRun'] = (project, backend, args = []) =>
    start(project, ['run', project.file, '--server', backend.url, '--json', ...args]);
  const pid: Rig['pid'] = (name) => readState(homeFolders(env))?.services[name]?.identity?.pid ?? null;
  return {
    env,
    home,
    start,
    startRun,
    pid,
    simulate: (options) => simulate(join(base, `simulator-${closers.length}`), options, closers),
    project: (fixture, edit) =>
      makeProject({
        fixture,
        references: references.origin,
        root: projects,
        name: `${slot}-${made++}`,
        ...(edit ? { edit } : {}),
      }),
    cli: (project, args, extra) => start(project, args, extra).ended,
    run: async (project, backend, args, code = 0) => {
      const end = await startRun(project, backend, args).ended;
      if (end.code !== code) throw new Error(`exit ${end.code} instead of ${code}:\n${end.stdout}\n${end.stderr}`);
      return jsonOf<RunAnswer>(end);
    },
    client: () => connect(env, closers),
    crash: () => {
      const victims = [readControl(homeFolders(env))?.identity.pid, pid('worker')];
      for (const victim of victims) process.kill(victim as number, 'SIGKILL');
    },
    strike: (name, signal) => strike(pid, name, signal),
    close: async () => {
      // One that a failed test left would start again what is stopped here.
      for (const { child } of typed) child.kill('SIGKILL');
      await Promise.all([...typed].map(({ ended }) => ended));
      await endHome(home);
      for (const close of closers) await close();
      references.close();
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** One rig for a test file, with a backend and a project of its own for each test. */
export function eachPass(
  use: (made: { rig: Rig; backend: Backend; project: TestProject }) => void,
  options?: Partial<SimulatorOptions>,
): void {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig();
  });
  beforeEach(async () => use({ rig, backend: await rig.simulate(options), project: rig.project('XYZG3-V0-1') }));
  afterAll(() => rig.close());
}

async function simulate(
  dir: string,
  options: Partial<SimulatorOptions> = {},
  closers: (() => Promise<unknown>)[],
): Promise<Backend> {
  // Two backends never give out the same ids; with one seed these would, within seconds of each other.
  const seed = closers.length + 1;
  const simulator = await startSimulator({ key: KEY, imageMs: 40, videoMs: 80, plain: true, seed, dir, ...options });
  closers.push(() => simulator.close());
  const hold = (): (() => void) => {
    simulator.faults.add({ kind: 'backwards', forMs: 600_000 });
    return () => simulator.faults.clear();
  };
  return { ...simulator, paid: () => simulator.bill().paid, hold };
}

async function connect(env: Record<string, string>, closers: (() => Promise<unknown>)[]): Promise<Client> {
  const services = await runningServices({ env });
  if (!services) throw new Error('no servers run in this home');
  const connection = await Connection.connect({ address: services.temporal.address });
  closers.push(() => connection.close());
  return new Client({ connection });
}

async function strike(pid: Rig['pid'], name: ServiceName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const victim = await until(`a running ${name}`, () => pid(name));
  process.kill(victim, signal);
  await until(`another ${name}`, () => pid(name) !== null && pid(name) !== victim);
}

function sharedServers(): Record<string, string> {
  return JSON.parse(process.env['NBFLOW_TEST_SERVERS'] ?? '{}') as Record<string, string>;
}

function programs(): Record<string, string> {
  const named = ['NBFLOW_TEMPORAL_BIN', 'NBFLOW_WEED_BIN'].map((name) => [name, process.env[name] ?? '']);
  return Object.fromEntries(named) as Record<string, string>;
}

/** Only what the simulator charged, in its order. */
export function billed(bill: BillSummary): readonly string[] {
  return bill.entries.map(({ type, prompt }) => `${type} ${prompt}`);
}
