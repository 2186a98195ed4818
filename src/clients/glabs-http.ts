/** HTTP to G-Labs over undici: one agent per server, timeouts per phase, no retries, no proxy, the key in one header. */
import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';

export interface BackendFacts {
  readonly server: string;
  readonly status?: number | null;
  readonly errno?: string | null;
  readonly text: string;
  readonly retryAfter?: string | undefined;
}

/** A call other than a submit failed: no connection, or an answer that is no success. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly server: string;
  readonly status: number | null;
  readonly errno: string | null;
  readonly retryAfterMs: number | null;

  constructor({ server, status, errno, text, retryAfter }: BackendFacts, options?: ErrorOptions) {
    const what = status ? `HTTP ${status}${text ? ` (${oneLine(text)})` : ''}` : text;
    super(`${what} at ${server}`, options);
    this.server = server;
    this.status = status ?? null;
    this.errno = errno ?? null;
    this.retryAfterMs = parseRetryAfter(retryAfter, Date.now());
  }

  static of(server: string, cause: unknown): BackendError {
    const errno = errnoOf(cause);
    return new BackendError({ server, errno, text: errnoWords(errno, cause) }, { cause });
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface NotAnswered {
  readonly phase: 'before-sent' | 'maybe-sent';
  readonly errno: string;
  readonly text: string;
}

export interface Transport {
  get(url: string, signal: AbortSignal): Promise<Answer>;
  post(url: string, body: Buffer): Promise<Answer | NotAnswered>;
  stream(url: string, signal: AbortSignal): Promise<{ headers: Readonly<Record<string, string>>; body: Readable }>;
  close(): Promise<void>;
}

const CONNECT_MS = 5_000;
const HEADERS_MS = 30_000;
/** Big references over a slow tunnel: clients in the field use 30 to 120 s. */
const SUBMIT_HEADERS_MS = 120_000;
const BODY_IDLE_MS = 30_000;

export function createTransport(key: () => string | null): Transport {
  const agents = new Map<string, Agent>();
  const agentOf = (url: string): Agent => {
    const { origin } = new URL(url);
    const known = agents.get(origin);
    if (known) return known;
    const agent = new Agent({
      connect: { timeout: CONNECT_MS },
      headersTimeout: HEADERS_MS,
      bodyTimeout: BODY_IDLE_MS,
      keepAliveTimeout: 4_000,
    });
    agents.set(origin, agent);
    return agent;
  };
  const headers = (extra: Record<string, string> = {}): Record<string, string> => {
    const secret = key();
    return { accept: '*/*', ...(secret === null ? {} : { 'x-api-key': secret }), ...extra };
  };
  const call = (url: string, options: Partial<Dispatcher.RequestOptions>): Promise<Dispatcher.ResponseData> => {
    const { origin, pathname, search } = new URL(url);
    // The path as written: result names are percent-encoded by the backend and must stay as they are.
    const path = url.startsWith(origin) ? url.slice(origin.length) || '/' : pathname + search;
    return agentOf(url).request({ origin, path, method: 'GET', ...options } as Dispatcher.RequestOptions);
  };
  return {
    get: async (url, signal) => {
      try {
        const got = await call(url, { headers: headers(), signal });
        return { status: got.statusCode, headers: flat(got.headers), text: await got.body.text() };
      } catch (error) {
        if (signal.aborted) throw error;
        throw BackendError.of(new URL(url).origin, error);
      }
    },
    post: async (url, body) => {
      try {
        const got = await call(url, {
          method: 'POST',
          headers: headers({ 'content-type': 'application/json' }),
          body,
          // A connection of its own: a kept one may be closed by the other side at this very moment, and then nobody
          // could say whether the request arrived.
          reset: true,
          headersTimeout: SUBMIT_HEADERS_MS,
        });
        return { status: got.statusCode, headers: flat(got.headers), text: await got.body.text() };
      } catch (error) {
        const errno = errnoOf(error);
        return {
          phase: neverLeft(error) ? 'before-sent' : 'maybe-sent',
          errno,
          text: `${errnoWords(errno, error)} at ${new URL(url).origin}`,
        };
      }
    },
    stream: async (url, signal) => {
      const { origin } = new URL(url);
      const got = await call(url, { headers: headers(), signal }).catch((error: unknown) => {
        if (signal.aborted) throw error;
        throw BackendError.of(origin, error);
      });
      if (got.statusCode === 200) return { headers: flat(got.headers), body: got.body };
      throw new BackendError({ server: origin, status: got.statusCode, text: await got.body.text() });
    },
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
  };
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

/** System calls that come before the first byte of a request. */
const BEFORE_SENDING = new Set(['connect', 'getaddrinfo']);
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** Whether an error proves that nothing was sent. Anything else may have arrived. */
export function neverLeft(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverLeft);
  const { code, syscall } = (error ?? {}) as { code?: string; syscall?: string };
  return code === 'UND_ERR_CONNECT_TIMEOUT' || BEFORE_SENDING.has(syscall ?? '') || CERTIFICATE.test(code ?? '');
}

function errnoOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  return code ?? name ?? 'unknown';
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host (name service does not answer)',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
};

function errnoWords(errno: string, error: unknown): string {
  return WORDS[errno] ?? (error instanceof Error && error.message ? oneLine(error.message) : errno);
}

/** A page or a long text as one short line: Cloudflare's pages are whole HTML documents. */
export function oneLine(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  const plain = (title ?? text.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
  return plain.length > 160 ? `${plain.slice(0, 159)}…` : plain;
}

/** Milliseconds to wait as told by `Retry-After` (seconds or a date), null when absent or unreadable. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined || value.trim() === '') return null;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
