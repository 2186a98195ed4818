/** What is measured against: a home with its own servers and worker, simulators as processes, the built command line. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { homeFolders } from '../src/services/home';
import { readState } from '../src/services/state';
import type { BillSummary } from '../src/simulator/bill';
import type { RequestSummary } from '../src/simulator/request-log';
import { makeFlow } from './make-flow';

/** npm runs scripts in the project's folder. */
const ROOT = process.cwd();
const NBFLOW = join(ROOT, 'bin', 'nbflow.js');
const OURS = /^(GLABS|R2|TEMPORAL|NBFLOW)_/;
const PROGRAMS = /^NBFLOW_(TEMPORAL|WEED)_BIN$/;
const LOOK_MS = 10;

export type Env = Record<string, string>;

export interface CliEnd {
  readonly code: number;
  readonly startedAt: number;
  readonly ms: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Simulator {
  readonly url: string;
  bill(): Promise<BillSummary>;
  requests(): Promise<RequestSummary>;
}

export interface SimulatorLatency {
  readonly imageMs: number;
  readonly videoMs: number;
  readonly plain?: boolean;
}

export class Rig {
  readonly base = mkdtempSync(join(tmpdir(), 'nbflow-bench-'));
  readonly env: Env;
  private readonly processes: ChildProcess[] = [];
  private readonly closers: (() => void)[] = [];
  private made = 0;

  constructor() {
    const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name) || PROGRAMS.test(name));
    const profile = join(this.base, 'temporal.toml');
    // A profile that says nothing, or the person's own would lead to their cluster.
    writeFileSync(profile, '[profile.default]\n');
    const own = { NBFLOW_HOME: join(this.base, 'home'), TEMPORAL_CONFIG_FILE: profile };
    this.env = { ...(Object.fromEntries(kept) as Env), ...own };
  }

  /** Runs `nbflow ARGS` to its end. */
  async cli(cwd: string, args: readonly string[], env: Env = {}): Promise<CliEnd> {
    return this.program(NBFLOW, cwd, args, env);
  }

  async program(script: string, cwd: string, args: readonly string[], env: Env = {}): Promise<CliEnd> {
    const startedAt = Date.now();
    const child = spawn(process.execPath, [script, ...args], { cwd, env: { ...this.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 1, startedAt, ms: Date.now() - startedAt, stdout, stderr };
  }

  async simulate({ imageMs, videoMs, plain = false }: SimulatorLatency): Promise<Simulator> {
    const dir = join(this.base, `simulator-${this.made++}`);
    const latency = ['--image-ms', String(imageMs), '--video-ms', String(videoMs)];
    const script = join(ROOT, 'dist', 'simulator', 'process.js');
    const args = [script, '--port', '0', '--dir', dir, ...latency, ...(plain ? ['--plain'] : [])];
    const child = spawn(process.execPath, args, { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.processes.push(child);
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const url = /http:\S+/.exec(line)?.[0] ?? '';
    const ask = async <T>(what: string): Promise<T> => (await fetch(`${url}/_control/${what}`)).json() as Promise<T>;
    return { url, bill: () => ask('bill'), requests: () => ask('requests') };
  }

  /** A fresh copy of the example storyboard: 5 scenes, 10 nodes, 40 generations. */
  example(): string {
    const folder = join(this.base, `project-${this.made++}`);
    cpSync(join(ROOT, 'examples', 'XYZG3-V0-1'), folder, { recursive: true });
    // The path under the root names the pass: copies must differ, or Temporal would hold them for one.
    renameSync(join(folder, 'projects', 'may'), join(folder, 'projects', `copy-${this.made}`));
    return folder;
  }

  /** A project with a made storyboard `XYZG9-V0-1` of two nodes per scene. */
  async storyboard(tabs: number, scenes: number): Promise<string> {
    const folder = join(this.base, `project-${this.made++}`);
    const flows = join(folder, `copy-${this.made}`);
    mkdirSync(flows, { recursive: true });
    writeFileSync(join(folder, 'nbflow.config.json'), '{}\n');
    const refOrigin = await this.serveReference();
    writeFileSync(join(flows, 'XYZG9-V0-1.nbflow'), makeFlow({ tabs, scenes, refOrigin }));
    return folder;
  }

  private async serveReference(): Promise<string> {
    const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#86a' } })
      .png()
      .toBuffer();
    const server = createServer((_, response) => response.setHeader('content-type', 'image/png').end(picture));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.closers.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  workerPid(): number | null {
    return readState(homeFolders(this.env))?.services.worker?.identity?.pid ?? null;
  }

  /** Resident memory (MB) and processor time (s) of the worker, as the system's `ps` tells them. */
  workerUse(): { readonly megabytes: number; readonly seconds: number } {
    const text = execFileSync('ps', ['-o', 'rss=,cputimes=', '-p', String(this.workerPid())], { encoding: 'utf8' });
    const [kilobytes = 0, seconds = 0] = text.trim().split(/\s+/).map(Number);
    return { megabytes: kilobytes / 1024, seconds };
  }

  async close(): Promise<void> {
    await this.cli(this.base, ['down']);
    for (const child of this.processes) child.kill();
    for (const close of this.closers) close();
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Asks until there is an answer; an hour is for ever here. */
export async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 3_600_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error('what the bench waits for did not come');
    await delay(LOOK_MS);
  }
}
