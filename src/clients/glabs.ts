/** The G-Labs backend: submit, poll, list, download. Source of the contract: docs/backend.md. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { withoutSecrets } from './error-text';
import type { Timeouts } from './glabs-http';
import { BackendError } from './backend-error';
import { Connections, moveToServer, refused, splitServer, TIMEOUTS, unanswered } from './glabs-http';
import type { Answer } from './glabs-http';
import { errorSchema, healthSchema, parseBody, statusSchema, tasksSchema } from './glabs-schemas';
import type { SubmitEnd } from './glabs-submit';
import { submitOnce } from './glabs-submit';

export type { SubmitEnd } from './glabs-submit';

export interface Health {
  /** Which health path answered. */
  readonly path: string;
  /** Seconds since it started, null when it does not say. */
  readonly uptime: number | null;
  readonly tasksPending: number | null;
  readonly tasksRunning: number | null;
  /** Its clock minus ours, milliseconds, good to about a second (`Date` has whole seconds); 0 when it does not say. */
  readonly skewMs: number;
}

export type TaskStatus =
  | { readonly state: 'pending' }
  | { readonly state: 'running' }
  /** Results lie at the asked server's address; `completedAt` in Unix seconds. */
  | { readonly state: 'completed'; readonly results: readonly string[]; readonly completedAt: number | null }
  | { readonly state: 'failed'; readonly code: number | null; readonly error: string; readonly detail: string }
  /** The server answers, and says that it does not know this task. */
  | { readonly state: 'gone' };

