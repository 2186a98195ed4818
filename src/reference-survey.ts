/** Looking at the pictures that a storyboard is made from: fetched as a run would fetch them, and decoded. */
import { readFile } from 'node:fs/promises';
import { errnoOf, messageOf } from './clients/error-text';
import { FinalError, fetchReference } from './clients/references';
import { insideProject } from './files/inside-project';
import { pictureProblem } from './files/media';
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
  const queue = wanted.values();
  const lane = async (): Promise<void> => {
    for (const { kind, address } of queue) {
      const look = kind === 'local' ? lookAtFile(survey.root, address) : fetchAndLook(address, survey.signal);
      looks.set(address, await look);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return looks;
}

async function lookAtFile(root: string, path: string): Promise<ReferenceLook> {
  const found = await insideProject(root, path);
  return 'problem' in found
    ? { state: 'missing', reason: found.problem }
    : lookAtBytes(await readFile(found.full), null);
}

async function fetchAndLook(url: string, signal: AbortSignal): Promise<ReferenceLook> {
  try {
    const { bytes, contentType } = await fetchReference(url, { pausesMs: PAUSES_MS, signal });
    return await lookAtBytes(bytes, contentType);
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(url, error);
  }
}

async function lookAtBytes(bytes: Buffer, contentType: string | null): Promise<ReferenceLook> {
  const reason = await pictureProblem(bytes, contentType);
  return reason === null ? { state: 'picture' } : { state: 'other', reason };
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
