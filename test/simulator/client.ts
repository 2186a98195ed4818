import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator';
import { startSimulator } from '../../src/simulator/simulator';

export const KEY = 'test-key';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A simulator in a folder of its own, with fast answers; `end` stops it and deletes the folder. */
export async function openSimulator(
  options: Partial<SimulatorOptions> = {},
): Promise<{ simulator: Simulator; client: Client; dir: string; end: () => Promise<void> }> {
  const dir = options.dir ?? (await mkdtemp(path.join(tmpdir(), 'nbflow-sim-')));
  const simulator = await startSimulator({ key: KEY, imageMs: 0, videoMs: 0, plain: true, ...options, dir });
  const end = async (): Promise<void> => {
    await simulator.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { simulator, client: new Client(simulator.url), dir, end };
}

/** The few calls that every test makes. */
export class Client {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async get(route: string, headers: Record<string, string> = { 'x-api-key': KEY }): Promise<Reply> {
    return reply(await fetch(this.url + route, { headers }));
  }

  async post(route: string, body: unknown): Promise<Reply> {
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return reply(await fetch(this.url + route, { method: 'POST', headers, body: text }));
  }

  /** Submits and gives the task id. */
  async submit(body: Record<string, unknown>, type = 'image'): Promise<string> {
    const { body: answer } = await this.post(`/api/${type}/generate`, body);
    return String(answer['task_id']);
  }

  /** Polls a task until it ended. */
  async finish(id: string): Promise<Record<string, unknown>> {
    return until(async () => {
      const { body } = await this.get(`/api/status/${id}`);
      return body['status'] === 'completed' || body['status'] === 'failed' ? body : null;
    });
  }

  async download(url: string): Promise<Buffer> {
    return Buffer.from(await (await fetch(url)).arrayBuffer());
  }

  /** Submits, waits, downloads every result. */
  async generate(body: Record<string, unknown>, type = 'image'): Promise<readonly Buffer[]> {
    const { results } = await this.finish(await this.submit(body, type));
    return Promise.all((results as string[]).map((url) => this.download(url)));
  }
}

/** Asks again until there is an answer; fails after a generous number of tries. */
export async function until<T>(ask: () => T | null | Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 2000; tries++) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('expected an answer within 2000 tries');
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    body = { text };
  }
  return { status: response.status, headers: response.headers, body };
}
