/**
 * What is left of a receipt's entries: a copy on this machine, in the object store, at G-Labs, or a task that is out. Also
 * entries that newer ones replaced: an edit that is undone asks for the very same thing, which is paid for already.
 */
import { matchesFingerprint } from './fingerprint';
import type { Evidence } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { OPEN_STATES, SAFE_STATES, currentGeneration, ownsFile } from './receipt';
import type { Generator, GeneratorRow } from './types';

/** A picture or clip that can be used: by its URL while that answers, else by the local file. */
export interface Usable {
  readonly row: number;
  readonly candidate: number;
  readonly url: string | null;
  readonly sha256: string | null;
  /** Path relative to the base folder of `Assets`, null when the bytes are not on this machine. */
  readonly file: string | null;
}

/** Where one candidate's entries are looked for. */
export interface EntryPlace {
  readonly generator: Generator;
  readonly row: GeneratorRow;
  readonly candidate: number;
  readonly receipt: Receipt | undefined;
  readonly evidence: Evidence;
}

/** The error of an entry of which nothing is left anywhere. */
export const CACHE_DEAD = 'Cache.Dead';

/** The error of an entry that a person wiped: it never comes to count again by itself. */
export const CACHE_WIPED = 'Cache.Wiped';

/** Whether a replaced entry is out of the question, although it may have been made from today's inputs. */
function isPutAside({ error }: Generation): boolean {
  return error?.type === CACHE_DEAD || error?.type === CACHE_WIPED;
}

/** What can be used of an entry that counts; null when neither its link answers nor its file is here. */
export function usableOf(entry: Generation, evidence: Evidence): Usable | null {
  if (!SAFE_STATES.has(entry.state)) return null;
  const url = entry.url !== null && !evidence.deadUrls.has(entry.url) ? entry.url : null;
  const file = entry.file !== null && !evidence.missingFiles.has(entry.file) ? entry.file : null;
  if (url === null && file === null) return null;
  return { row: entry.row, candidate: entry.candidate, url, sha256: entry.sha256, file };
}

/** As usableOf, also for replaced entries, whose file may have gone to a newer one of the same name. */
export function usableIn(receipt: Receipt | undefined, entry: Generation, evidence: Evidence): Usable | null {
  const usable = usableOf(entry, evidence);
  if (!usable || usable.file === null || ownsFile(receipt, entry)) return usable;
  return usable.url === null ? null : { ...usable, file: null };
}

/** Safe entries whose recorded file is still theirs: the ones worth looking for on disk. */
export function fileOwners(receipt: Receipt): readonly Generation[] {
  return receipt.generations.filter((entry) => SAFE_STATES.has(entry.state) && ownsFile(receipt, entry));
}

/** Whether anything of a paid entry may still be had without paying: a copy anywhere, or a task that is out. */
export function isHeld(entry: Generation, usable: Usable | null): boolean {
  if (usable !== null || OPEN_STATES.has(entry.state)) return true;
  return SAFE_STATES.has(entry.state) && (entry.taskId !== null || entry.resultUrl !== null);
}

/** Replaced entries that were made from today's inputs and of which something is left, the best first. */
export function heldBefore(place: EntryPlace): readonly Generation[] {
  const { receipt, evidence } = place;
  const held = fittingBefore(place).flatMap((entry) => {
    const usable = usableIn(receipt, entry, evidence);
    return isHeld(entry, usable) ? [{ entry, rank: rankOf(entry, usable) }] : [];
  });
  // Stable: of equal ones the newest stays first.
  return held.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
}

function rankOf(entry: Generation, usable: Usable | null): number {
  if (usable !== null) return 0;
  if (entry.state === 'submitted') return 1;
  return SAFE_STATES.has(entry.state) ? 2 : 3;
}

/**
 * The replaced entry that has the last word on today's inputs although nothing is left of it: G-Labs lost it, or a person
 * gave it up. An edit in between must not make anybody forget that.
 */
export function verdictBefore(place: EntryPlace): Generation | undefined {
  const [newest] = fittingBefore(place);
  return newest?.state === 'lost' || newest?.state === 'skipped' ? newest : undefined;
}

/** Newest first. */
function fittingBefore({ generator, row, candidate, receipt, evidence }: EntryPlace): readonly Generation[] {
  return (receipt?.generations ?? [])
    .filter(
      (entry) =>
        entry.superseded &&
        entry.row === row.row &&
        entry.candidate === candidate &&
        !isPutAside(entry) &&
        matchesFingerprint(generator, row, evidence.hashes, entry),
    )
    .reverse();
}

/**
 * Entries whose links and files a plan must know about: those that count, and replaced ones of today's inputs where they
 * may come to count again.
 */
export function entriesToCheck(
  generator: Generator,
  receipt: Receipt,
  hashes: ReadonlyMap<string, string>,
): readonly Generation[] {
  return receipt.generations.filter((entry) => {
    if (!entry.superseded) return true;
    const row = generator.rows.find((one) => one.row === entry.row);
    if (!row || !SAFE_STATES.has(entry.state) || isPutAside(entry)) return false;
    if (!matchesFingerprint(generator, row, hashes, entry)) return false;
    const current = currentGeneration(receipt, entry.row, entry.candidate);
    const holds = current !== undefined && (SAFE_STATES.has(current.state) || OPEN_STATES.has(current.state));
    // A changed link to another node changes no fingerprint, so there an older one may fit better than the current one.
    return generator.dependsOn.length > 0 || !holds || !matchesFingerprint(generator, row, hashes, current);
  });
}
