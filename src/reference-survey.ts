/** Looking at the pictures that a storyboard is made from: fetched as a run would fetch them, and decoded. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, messageOf } from './clients/error-text';
import { FinalError, fetchReference } from './clients/references';
import { insideProject } from './files/inside-project';
import { checkMedia } from './files/media';
import type { ReferenceLook, ReferenceUse } from './flow/reference-uses';

export interface ReferenceSurvey {
  /** What paths are relative to. */
  readonly root: string;
  /** Also fetch what is given as a link. */
  readonly remote: boolean;
  readonly signal: AbortSignal;
}

/** Pictures are held in memory while they are fetched, 50 MB each at most. */
const LANES = 8;
/** A host that hiccups is asked once more. */
const PAUSES_MS = [250];

/** By address; links only with `remote`. Each is fetched once, however many use it. Throws only for the signal. */
export async function lookAtReferences(
  uses: readonly ReferenceUse[],
  survey: ReferenceSurvey,
): Promise<ReadonlyMap<string, ReferenceLook>> {
  const wanted = new Map(uses.filter(({ kind }) => kind === 'local' || survey.remote).map((use) => [use.address, use]));
  const looks = new Map<string, ReferenceLook>();
  const queue = [...wanted.values()].entries();
  const folder = await mkdtemp(join(tmpdir(), 'nbflow-check-'));
  const lane = async (): Promise<void> => {
    for (const [index, { kind, address }] of queue) {
      const look =
        kind === 'local' ? lookAtFile(survey.root, address) : fetchAndLook(address, join(folder, `${index}`), survey);
      looks.set(address, await look);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return looks;
}

async function lookAtFile(root: string, path: string): Promise<ReferenceLook> {
  const found = await insideProject(root, path);
  return 'problem' in found ? { state: 'missing', reason: found.problem } : decode(found.full, null);
}

async function fetchAndLook(url: string, path: string, { signal }: ReferenceSurvey): Promise<ReferenceLook> {
  try {
    const { bytes, contentType } = await fetchReference(url, { pausesMs: PAUSES_MS, signal });
    await writeFile(path, bytes);
    return await decode(path, contentType);
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(url, error);
  } finally {
    await rm(path, { force: true });
  }
}

/** `contentType` is what the server called it, null for a file. */
async function decode(path: string, contentType: string | null): Promise<ReferenceLook> {
  try {
    const { mediaType } = await checkMedia(path);
    if (mediaType.startsWith('image/')) return { state: 'picture' };
    return { state: 'other', reason: 'is a film, not a picture' };
  } catch (error) {
    const { type, message } = error as { readonly type?: unknown; readonly message: string };
    if (type !== 'Media.Damaged') throw error;
    if (contentType && /html|json|xml/i.test(contentType))
      return { state: 'other', reason: `leads to a page (${contentType.split(';')[0]}), not to a picture` };
    return { state: 'other', reason: message.replace(path, '').trim().replace(/\.$/, '') };
  }
}

function failed(url: string, error: unknown): ReferenceLook {
  const status = /^HTTP \d+/.exec(error instanceof Error ? error.message : '')?.[0];
  if (error instanceof FinalError && error.gone) {
    return status
      ? { state: 'missing', reason: `answers ${status}: it is not there` }
      : { state: 'other', reason: 'is too large (50 MB at most)' };
  }
  if (status) return { state: 'silent', reason: `answers ${status}` };
  const why =
    errnoOf(error) === 'TimeoutError' ? 'no whole answer in a minute' : messageOf(error).replace(url, '').trim();
  return { state: 'silent', reason: `does not answer: ${why}` };
}