export interface ListedTask {
  readonly taskId: string;
  readonly type: string;
  readonly status: string;
  /** Its first 50 characters. */
  readonly prompt: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

export interface Download {
  readonly bytes: number;
  readonly sha256: string;
  readonly contentType: string | null;
}

/** Every call but `submit` throws BackendError when it does not get its answer, and the signal's reason when aborted. */
export interface GLabsClient {
  health(server: string, signal: AbortSignal): Promise<Health>;
  /** Never throws and never retries. */
  submit(server: string, kind: 'image' | 'video', body: object, signal: AbortSignal): Promise<SubmitEnd>;
  status(server: string, taskId: string, signal: AbortSignal): Promise<TaskStatus>;
  /** The newest 50, newest first. */
  tasks(server: string, signal: AbortSignal): Promise<readonly ListedTask[]>;
  /** Streams to `toPath` (removed again on failure, not synced), hashing on the way. The folder must exist. */
  download(url: string, toPath: string, signal: AbortSignal): Promise<Download>;
  close(): Promise<void>;
}

export interface GLabsOptions {
  /** Asked at each call; null sends none. */
  readonly key: () => string | null;
  readonly timeouts?: Partial<Timeouts>;
}

const HEALTH_PATHS = ['/api/health', '/health'] as const;
const STATES: Readonly<Record<string, 'pending' | 'running' | 'completed' | 'failed'>> = {
  pending: 'pending',
  queued: 'pending',
  running: 'running',
  processing: 'running',
  completed: 'completed',
  failed: 'failed',
  error: 'failed',
  cancelled: 'failed',
  stopped: 'failed',
};

export function createGLabsClient(options: GLabsOptions): GLabsClient {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const connections = new Connections(timeouts);
  // The key goes only to servers that we were told to ask, not to wherever a stored address points.
  const trusted = new Set<string>();
  const keyHeader = (): Record<string, string> => {
    const key = options.key();
    return key === null ? {} : { 'x-api-key': key };
  };
  const withoutKey = <T extends object>(said: T): T =>
    'text' in said && typeof said.text === 'string'
      ? { ...said, text: withoutSecrets(said.text, [options.key()]) }
      : said;
  const get = async (server: string, path: string, signal: AbortSignal): Promise<Answer> => {
    trusted.add(splitServer(server).origin);
    return withoutKey(await connections.get(server, path, keyHeader(), signal));
  };
  return {
    health: (server, signal) => askHealth(server, (path) => connections.get(server, path, {}, signal)),
    submit: async (server, kind, body, signal) => {
      const path = `/api/${kind}/generate`;
      return withoutKey(
        await submitOnce({ server, path, headers: keyHeader(), body: toBuffer(body), timeouts, signal }),
      );
    },
    status: async (server, taskId, signal) =>
      readStatus(server, taskId, await get(server, `/api/status/${encodeURIComponent(taskId)}`, signal)),
    tasks: async (server, signal) => readTasks(server, await get(server, '/api/tasks', signal)),
    download: (url, toPath, signal) =>
      download({ connections, url, toPath, signal, headers: trusted.has(new URL(url).origin) ? keyHeader() : {} }),
    close: () => connections.close(),
  };
}

function toBuffer(body: object): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

/** Both health paths exist in the field; a 404 on the first one says nothing. */
async function askHealth(server: string, get: (path: string) => Promise<Answer>): Promise<Health> {
  let last: Answer | null = null;
  for (const path of HEALTH_PATHS) {
    const asked = Date.now();
    const answer = await get(path);
    const body = answer.status === 200 ? parseBody(healthSchema, answer.text) : null;
    if (body) {
      const { uptime, tasks_pending: pending, tasks_running: running } = body;
      const skewMs = skew(answer, (asked + Date.now()) / 2);
      return { path, uptime: uptime ?? null, tasksPending: pending ?? null, tasksRunning: running ?? null, skewMs };
    }
    last = answer;
    if (answer.status !== 404) break;
  }
  if (last?.status !== 404) throw refused(server, last as Answer);
  const text = 'something answers there, but it is not G-Labs (404 on both health paths)';
  throw new BackendError({ server, status: 404, text });
}

function skew(answer: Answer, localMs: number): number {
  const theirs = Date.parse(String(answer.headers['date'] ?? ''));
  if (Number.isNaN(theirs)) return 0;
  // The header is cut to whole seconds: half a second is the best guess for the rest, and less than one tells nothing.
  const ahead = theirs + 500 - localMs;
  return Math.abs(ahead) <= 1_000 ? 0 : Math.round(ahead);
}

function readStatus(server: string, taskId: string, answer: Answer): TaskStatus {
  if (answer.status === 404) {
    const told = parseBody(errorSchema, answer.text)?.error ?? '';
    // "Not found" alone is an unknown route: some other program answers at this address, and knows nothing of our task.
    if (told.includes(taskId) || /\btask\b/i.test(told)) return { state: 'gone' };
  }
  const body = answer.status === 200 ? parseBody(statusSchema, answer.text) : null;
  const state = body ? STATES[body.status.toLowerCase()] : undefined;
  if (!body || !state) throw refused(server, answer);
  if (state === 'pending' || state === 'running') return { state };
  if (state === 'completed') {
    const results = (body.results ?? []).map((url) => moveToServer(url, server));
    return { state, results, completedAt: body.completed_at ?? null };
  }
  return { state, code: body.error_code ?? null, error: body.error, detail: body.error_detail };
}

function readTasks(server: string, answer: Answer): readonly ListedTask[] {
  const body = answer.status === 200 ? parseBody(tasksSchema, answer.text) : null;
  // Half a list would look like "it never arrived": one entry that can't be read spoils all.
  if (!body) throw refused(server, answer);
  return body.tasks.map((task) => ({
    taskId: task.task_id,
    type: task.type,
    status: task.status,
    prompt: task.prompt,
    createdAt: task.created_at,
  }));
}

interface DownloadJob {
  readonly connections: Connections;
  readonly url: string;
  readonly toPath: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

async function download({ connections, url, toPath, headers, signal }: DownloadJob): Promise<Download> {
  const server = new URL(url).origin;
  const answer = await connections.send(server, url.replace(/^[a-z]+:\/\/[^/?#]*/i, ''), headers, signal);
  if (answer.statusCode !== 200) {
    const text = await answer.body.text().catch(() => '');
    throw refused(server, { status: answer.statusCode, headers: answer.headers, text });
  }
  const file = await open(toPath, 'w');
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of readChunks(answer.body, server, signal)) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    const told = Number(answer.headers['content-length'] ?? bytes);
    if (told !== bytes) throw new BackendError({ server, errno: 'SHORT_BODY', text: `${bytes} of ${told} bytes came` });
    await file.close();
    const type = answer.headers['content-type'];
    return { bytes, sha256: hash.digest('hex'), contentType: typeof type === 'string' ? type : null };
  } catch (error) {
    await file.close();
    await rm(toPath, { force: true });
    throw error;
  }
}

/** Network errors become BackendErrors here, so that those of the disk stay what they are. */
async function* readChunks(body: AsyncIterable<unknown>, server: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw unanswered(server, error);
  }
}
