/** Fetching what a link leads to into a file, to look at it: only http(s), with limits of size and time, no key sent. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { anySignal, ask, FinalError } from './references';

/** `gone`: 404 or 410. `silent`: away, moody, refusing or too large; nothing is known of what lies there then. */
export type LinkFetch =
  | { readonly state: 'got'; readonly sha256: string; readonly bytes: number }
  | { readonly state: 'gone' | 'silent'; readonly reason: string };

const MAX_BYTES = 1024 * 1024 * 1024;
const FETCH_MS = 600_000;
/** A host that hiccups is asked once more; one that is away says so quickly. */
const PAUSE_MS = 250;

/** Never throws but for the signal. What was written of a fetch that did not succeed is nothing. */
export async function fetchLink(url: string, path: string, signal: AbortSignal): Promise<LinkFetch> {
  const first = await fetchOnce(url, path, signal);
  if (first.state !== 'silent' || isRefused(first.reason)) return first;
  await delay(PAUSE_MS, undefined, { signal });
  return fetchOnce(url, path, signal);
}

async function fetchOnce(url: string, path: string, signal: AbortSignal): Promise<LinkFetch> {
  try {
    const { statusCode, body } = await ask(url, 'GET', anySignal(FETCH_MS, signal));
    if (statusCode !== 200) {
      await body.dump();
      return { state: statusCode === 404 || statusCode === 410 ? 'gone' : 'silent', reason: `HTTP ${statusCode}` };
    }
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(
      body as AsyncIterable<Buffer>,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > MAX_BYTES) throw new FinalError(`larger than ${MAX_BYTES >> 20} MB`);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path),
    );
    return { state: 'got', sha256: hash.digest('hex'), bytes };
  } catch (error) {
    if (signal.aborted) throw error;
    return { state: 'silent', reason: reasonOf(error) };
  }
}

function isRefused(reason: string): boolean {
  return /ECONNREFUSED|ENOTFOUND|not an http|^HTTP 4/.test(reason);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return [code, message].filter(Boolean).join(': ') || String(error);
}
