/** From a task that is out to checked bytes on disk, and from there to the object store. Free to repeat at any point. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BackendError } from '../clients/glabs-http';
import { checkMedia } from '../files/media';
import { moveDurably } from '../files/atomic';
import { statSizes } from '../files/sizes';
import type { CandidateId, Change } from '../flow/ledger';
import { changeCurrent } from '../flow/ledger';
import type { Generation, Receipt } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import { candidatePath, objectKey } from '../files/layout';
import { failure } from './failures';
import type { NodeRun } from './node-run';
import { awaitTask } from './poll';
import { isoNow } from './submit';

const DOWNLOADS = 4;

/** Takes one candidate from `submitted` (or `generated`) to `stored`; `failed` and `lost` are written down and returned. */
export async function collect(run: NodeRun, id: CandidateId): Promise<void> {
  let entry = await readEntry(run, id);
  const refetch = entry.state === 'generated' && entry.taskId !== null && !(await isOnDisk(run, entry));
  if (entry.state === 'submitted' || refetch) entry = await fetchResult(run, id, entry);
  if (entry.state === 'generated') {
    run.meter.set(id.row, id.candidate, 'generated');
    entry = await upload(run, id, entry);
  }
  if (entry.state === 'stored' || entry.state === 'cached') run.meter.set(id.row, id.candidate, 'stored');
}

/** Somebody may have tidied up the folder between the download and the upload. */
async function isOnDisk(run: NodeRun, entry: Generation): Promise<boolean> {
  return entry.file !== null && (await statSizes(run.project.layout.baseDir, [entry])).size === 0;
}

async function fetchResult(run: NodeRun, id: CandidateId, entry: Generation): Promise<Generation> {
  const status = await awaitTask(run, entry);
  if (status.state === 'failed') {
    return change(run, id, {
      state: 'failed',
      error: {
        type: failureType(status.code),
        code: status.code,
        message: status.error || status.detail || 'no reason given',
      },
    });
  }
  const url = status.state === 'completed' ? status.results[0] : undefined;
  if (url === undefined) return markLost(run, id, `G-Labs does not know task ${entry.taskId} any more`);
  try {
    return await download(run, id, url);
  } catch (error) {
    if (error instanceof BackendError && (error.status === 404 || error.status === 410)) {
      return markLost(run, id, `G-Labs finished task ${entry.taskId} but no longer has its file`);
    }
    throw error;
  }
}

function failureType(code: number | null): string {
  if (code === 429) return 'Backend.Quota';
  if (code === 401) return 'Backend.Auth';
  return code === 403 ? 'Backend.Auth' : 'Generation.Failed';
}

/** Bytes count only when they decode. A bad download is made again, never generated again. */
async function download(run: NodeRun, id: CandidateId, url: string): Promise<Generation> {
  const { layout } = run.project;
  const folder = dirname(join(layout.baseDir, candidatePath(layout, run.generator, id, 'part')));
  await mkdir(folder, { recursive: true });
  const part = join(folder, `.${run.receiptKey}-r${id.row}-c${id.candidate}.part`);
  for (let attempt = 1; ; attempt++) {
    const got = await run.glabs.download(url, part, run.signal);
    try {
      const media = await checkMedia(part);
      const file = candidatePath(layout, run.generator, id, media.ext);
      await setAside(run, id, file, got.sha256);
      await moveDurably(part, join(layout.baseDir, file));
      const { sha256, bytes } = got;
      return await change(run, id, {
        state: 'generated',
        resultUrl: url,
        file,
        sha256,
        bytes,
        mediaType: media.mediaType,
      });
    } catch (error) {
      await rm(part, { force: true });
      if (attempt >= DOWNLOADS || !isBadBytes(error)) {
        throw isBadBytes(error)
          ? failure(
              'Generation.BadBytes',
              `${run.generator.title}: G-Labs sent a damaged file ${DOWNLOADS} times (${(error as Error).message}). It is paid for and kept; run again to fetch it once more.`,
            )
          : error;
      }
      await delay(250 * attempt, undefined, { signal: run.signal });
    }
  }
}

function isBadBytes(error: unknown): boolean {
  return error instanceof Error && (error as { type?: unknown }).type === 'Media.Damaged';
}

/** A picture of an earlier generation under the same name is kept: it was paid for, and older files may point at it. */
async function setAside(run: NodeRun, id: CandidateId, file: string, sha256: string): Promise<void> {
  const receipt = await run.project.receipts.read(run.receiptKey);
  const older = receipt?.generations.find(
    (entry) => entry.superseded && entry.file === file && entry.sha256 !== sha256,
  );
  if (!older?.sha256) return;
  const kept = posix.join(posix.dirname(file), 'replaced', `${older.sha256.slice(0, 8)}-${basename(file)}`);
  const { baseDir } = run.project.layout;
  await mkdir(dirname(join(baseDir, kept)), { recursive: true });
  const moved = await rename(join(baseDir, file), join(baseDir, kept)).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  await run.project.receipts.update(run.receiptKey, (before) => ({
    ...(before as Receipt),
    generations: (before as Receipt).generations.map((entry) =>
      entry.superseded && entry.file === file && entry.sha256 === older.sha256 ? { ...entry, file: kept } : entry,
    ),
  }));
}

async function upload(run: NodeRun, id: CandidateId, entry: Generation): Promise<Generation> {
  const { deps, settings, project, generator } = run;
  if (!settings.store) throw failure('Store.Rejected', 'No object store is configured: set R2_* or run: nbflow up');
  const { sha256, file, bytes, mediaType } = entry as Generation & {
    sha256: string;
    file: string;
    bytes: number;
    mediaType: string;
  };
  const key = objectKey(project.layout, generator, id, sha256, posix.extname(file));
  const path = join(project.layout.baseDir, file);
  const stored = await deps
    .storeFor(settings.store)
    .put({ key, path, sha256, bytes, contentType: mediaType }, run.signal);
  return change(run, id, { state: 'stored', url: stored.url });
}

function markLost(run: NodeRun, id: CandidateId, message: string): Promise<Generation> {
  return change(run, id, { state: 'lost', error: { type: 'Generation.Lost', code: null, message } });
}

async function readEntry(run: NodeRun, id: CandidateId): Promise<Generation> {
  return current(await run.project.receipts.read(run.receiptKey), id);
}

async function change(run: NodeRun, id: CandidateId, values: Change): Promise<Generation> {
  const at = isoNow(run);
  const receipt = await run.project.receipts.update(run.receiptKey, (before) =>
    changeCurrent(before as Receipt, id, values, at),
  );
  return current(receipt, id);
}

function current(receipt: Receipt | null, id: CandidateId): Generation {
  const entry = currentGeneration(receipt ?? undefined, id.row, id.candidate);
  if (!entry) throw new Error(`no receipt entry for row ${id.row}, candidate ${id.candidate}`);
  return entry;
}
