/** Fetching reference pictures, and asking whether links answer. Only http(s), with limits of size and time. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, interceptors } from 'undici';
import type { Dispatcher } from 'undici';

export interface FetchedReference {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly contentType: string | null;
}

export interface FetchLimits {
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  /** Pauses before further tries when the host is away or moody; none when absent. */
  readonly pausesMs?: readonly number[];
  readonly signal?: AbortSignal;
}

export type LinkState = 'alive' | 'dead' | 'unsure';

const MAX_BYTES = 50 * 1024 * 1024;
const FETCH_MS = 60_000;
const CHECK_MS = 15_000;

const agent = new Agent({
  connect: { timeout: 5_000 },
  headersTimeout: 30_000,
  bodyTimeout: 30_000,
  keepAliveTimeout: 2_000,
}).compose(interceptors.redirect({ maxRedirections: 3 }));

/** A host that has just started, or hiccups, must not fail a node: for some four seconds it is asked again. */
export const PATIENT_PAUSES_MS = [250, 500, 1_000, 2_000] as const;

/** What another try can't change. */
export class FinalError extends Error {
  override readonly name = 'FinalError';
  /** What was asked for is not there: 404, 410, or something larger in its place. */
  readonly gone: boolean;

  constructor(message: string, gone = false) {
    super(message);
    this.gone = gone;
  }
}

/** Throws Error with a plain reason: not http(s), an HTTP status, too large, too slow. */
export async function fetchReference(url: string, limits: FetchLimits = {}): Promise<FetchedReference> {
  for (const pause of limits.pausesMs ?? []) {
    try {
      return await fetchOnce(url, limits);
    } catch (error) {
      if (error instanceof FinalError || limits.signal?.aborted) throw error;
    }
    await delay(pause, undefined, limits.signal ? { signal: limits.signal } : {});
  }
  return fetchOnce(url, limits);
}

async function fetchOnce(url: string, limits: FetchLimits): Promise<FetchedReference> {
  const { maxBytes = MAX_BYTES, timeoutMs = FETCH_MS, signal } = limits;
  const got = await ask(url, 'GET', anySignal(timeoutMs, signal));
  if (got.statusCode !== 200) {
    await got.body.dump();
    const { statusCode } = got;
    const moody = statusCode === 408 || statusCode === 429 || statusCode >= 500;
    const message = `HTTP ${statusCode} at ${url}`;
    throw moody ? new Error(message) : new FinalError(message, statusCode === 404 || statusCode === 410);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of got.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new FinalError(`larger than ${maxBytes} bytes: ${url}`, true);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const contentType = got.headers['content-type'];
  return {
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    contentType: typeof contentType === 'string' ? contentType : null,
  };
}

/**
 * Whether links answer: `dead` is said only for 404 and 410, because a dead link leads to paying again; a server that is
 * away, slow or moody says nothing about its objects.
 */
export async function checkUrls(
  urls: readonly string[],
  options: { readonly concurrency: number; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<string, LinkState>> {
  const states = new Map<string, LinkState>();
  const queue = [...new Set(urls)];
  const lanes = Math.min(options.concurrency, queue.length);
  const signal = options.signal && AbortSignal.any([options.signal]);
  // Each request that is under way listens; more than ten would be taken for a leak.
  if (signal) setMaxListeners(lanes + 1, signal);
  const lane = async (): Promise<void> => {
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) states.set(url, await checkUrl(url, signal));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return states;
}

async function checkUrl(url: string, signal?: AbortSignal): Promise<LinkState> {
  try {
    let status = await statusOf(url, 'HEAD', signal);
    if (status === 405 || status === 501) status = await statusOf(url, 'GET', signal);
    if (status === 404 || status === 410) return 'dead';
    return status >= 200 && status < 300 ? 'alive' : 'unsure';
  } catch (error) {
    if (signal?.aborted) throw error;
    return 'unsure';
  }
}

async function statusOf(url: string, method: 'HEAD' | 'GET', signal?: AbortSignal): Promise<number> {
  const times = { headersTimeout: CHECK_MS, bodyTimeout: CHECK_MS };
  // undici closes a connection after each HEAD, unless told that it may be used again.
  const how = method === 'HEAD' ? { ...times, reset: false } : { ...times, headers: { range: 'bytes=0-0' } };
  const got = await ask(url, method, signal, how);
  await got.body.dump();
  return got.statusCode;
}

/** One request to an http(s) address, redirects followed; no key of ours is ever sent along. */
export async function ask(
  url: string,
  method: 'GET' | 'HEAD',
  signal: AbortSignal | undefined,
  how: Pick<Dispatcher.RequestOptions, 'headers' | 'headersTimeout' | 'bodyTimeout' | 'reset'> = {},
): Promise<Dispatcher.ResponseData> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new FinalError(`not an http(s) address: ${url}`);
  const path = parsed.pathname + parsed.search;
  return agent.request({ origin: parsed.origin, path, method, ...how, ...(signal ? { signal } : {}) });
}

export function anySignal(ms: number, signal?: AbortSignal): AbortSignal {
  return signal ? AbortSignal.any([AbortSignal.timeout(ms), signal]) : AbortSignal.timeout(ms);
}
