/**
 * The client of G-Labs' HTTP API: submit, poll, download, list, health. Source of the contract: the product's public
 * webhook documents. A submit's end is data, never an exception, because money hangs on it; nothing is ever retried
 * here. All other calls throw BackendError.
 */
import { createWriteStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KindOfTask, ListedTask } from './glabs-schemas';
import { acceptedSchema, healthSchema, statusSchema, tasksSchema } from './glabs-schemas';
import { BackendError, createTransport, oneLine } from './glabs-http';
import type { Answer, Transport } from './glabs-http';

export type { KindOfTask, ListedTask } from './glabs-schemas';

export interface Health {
  /** Which of the two paths answered. */
  readonly path: string;
  /** Whole seconds since the start, null when it is not told. */
  readonly uptime: number | null;
  readonly tasksPending: number | null;
  readonly tasksRunning: number | null;
  /** Backend clock minus ours, milliseconds, to about a second. */
  readonly skewMs: number;
}

export type SubmitEnd =
  | { readonly kind: 'accepted'; readonly taskId: string }
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | {
      readonly kind: 'transport';
      readonly phase: 'before-sent' | 'maybe-sent';
      readonly errno: string;
      readonly text: string;
    }
  | { readonly kind: 'unreadable'; readonly status: number; readonly text: string };

export type TaskStatus =
  | { readonly state: 'pending' | 'running' }
  /** Result addresses moved to the server's origin, paths verbatim. */
  | { readonly state: 'completed'; readonly results: readonly string[] }
  | { readonly state: 'failed'; readonly code: number | null; readonly error: string; readonly detail: string }
  /** The server does not know the task: it restarted, or the task is too old. */
  | { readonly state: 'gone' };

export interface Download {
  readonly bytes: number;
  readonly sha256: string;
  readonly contentType: string | null;
}

export interface GLabsClient {
  health(server: string, signal: AbortSignal): Promise<Health>;
  submit(server: string, kind: KindOfTask, body: Buffer, signal: AbortSignal): Promise<SubmitEnd>;
  status(server: string, taskId: string, signal: AbortSignal): Promise<TaskStatus>;
  tasks(server: string, signal: AbortSignal): Promise<readonly ListedTask[]>;
  /** Streams a result to `path`, hashing on the way. The file may be partial when this throws. */
  download(url: string, path: string, signal: AbortSignal): Promise<Download>;
  close(): Promise<void>;
}

const HEALTH_PATHS = ['/api/health', '/health'] as const;
const SUBMIT_PATHS: Readonly<Record<KindOfTask, string>> = {
  image: '/api/image/generate',
  video: '/api/video/generate',
};

/** `key` is asked for at each call and never kept, logged or put into an error. */
export function createGLabsClient(options: { readonly key: () => string | null }): GLabsClient {
  const transport = createTransport(options.key);
  return {
    health: (server, signal) => askHealth(transport, server, signal),
    submit: (server, kind, body) => submit(transport, server + SUBMIT_PATHS[kind], body),
    status: (server, taskId, signal) => askStatus(transport, server, taskId, signal),
    tasks: async (server, signal) => {
      const answer = await transport.get(`${server}/api/tasks`, signal);
      return parse(answer, tasksSchema, server).tasks;
    },
    download: (url, path, signal) => download(transport, url, path, signal),
    close: () => transport.close(),
  };
}

/** A product of another make may have only the second path, or answer 404 on the first. */
async function askHealth(transport: Transport, server: string, signal: AbortSignal): Promise<Health> {
  let last: Answer | null = null;
  for (const path of HEALTH_PATHS) {
    const sentAt = Date.now();
    const answer = await transport.get(server + path, signal);
    last = answer;
    if (answer.status === 404) continue;
    if (answer.status !== 200) break;
    const parsed = healthSchema.safeParse(json(answer.text));
    const health = parsed.success ? parsed.data : {};
    return {
      path,
      uptime: health.uptime ?? null,
      tasksPending: health.tasks_pending ?? null,
      tasksRunning: health.tasks_running ?? null,
      skewMs: skewOf(answer.headers['date'], sentAt, Date.now()),
    };
  }
  const text =
    last?.status === 404
      ? 'something answers there, but it is not G-Labs (404 on both health paths)'
      : (last?.text ?? '');
  throw new BackendError({ server, status: last?.status ?? null, text });
}

/** The header has whole seconds, so half a second is the best guess for the rest. */
function skewOf(date: string | undefined, sentAt: number, gotAt: number): number {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return 0;
  const skew = theirs + 500 - (sentAt + gotAt) / 2;
  return Math.abs(skew) <= 1_000 ? 0 : Math.round(skew);
}

async function submit(transport: Transport, url: string, body: Buffer): Promise<SubmitEnd> {
  const end = await transport.post(url, body);
  if ('phase' in end) return { kind: 'transport', ...end };
  if (end.status !== 202 && end.status !== 200)
    return { kind: 'answered', status: end.status, text: oneLine(end.text) };
  const accepted = acceptedSchema.safeParse(json(end.text));
  if (!accepted.success) return { kind: 'unreadable', status: end.status, text: oneLine(end.text) };
  return { kind: 'accepted', taskId: accepted.data.task_id };
}

async function askStatus(
  transport: Transport,
  server: string,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskStatus> {
  const answer = await transport.get(`${server}/api/status/${encodeURIComponent(taskId)}`, signal);
  // Only the product's own answer proves that the task is unknown; a tunnel's or another server's 404 does not.
  if (answer.status === 404 && /task/i.test(answer.text) && json(answer.text) !== undefined) return { state: 'gone' };
  const status = parse(answer, statusSchema, server);
  if (status.status === 'completed')
    return { state: 'completed', results: status.results.map((url) => moveOrigin(url, server)) };
  if (status.status === 'failed')
    return { state: 'failed', code: status.error_code, error: status.error, detail: status.error_detail };
  return { state: status.status };
}

/** Swaps only the origin: the path is percent-encoded by the backend and must not be touched. */
export function moveOrigin(url: string, server: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  return new URL(server).origin + (path.startsWith('/') ? path : `/${path}`);
}

async function download(transport: Transport, url: string, path: string, signal: AbortSignal): Promise<Download> {
  const { headers, body } = await transport.stream(url, signal);
  const hash = createHash('sha256');
  let bytes = 0;
  const tee = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, tee, createWriteStream(path), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw BackendError.of(new URL(url).origin, error);
  }
  return { bytes, sha256: hash.digest('hex'), contentType: headers['content-type'] ?? null };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parse<T>(
  answer: Answer,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  server: string,
): T {
  const parsed = answer.status === 200 ? schema.safeParse(json(answer.text)) : null;
  if (parsed?.success) return parsed.data;
  throw new BackendError({
    server,
    status: answer.status,
    text: oneLine(answer.text),
    retryAfter: answer.headers['retry-after'],
  });
}
