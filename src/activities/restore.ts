/** The object store's copy of a result, fetched back when the local file is gone: it was paid for, and is kept in both places. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FetchedReference } from '../clients/references';
import { fetchReference, FinalError, PATIENT_PAUSES_MS } from '../clients/references';
import { moveDurably } from '../files/atomic';
import { toDiskError } from '../files/disk-errors';
import { checkMedia } from '../files/media';
import { tempPathFor } from '../files/temps';
import type { Generation } from '../flow/receipt';
import type { Restored } from '../money/ports';

/** Slower than this is no connection at all; on top of the pause that any answer may take. */
const LEAST_BYTES_PER_MS = 50;
const ANSWER_MS = 60_000;
/** A body that broke off may look whole to HTTP. */
const TRIES = 2;

/**
 * Brings a recorded result back under its recorded name, by way of a checked part file in the same folder. Bytes count
 * only when they are the recorded ones, to the last bit, and decode.
 */
export async function restoreFromStore(
  baseDir: string,
  entry: Generation,
  signal: AbortSignal,
  pausesMs: readonly number[] = PATIENT_PAUSES_MS,
): Promise<Restored> {
  const { url, file, sha256, bytes, mediaType } = entry;
  if (url === null || file === null || sha256 === null || bytes === null || mediaType === null) return 'gone';
  for (let tried = 1; tried <= TRIES; tried++) {
    const got = await fetchCopy(url, bytes, { signal, pausesMs });
    if (got === 'gone' || got === 'unreachable') return got;
    if (got.sha256 === sha256 && (await keep(got.bytes, join(baseDir, file))))
      return { file, sha256, bytes, mediaType };
  }
  return 'gone';
}

async function fetchCopy(
  url: string,
  bytes: number,
  limits: { readonly signal: AbortSignal; readonly pausesMs: readonly number[] },
): Promise<FetchedReference | 'gone' | 'unreachable'> {
  try {
    const timeoutMs = ANSWER_MS + Math.ceil(bytes / LEAST_BYTES_PER_MS);
    return await fetchReference(url, { ...limits, maxBytes: bytes, timeoutMs });
  } catch (error) {
    if (limits.signal.aborted) throw error;
    // Only a store that says so has no copy: one that is away, or keeps us out, may have it still.
    return error instanceof FinalError && error.gone ? 'gone' : 'unreachable';
  }
}

/** False when the bytes are no whole picture or film. */
async function keep(bytes: Buffer, target: string): Promise<boolean> {
  const part = tempPathFor(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(part, bytes);
    await checkMedia(part);
    await moveDurably(part, target);
    return true;
  } catch (error) {
    if (error instanceof Error && (error as { type?: unknown }).type === 'Media.Damaged') return false;
    throw toDiskError(error, target);
  } finally {
    await rm(part, { force: true });
  }
}
