/**
 * What exists of a generator's output: for every row and candidate the receipt's entry, and the URL or local file that
 * can be used. Also the still that a dependent takes. Decides nothing about money; `decide.ts` does.
 */
import type { EntryPlace, Usable } from './entries';
import { CACHE_DEAD, heldBefore, isHeld, usableIn, usableOf, verdictBefore } from './entries';
import { matchesFingerprint } from './fingerprint';
import type { Evidence, OnLost } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { OPEN_STATES, currentGeneration } from './receipt';
import type { Generator, GeneratorRow, Source } from './types';

export type { Usable } from './entries';

export interface CandidateState {
  readonly row: number;
  readonly candidate: number;
  /** The receipt's entry that counts for this place, of today's inputs or not. */
  readonly entry: Generation | undefined;
  /** True when `entry` was made from today's inputs. */
  readonly current: boolean;
  /** True when a newer entry replaced `entry`: today's inputs are again the ones that it was made from. */
  readonly revived: boolean;
  /** Null when there is nothing to use (yet). */
  readonly usable: Usable | null;
  /** Where `usable` comes from: the receipt's entry, or a cached URL of the file that no receipt knows (D11). */
  readonly origin: 'receipt' | 'file' | null;
  /** True when the URL of `usable` stands in the file's cache. */
  readonly inFile: boolean;
}

export interface CandidateStates {
  /** Row-major, `outputCount` per row. */
  readonly places: readonly CandidateState[];
  /** Usable outputs beyond `outputCount`: a list longer than needed. They may be picked (D13). */
  readonly spare: readonly Usable[];
}

interface Context {
  readonly generator: Generator;
  readonly receipt: Receipt | undefined;
  readonly evidence: Evidence;
  readonly listed: ReadonlySet<string>;
  /** URLs that some entry of the receipt has: they belong to it alone, also when it was superseded. */
  readonly known: ReadonlySet<string>;
}

/** Which outputs of a generator are there, by place. Cost: the node's own rows and receipt entries. */
export function candidateStates(
  generator: Generator,
  receipt: Receipt | undefined,
  evidence: Evidence,
): CandidateStates {
  const known = new Set<string>();
  for (const { url } of receipt?.generations ?? []) if (url !== null) known.add(url);
  const context: Context = { generator, receipt, evidence, listed: new Set(generator.cachedUrls), known };
  const own = generator.rows.flatMap((row) =>
    Array.from({ length: generator.outputCount }, (_, i) => ownState(context, row, i + 1)),
  );
  return fillFromFile(context, own);
}

function ownState(context: Context, row: GeneratorRow, candidate: number): CandidateState {
  const place = { ...context, row, candidate };
  const entry = currentGeneration(context.receipt, row.row, candidate);
  const current = entry !== undefined && matchesFingerprint(context.generator, row, context.evidence.hashes, entry);
  if (entry && current) {
    const own = stateOf(place, entry, false);
    if (entry.state === 'skipped' || isHeld(entry, own.usable)) return own;
    return revivedStates(place)[0] ?? own;
  }
  const [held] = revivedStates(place);
  if (held) return held;
  const verdict = verdictBefore(place);
  if (verdict) return stateOf(place, verdict, true);
  return { row: row.row, candidate, entry, current, revived: false, usable: null, origin: null, inFile: false };
}

/** What replaced entries of today's inputs would be, were they to count again; the best first. */
export function revivedStates(place: EntryPlace): readonly CandidateState[] {
  return heldBefore(place).map((entry) => stateOf(place, entry, true));
}

function stateOf(place: EntryPlace, entry: Generation, revived: boolean): CandidateState {
  const { generator, receipt, evidence } = place;
  const usable = revived ? usableIn(receipt, entry, evidence) : usableOf(entry, evidence);
  const inFile = usable?.url != null && generator.cachedUrls.includes(usable.url);
  const { row, candidate } = entry;
  return { row, candidate, entry, current: true, revived, usable, origin: usable ? 'receipt' : null, inFile };
}

/**
 * URLs without a receipt count at their row-major place (D13). In a one-row node what is left over may stand in for a
 * dead or missing one: there the position means nothing, and the picture is paid for already.
 */
function fillFromFile(context: Context, own: readonly CandidateState[]): CandidateStates {
  const { generator } = context;
  const strangers = strangersOf(context);
  const used = new Set<string>();
  const positional = own.map((place, index) => {
    const url = strangers[index] ?? null;
    // What the file lists now comes before what was made long ago.
    return url === null || !(place.revived || isVacant(place)) ? place : fromFile(context, place, url, used);
  });
  const oneRow = generator.rows.length === 1;
  const left = strangers.flatMap((url, index) => {
    if (url === null || used.has(url) || (!oneRow && index < own.length)) return [];
    used.add(url);
    return [spareFromFile(url, index, generator)];
  });
  const fitting = oneRow ? spareEntries(context) : [];
  const spare = [...fitting, ...left];
  if (!oneRow) return { places: positional, spare };
  const places = positional.map((place) => {
    // What nobody knows the inputs of is never taken for an edit's.
    const fits = (one: Usable): boolean => fitting.includes(one) || !wasEdited(context, place);
    const next = isVacant(place) && spare[0] && fits(spare[0]) ? spare.shift() : undefined;
    if (!next) return place;
    const usable = { ...next, row: place.row, candidate: place.candidate };
    return { ...place, revived: false, usable, origin: 'file' as const, inFile: isListed(context, next.url) };
  });
  return { places, spare };
}

