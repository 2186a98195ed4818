/** HTTP towards G-Labs for everything that is free to repeat. Submits, which are not, have glabs-submit.ts. */
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { BackendError } from './backend-error';
import { errnoOf, messageOf, summarize } from './error-text';
import { errorSchema, parseBody } from './glabs-schemas';

export interface Timeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly submitHeadersMs: number;
  readonly bodyIdleMs: number;
}

export const TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 30_000, submitHeadersMs: 120_000, bodyIdleMs: 30_000 };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A server's address as given (`https://x.trycloudflare.com/`, perhaps with a path), taken apart. */
export function splitServer(server: string): { readonly origin: string; readonly prefix: string } {
  const url = new URL(server);
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

/**
 * Puts a result's address on another server: only the origin changes, the path stays as it is, letter for letter, for
 * file names are made of prompts and percent signs.
 */
export function moveToServer(url: string, server: string): string {
  const { origin, prefix } = splitServer(server);
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return origin + (prefix && path.startsWith(`${prefix}/`) ? '' : prefix) + (path.startsWith('/') ? path : `/${path}`);
}

/** Keep-alive connections to each server. Proxy variables of the environment are not looked at. */
export class Connections {
  private readonly agents = new Map<string, Agent>();
  private readonly timeouts: Timeouts;

  constructor(timeouts: Timeouts) {
    this.timeouts = timeouts;
  }

  /** Sends one request; a connection that the server closed while it lay idle is tried again once. */
  async send(
    server: string,
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { origin } = splitServer(server);
    for (let again = true; ; again = false) {
      try {
        return await this.agentOf(origin).request({ origin, path: legal(path), method: 'GET', headers, signal });
      } catch (error) {
        signal.throwIfAborted();
        const errno = errnoOf(error);
        if (again && (errno === 'UND_ERR_SOCKET' || errno === 'ECONNRESET')) continue;
        throw unanswered(server, error);
      }
    }
  }

  /** The whole answer as text. Throws BackendError when there is none; statuses are the caller's business. */
  async get(server: string, path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const { prefix } = splitServer(server);
    const answer = await this.send(server, prefix + path, headers, signal);
    try {
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    } catch (error) {
      signal.throwIfAborted();
      throw unanswered(server, error);
    }
  }

  async close(): Promise<void> {
    const agents = [...this.agents.values()];
    this.agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  private agentOf(origin: string): Agent {
    const known = this.agents.get(origin);
    if (known) return known;
    const { connectMs, headersMs, bodyIdleMs } = this.timeouts;
    const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: headersMs, bodyTimeout: bodyIdleMs });
    this.agents.set(origin, agent);
    return agent;
  }
}

export function unanswered(server: string, error: unknown): BackendError {
  return new BackendError({ server, errno: errnoOf(error), text: messageOf(error) }, { cause: error });
}

/** An answer that is not what was asked for. */
export function refused(server: string, answer: Answer): BackendError {
  const body = parseBody(errorSchema, answer.text);
  return new BackendError({
    server,
    status: answer.status,
    code: body?.error_code ?? (typeof body?.code === 'number' ? body.code : null),
    retryAfterMs: retryAfter(answer.headers),
    text: summarize(answer.text),
  });
}

/** `Retry-After`, milliseconds: given in seconds, or as a date, which counts from the answer's own `Date`. */
export function retryAfter(headers: Answer['headers']): number | null {
  const value = first(headers['retry-after'])?.trim();
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Both by the clock of whoever answers: ours may be set to another day.
  const said = Date.parse(first(headers['date']) ?? '');
  const ms = Date.parse(value) - (Number.isNaN(said) ? Date.now() : said);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Escapes only what HTTP can't carry in a path; what is escaped already stays as it is. */
function legal(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(Buffer.from(part).toString()));
}
