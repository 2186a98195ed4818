/** Looking at every link and every recorded file of a storyboard: what is there, whole, of which kind, with which bytes. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fetchLink } from './clients/link-fetch';
import { checkMedia } from './files/media';
import type { FileLook, LinkFacts, LinkLook } from './flow/link-facts';
import { safeEntries } from './flow/link-facts';
import { linkLists } from './flow/link-lists';
import type { Generation, Receipt } from './flow/receipt';
import { ownsFile } from './flow/receipt';
import type { CompiledFlow, Kind } from './flow/types';

export interface SurveyOptions {
  /** What the files of receipts are relative to. */
  readonly baseDir: string;
  /** By generator key. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly signal: AbortSignal;
  /** Looks that still hold; these links are not fetched again. */
  readonly known?: ReadonlyMap<string, LinkLook>;
}

const LANES = 32;

/** Fetches each link once, 32 at a time. Bytes with the recorded hash were decoded when they were made; others are now. */
export async function surveyLinks(flow: CompiledFlow, options: SurveyOptions): Promise<LinkFacts> {
  const { receipts, known = new Map<string, LinkLook>() } = options;
  const lists = linkLists(flow);
  const counting = [...receipts.values()].flatMap(safeEntries);
  const urls = new Set([...lists.flatMap(({ entries }) => entries), ...counting.map(({ url }) => url)]);
  const recorded = new Map<string, Generation>();
  for (const { generations } of receipts.values())
    for (const entry of generations) if (entry.url !== null && entry.sha256 !== null) recorded.set(entry.url, entry);
  const looks = new Map<string, LinkLook>();
  const unknown = [...urls].filter((url) => url !== null).filter((url) => !known.has(url));
  for (const [url, look] of known) if (urls.has(url)) looks.set(url, look);
  const folder = await mkdtemp(join(tmpdir(), 'nbflow-verify-'));
  try {
    await inLanes(unknown, async (url, index) => {
      looks.set(url, await lookAt(url, join(folder, String(index)), recorded.get(url), options.signal));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { lists, looks, files: await lookAtFiles(options), receipts };
}

async function lookAt(
  url: string,
  path: string,
  entry: Generation | undefined,
  signal: AbortSignal,
): Promise<LinkLook> {
  const got = await fetchLink(url, path, signal);
  if (got.state !== 'got') {
    await rm(path, { force: true });
    return got;
  }
  const { sha256 } = got;
  try {
    if (entry?.sha256 === sha256 && entry.mediaType) return { state: 'whole', kind: kindOf(entry.mediaType), sha256 };
    return { state: 'whole', kind: kindOf((await checkMedia(path)).mediaType), sha256 };
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return { state: 'damaged', reason: error.message.replace(path, 'it') };
  } finally {
    await rm(path, { force: true });
  }
}

async function lookAtFiles({ baseDir, receipts }: SurveyOptions): Promise<ReadonlyMap<string, FileLook>> {
  const owned = [...receipts.values()].flatMap((receipt) =>
    safeEntries(receipt).filter((entry) => ownsFile(receipt, entry)),
  );
  const files = new Map<string, FileLook>();
  await inLanes(owned, async ({ file, sha256 }) => {
    if (file !== null) files.set(file, await lookAtFile(join(baseDir, file), sha256));
  });
  return files;
}

async function lookAtFile(path: string, sha256: string | null): Promise<FileLook> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return 'missing';
  }
  return sha256 === null || hash.digest('hex') === sha256 ? 'right' : 'differs';
}

function kindOf(mediaType: string): Kind {
  return mediaType.startsWith('video/') ? 'video' : 'image';
}

function isDamaged(error: unknown): error is Error {
  return error instanceof Error && (error as { type?: unknown }).type === 'Media.Damaged';
}

async function inLanes<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane));
}
