/** Where the passes play: one home with servers and a worker of its own, and the fixtures' pictures. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeFolders, makeHome } from '../../src/services/home';
import { writePorts } from '../../src/services/ports';
import { runningServices } from '../../src/services/running';
import type { ServiceName } from '../../src/services/state';
import { readState } from '../../src/services/state';
import type { CliEnd, CliRun } from '../../test/helpers/cli';
import { startCli } from '../../test/helpers/cli';
import { endHome, neutralEnv, noteHome, privatePorts, sharedPrograms } from '../../test/helpers/machine';
import type { TestProject } from '../../test/helpers/project';
import { makeProject } from '../../test/helpers/project';
import type { ReferenceServer } from '../../test/helpers/references';
import { serveReferences } from '../../test/helpers/references';
import { Backend } from './backend';
import type { Weather } from './schedule';

const KEY = 'glabs-key-of-the-chaos';
let opened = 0;

export interface Manners {
  readonly imageMs: number;
  readonly videoMs: number;
  readonly weather?: Weather | null;
}

/** What one pass is about. */
export interface Scene {
  readonly project: TestProject;
  readonly backend: Backend;
}

export class Stage {
  readonly base: string;
  readonly home: string;
  readonly env: Record<string, string>;
  /** The worker dies at the step that this file names; see src/kill-points.ts. */
  readonly killFile: string;
  private readonly references: ReferenceServer;
  private readonly backends: Backend[] = [];
  private readonly typed = new Set<CliRun>();
  private made = 0;
  private closed = false;

  private constructor(base: string, env: Record<string, string>, references: ReferenceServer) {
    this.base = base;
    this.home = join(base, 'home');
    this.killFile = join(base, 'kill-point');
    this.references = references;
    this.env = {
      ...env,
      NBFLOW_HOME: this.home,
      NBFLOW_KILL_FILE: this.killFile,
      GLABS_API_KEY: KEY,
      // Nobody listens there: a pass must be told its simulator.
      GLABS_SERVER: 'http://127.0.0.1:9',
    };
  }

  static async open(): Promise<Stage> {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'nbflow chaos ')));
    const programs = await sharedPrograms();
    const stage = new Stage(base, { ...neutralEnv(), ...programs }, await serveReferences());
    noteHome(stage.home);
    const home = homeFolders(stage.env);
    await makeHome(home);
    await writePorts(home, privatePorts(process.pid + 250 + 20 * opened++));
    return stage;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  async up(): Promise<void> {
    const end = await this.cli(['up']);
    if (end.code !== 0) throw new Error(`nbflow up: exit ${end.code}\n${end.stderr}`);
  }

  async down(): Promise<void> {
    await this.cli(['down']);
  }

  cli(args: readonly string[]): Promise<CliEnd> {
    return this.start(args, this.base).ended;
  }

  /** Starts `nbflow ARGS`; throws once the stage is closed, so that nobody starts the servers again. */
  start(args: readonly string[], cwd: string): CliRun {
    if (this.closed) throw new Error('the stage is closed');
    const run = startCli(args, { cwd, env: this.env });
    this.typed.add(run);
    void run.ended.finally(() => this.typed.delete(run));
    return run;
  }

  pid(name: ServiceName): number | null {
    return readState(homeFolders(this.env))?.services[name]?.identity?.pid ?? null;
  }

  supervisor(): number | null {
    return readState(homeFolders(this.env))?.supervisor.pid ?? null;
  }

  /** The pid of a service that is healthy. */
  readyPid(name: ServiceName): number | null {
    const service = readState(homeFolders(this.env))?.services[name];
    return service?.ready ? (service.identity?.pid ?? null) : null;
  }

  /** What any worker of this home needs besides `env`. */
  async serverEnv(): Promise<Readonly<Record<string, string>>> {
    return (await runningServices({ env: this.env }))?.env ?? {};
  }

  /** A fresh project and a fresh simulator. */
  async scene(fixture: string, manners: Manners, edit?: (text: string) => string): Promise<Scene> {
    const seed = ++this.made;
    const name = `run-${seed}`;
    const project = makeProject({
      fixture,
      references: this.references.origin,
      root: join(this.base, name),
      // Passes are told apart by their path under the root.
      name,
      ...(edit ? { edit } : {}),
    });
    const backend = await Backend.open({ dir: join(this.base, `${name}-backend`), key: KEY, seed, ...manners });
    this.backends.push(backend);
    return { project, backend };
  }

  async endScene({ project, backend }: Scene, keep: boolean): Promise<void> {
    await backend.kill();
    if (keep) return;
    for (const path of [project.root, backend.dir]) rmSync(path, { recursive: true, force: true });
  }

  /** Also in the middle of a pass: whatever starts something is ended before what it started. */
  async close(keep = false): Promise<void> {
    this.closed = true;
    for (const { child } of this.typed) child.kill('SIGKILL');
    await endHome(this.home, keep);
    for (const backend of this.backends) await backend.kill();
    this.references.close();
    if (!keep) rmSync(this.base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