/** By place. What the other list has is behind it, or, of several rows, in the places that would be empty. */
function strangersOf(context: Context): (string | null)[] {
  const { cachedUrls, otherUrls, rows } = context.generator;
  const listed = new Set(cachedUrls);
  const others = otherUrls.map((url) => (url !== null && !listed.has(url) && isStranger(context, url) ? url : null));
  const own = cachedUrls.map((url) => (isStranger(context, url) ? url : null));
  if (rows.length === 1) return [...own, ...others];
  return Array.from({ length: Math.max(own.length, others.length) }, (_, i) => own[i] ?? others[i] ?? null);
}

function isListed({ listed }: Context, url: string | null): boolean {
  return url !== null && listed.has(url);
}

function isStranger({ evidence, known }: Context, url: string): boolean {
  return !known.has(url) && !evidence.deadUrls.has(url);
}

/** Nothing usable here, and no paid task of today's inputs that is still out. */
function isVacant({ usable, current, entry }: CandidateState): boolean {
  return usable === null && !(current && entry !== undefined && OPEN_STATES.has(entry.state));
}

/** Whether it was ever made, or asked for, from other inputs than today's. */
function wasEdited({ generator, receipt, evidence }: Context, { row, candidate }: CandidateState): boolean {
  const inputs = generator.rows.find((one) => one.row === row);
  return (receipt?.generations ?? []).some(
    (entry) =>
      entry.row === row &&
      entry.candidate === candidate &&
      entry.error?.type !== CACHE_DEAD &&
      inputs !== undefined &&
      !matchesFingerprint(generator, inputs, evidence.hashes, entry),
  );
}

function fromFile(context: Context, place: CandidateState, url: string, used: Set<string>): CandidateState {
  used.add(url);
  const usable = { row: place.row, candidate: place.candidate, url, sha256: null, file: null };
  return { ...place, revived: false, usable, origin: 'file', inFile: isListed(context, url) };
}

function spareFromFile(url: string, index: number, generator: Generator): Usable {
  const row = generator.rows[0]?.row ?? 1;
  return { row, candidate: index + 1, url, sha256: null, file: null };
}

/** Entries beyond today's `outputCount` that the file still lists: made when more candidates were asked for. */
function spareEntries(context: Context): Usable[] {
  const { generator, receipt, evidence, listed } = context;
  const [row] = generator.rows;
  if (!row) return [];
  return (receipt?.generations ?? []).flatMap((entry) => {
    if (entry.superseded || entry.row !== row.row || entry.candidate <= generator.outputCount) return [];
    const usable = usableOf(entry, evidence);
    if (usable?.url == null || !listed.has(usable.url)) return [];
    return matchesFingerprint(generator, row, evidence.hashes, entry) ? [usable] : [];
  });
}

/**
 * What a node writes into its cache: row-major and complete, else null, because a hole would shift the rows behind it. Of
 * a single row, where positions mean nothing, those that somebody decided to do without are left out.
 */
export function urlsToSave({ rows }: Generator, { places }: CandidateStates, onLost: OnLost): readonly string[] | null {
  const wanted = rows.length === 1 ? places.filter((place) => !isDoneWithout(place, onLost)) : places;
  const urls = wanted.flatMap(({ usable }) => usable?.url ?? []);
  return urls.length === wanted.length ? urls : null;
}

function isDoneWithout({ usable, current, entry }: CandidateState, onLost: OnLost): boolean {
  if (usable !== null || !current || !entry) return false;
  return entry.state === 'skipped' || (entry.state === 'lost' && onLost === 'skip' && entry.decision === null);
}

/** The row of `upstream` that feeds a dependent's row: one to all, or row by row (D7); null when they do not fit. */
export function stillRow(upstream: Generator, row: GeneratorRow): number | null {
  const [only] = upstream.rows;
  if (only && upstream.rows.length === 1) return only.row;
  return upstream.rows.some((candidateRow) => candidateRow.row === row.row) ? row.row : null;
}

/** The picked output among these, if the pick is of a one-row node and still one of its candidates (D7, D14). */
export function pickedUsable(
  upstream: Generator,
  states: CandidateStates,
  source: Source & { kind: 'generated' },
): Usable | null {
  const { pick } = source;
  if (pick === null || upstream.rows.length !== 1) return null;
  const at = (usable: Usable | null, entry?: Generation): boolean =>
    usable !== null && (usable.url === pick.url || entry?.url === pick.url);
  const place = states.places.find(({ usable, entry, current }) => at(usable, current ? entry : undefined));
  return place?.usable ?? states.spare.find((usable) => at(usable)) ?? null;
}

/**
 * The still that a row takes from `upstream`: the pick while it is a current candidate, else the first usable candidate
 * of the right row; null while there is none. `receipt` is the upstream's.
 */
export function resolveStill(query: {
  readonly source: Source & { kind: 'generated' };
  readonly row: GeneratorRow;
  readonly upstream: Generator;
  readonly receipt: Receipt | undefined;
  readonly evidence: Evidence;
}): Usable | null {
  const states = candidateStates(query.upstream, query.receipt, query.evidence);
  return chooseStill(query.upstream, states, query.source, query.row);
}

/** `resolveStill` over states that are known already. */
export function chooseStill(
  upstream: Generator,
  states: CandidateStates,
  source: Source & { kind: 'generated' },
  row: GeneratorRow,
): Usable | null {
  const wanted = stillRow(upstream, row);
  if (wanted === null) return null;
  const picked = pickedUsable(upstream, states, source);
  return picked ?? states.places.find((place) => place.row === wanted && place.usable !== null)?.usable ?? null;
}
