/** Results of one node on this machine and in the object store. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { moveDurably } from '../files/atomic';
import { candidatePath, objectKey } from '../files/layout';
import { checkMedia } from '../files/media';
import type { MediaFacts } from '../files/media';
import { statSizes } from '../files/sizes';
import { FlowError } from '../flow/errors';
import type { CandidateId } from '../flow/ledger';
import type { Generation, Receipt } from '../flow/receipt';
import { slug } from '../flow/scene';
import type { Kind } from '../flow/types';
import type { Fetched, ResultPort } from '../money/ports';
import { failure } from './failures';
import type { NodeRun } from './node-run';
import { findUnrecorded } from './unrecorded';
import { restoreFromStore } from './restore';

/** The result port of one attempt. `downloaded` is called when checked bytes lie in a part file. */
export function nodeResults(run: NodeRun, downloaded: () => void): ResultPort {
  const { baseDir } = run.project.layout;
  return {
    isHere: async (entry) => entry.file !== null && (await statSizes(baseDir, [entry])).size === 0,
    fetch: (id, url, signal) => fetchResult(run, id, url, { signal, downloaded }),
    found: (id, entry) => findUnrecorded(run, id, entry),
    restore: (entry, signal) => restoreFromStore(baseDir, withLink(run, entry), signal),
    store: (id, entry, signal) => upload(run, id, entry, signal),
    keepAside: (entry, taskId, url, signal) => keepAside(run, entry, { taskId, url, signal }),
  };
}

async function fetchResult(
  run: NodeRun,
  id: CandidateId,
  url: string,
  { signal, downloaded }: { readonly signal: AbortSignal; readonly downloaded: () => void },
): Promise<Fetched> {
  const { layout } = run.project;
  const folder = dirname(join(layout.baseDir, candidatePath(layout, run.generator, id, 'part')));
  await mkdir(folder, { recursive: true });
  const part = join(folder, `.${run.receiptKey}-r${id.row}-c${id.candidate}.part`);
  try {
    const { sha256, bytes } = await run.glabs.download(url, part, signal);
    const media = await checkKind(part, run.generator.kind);
    downloaded();
    const file = candidatePath(layout, run.generator, id, media.ext);
    await setAside(run, file, sha256);
    await moveDurably(part, join(layout.baseDir, file));
    return { file, sha256, bytes, mediaType: media.mediaType };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** A whole film is no picture: a backend that mixes its files up is asked again. */
async function checkKind(path: string, kind: Kind): Promise<MediaFacts> {
  const media = await checkMedia(path);
  if (media.mediaType.startsWith(`${kind}/`)) return media;
  throw new FlowError(
    'Media.Damaged',
    `${path} holds ${media.mediaType} instead of ${kind === 'image' ? 'a picture' : 'a film'}.`,
    8,
  );
}

/** A picture of an earlier generation under the same name is kept: it was paid for, and older files may point at it. */
async function setAside(run: NodeRun, file: string, sha256: string): Promise<void> {
  const { baseDir } = run.project.layout;
  const isOlder = (entry: Generation): boolean =>
    entry.superseded && entry.file === file && entry.sha256 !== null && entry.sha256 !== sha256;
  const older = (await run.project.receipts.read(run.receiptKey))?.generations.filter(isOlder) ?? [];
  const newest = older.at(-1);
  if (!newest) return;
  const placeOf = (entry: Generation): string =>
    posix.join(posix.dirname(file), 'replaced', `${entry.sha256?.slice(0, 8)}-${basename(file)}`);
  await mkdir(dirname(join(baseDir, placeOf(newest))), { recursive: true });
  // What lies there was moved by an attempt that died before it wrote that down; newer bytes may have the name since.
  if (!existsSync(join(baseDir, placeOf(newest))))
    await rename(join(baseDir, file), join(baseDir, placeOf(newest))).catch(() => undefined);
  const moved = older.filter((entry) => existsSync(join(baseDir, placeOf(entry)))).map((entry) => entry.sha256);
  if (moved.length === 0) return;
  await run.project.receipts.update(run.receiptKey, (before) => ({
    ...(before as Receipt),
    generations: (before as Receipt).generations.map((entry) =>
      isOlder(entry) && moved.includes(entry.sha256) ? { ...entry, file: placeOf(entry) } : entry,
    ),
  }));
}

/** A result that was uploaded has the same name there whether its link was written down or not. */
function withLink({ deps, settings, project, generator }: NodeRun, entry: Generation): Generation {
  const { url, file, sha256 } = entry;
  if (url !== null || file === null || sha256 === null || !settings.store) return entry;
  const key = objectKey(project.layout, generator, entry, sha256, posix.extname(file));
  return { ...entry, url: deps.storeFor(settings.store).publicUrl(key) };
}

async function upload(run: NodeRun, id: CandidateId, entry: Generation, signal: AbortSignal): Promise<string> {
  const { deps, settings, project, generator } = run;
  if (!settings.store) throw failure('Store.Rejected', 'No object store is configured: set R2_* or run: nbflow up');
  const { sha256, file, bytes, mediaType } = entry as Generation & Fetched;
  const key = objectKey(project.layout, generator, id, sha256, posix.extname(file));
  const path = join(project.layout.baseDir, file);
  const stored = await deps.storeFor(settings.store).put({ key, path, sha256, bytes, contentType: mediaType }, signal);
  return stored.url;
}

async function keepAside(
  { glabs, project, generator }: NodeRun,
  entry: Generation,
  { taskId, url, signal }: { readonly taskId: string; readonly url: string; readonly signal: AbortSignal },
): Promise<Fetched> {
  const { baseDir } = project.layout;
  const place = candidatePath(project.layout, generator, entry, 'part');
  const folder = posix.join(posix.dirname(place), 'replaced');
  await mkdir(join(baseDir, folder), { recursive: true });
  // An adopted task's id is what the backend listed, and may be any text.
  const part = join(baseDir, folder, `.${slug(taskId, 'task')}.part`);
  try {
    const { sha256, bytes } = await glabs.download(url, part, signal);
    const { ext, mediaType } = await checkKind(part, generator.kind);
    const file = posix.join(folder, `${sha256.slice(0, 8)}-${basename(place, '.part')}.${ext}`);
    await moveDurably(part, join(baseDir, file));
    return { file, sha256, bytes, mediaType };
  } finally {
    await rm(part, { force: true });
  }
}
