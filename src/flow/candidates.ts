/**
 * What exists of a generator's output: for every row and candidate the receipt's entry, and the URL or local file that
 * can be used. Also the still that a dependent takes. Decides nothing about money; `decide.ts` does.
 */
import { matchesFingerprint } from './fingerprint';
import type { Evidence } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { OPEN_STATES, SAFE_STATES, currentGeneration } from './receipt';
import type { Generator, GeneratorRow, Source } from './types';

/** A picture or clip that can be used: by its URL while that answers, else by the local file. */
export interface Usable {
  readonly row: number;
  readonly candidate: number;
  readonly url: string | null;
  readonly sha256: string | null;
  /** Path relative to the base folder of `Assets`, null when the bytes are not on this machine. */
  readonly file: string | null;
}

export interface CandidateState {
  readonly row: number;
  readonly candidate: number;
  /** The receipt's entry that counts for this place, of today's inputs or not. */
  readonly entry: Generation | undefined;
  /** True when `entry` was made from today's inputs. */
  readonly current: boolean;
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
  const { generator, receipt, evidence } = context;
  const entry = currentGeneration(receipt, row.row, candidate);
  const current = entry !== undefined && matchesFingerprint(generator, row, evidence.hashes, entry);
  const usable = entry && current ? usableOf(context, entry) : null;
  const inFile = usable?.url != null && context.listed.has(usable.url);
  return { row: row.row, candidate, entry, current, usable, origin: usable ? 'receipt' : null, inFile };
}

function usableOf({ evidence }: Context, entry: Generation): Usable | null {
  if (!SAFE_STATES.has(entry.state)) return null;
  const url = entry.url !== null && !evidence.deadUrls.has(entry.url) ? entry.url : null;
  const file = entry.file !== null && !evidence.missingFiles.has(entry.file) ? entry.file : null;
  if (url === null && file === null) return null;
  return { row: entry.row, candidate: entry.candidate, url, sha256: entry.sha256, file };
}

/**
 * URLs without a receipt count at their row-major place (D13). In a one-row node what is left over may stand in for a
 * dead or missing one: there the position means nothing, and the picture is paid for already.
 */
function fillFromFile(context: Context, own: readonly CandidateState[]): CandidateStates {
  const { generator } = context;
  const strangers = generator.cachedUrls.map((url) => (isStranger(context, url) ? url : null));
  const used = new Set<string>();
  const positional = own.map((place, index) => {
    const url = strangers[index] ?? null;
    return url === null || !isVacant(place) ? place : fromFile(place, url, used);
  });
  const oneRow = generator.rows.length === 1;
  const left = strangers.flatMap((url, index) => {
    if (url === null || used.has(url) || (!oneRow && index < own.length)) return [];
    used.add(url);
    return [spareFromFile(url, index, generator)];
  });
  const spare = oneRow ? [...spareEntries(context), ...left] : left;
  if (!oneRow) return { places: positional, spare };
  const places = positional.map((place) => {
    const next = isVacant(place) ? spare.shift() : undefined;
    if (!next) return place;
    const usable = { ...next, row: place.row, candidate: place.candidate };
    return { ...place, usable, origin: 'file' as const, inFile: true };
  });
  return { places, spare };
}

function isStranger({ evidence, known }: Context, url: string): boolean {
  return !known.has(url) && !evidence.deadUrls.has(url);
}

/** Nothing usable here, and no paid task of today's inputs that is still out. */
function isVacant({ usable, current, entry }: CandidateState): boolean {
  return usable === null && !(current && entry !== undefined && OPEN_STATES.has(entry.state));
}

function fromFile(place: CandidateState, url: string, used: Set<string>): CandidateState {
  used.add(url);
  const usable = { row: place.row, candidate: place.candidate, url, sha256: null, file: null };
  return { ...place, usable, origin: 'file', inFile: true };
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
    const usable = usableOf(context, entry);
    if (usable?.url == null || !listed.has(usable.url)) return [];
    return matchesFingerprint(generator, row, evidence.hashes, entry) ? [usable] : [];
  });
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
