/**
 * The fingerprint of one row: what the node's own inputs say (D10). It decides whether money is spent again, so its
 * canonical form is versioned and must not change: widening it makes every user pay for everything once more.
 *
 * Canonical form of `f1`: sha256 over `JSON.stringify` of an object with exactly these keys, in this order:
 * `aspectRatio`, `durationSeconds`, `kind`, `model`, `prompt`, `references`, `resolution`. Absent settings are null.
 * `references` holds `[slot, form, value]` in request order; slot is `reference`, `start` or `end`; form and value are
 * `sha256` + the content hash, or `url` + the URL, or `path` + the path while the content is not known, and
 * `generated` + null for the output of another generator: which still was used is kept beside, not in, the fingerprint.
 */
import { createHash } from 'node:crypto';
import type { Generation, ReferenceRecord } from './receipt';
import type { Generator, GeneratorRow, Source } from './types';

type Slot = 'reference' | 'start' | 'end';
type Token = readonly [slot: Slot, form: 'sha256' | 'url' | 'path' | 'generated', value: string | null];

/** One input of a row with the name of its place in the request. */
export interface SlottedSource {
  readonly slot: Slot;
  readonly source: Source;
}

/** The sources of a row in the order of the request: references, or the start frame and then the end frame. */
export function slottedSources(generator: Generator, row: GeneratorRow): readonly SlottedSource[] {
  if (generator.kind === 'image') return row.references.map((source) => ({ slot: 'reference' as const, source }));
  const frames: SlottedSource[] = [];
  if (row.startFrame) frames.push({ slot: 'start', source: row.startFrame });
  if (row.endFrame) frames.push({ slot: 'end', source: row.endFrame });
  return frames;
}

/**
 * `f1:` and 64 hex digits for one row. `hashes` maps a reference's URL (or a local reference's path) to the sha256 of
 * its content, where it was ever read.
 */
export function fingerprintRow(generator: Generator, row: GeneratorRow, hashes: ReadonlyMap<string, string>): string {
  const tokens = slottedSources(generator, row).map(
    ({ slot, source }) => tokensOf(slot, source, (a) => hashes.get(a))[0],
  );
  return digest(generator, row, tokens);
}

/**
 * Every fingerprint that means the same inputs: each reference by its content hash (known now, or recorded with the
 * generation) or by its address. So a lost hash cache never makes anybody pay again. The form of `fingerprintRow` comes
 * first.
 */
export function fingerprintVariants(
  generator: Generator,
  row: GeneratorRow,
  hashes: ReadonlyMap<string, string>,
  recorded: readonly ReferenceRecord[] = [],
): readonly string[] {
  return [...variants(generator, row, withRecorded(hashes, recorded))];
}

/** Whether a generation was made from today's inputs. A reference whose content surely changed since does not match. */
export function matchesFingerprint(
  generator: Generator,
  row: GeneratorRow,
  hashes: ReadonlyMap<string, string>,
  entry: Pick<Generation, 'fingerprint' | 'references'>,
): boolean {
  const changed = entry.references.some(({ url, sha256 }) => {
    const now = hashes.get(url);
    return now !== undefined && now !== sha256 && usesAddress(generator, row, url);
  });
  if (changed) return false;
  for (const variant of variants(generator, row, withRecorded(hashes, entry.references))) {
    if (variant === entry.fingerprint) return true;
  }
  return false;
}

function usesAddress(generator: Generator, row: GeneratorRow, address: string): boolean {
  return slottedSources(generator, row).some(({ source }) => addressOf(source) === address);
}

function addressOf(source: Source): string | null {
  if (source.kind === 'url') return source.url;
  return source.kind === 'local' ? source.path : null;
}

/** Content hash of an address: what is known now is asked first, then what was recorded with the generation. */
type HashOf = (address: string) => string | undefined;

function withRecorded(hashes: ReadonlyMap<string, string>, recorded: readonly ReferenceRecord[]): HashOf {
  return (address) => hashes.get(address) ?? recorded.find(({ url }) => url === address)?.sha256;
}

/** The ways to write one source, the content hash first. */
function tokensOf(slot: Slot, source: Source, hashOf: HashOf): readonly [Token, ...Token[]] {
  if (source.kind === 'generated') return [[slot, 'generated', null]];
  const address = source.kind === 'url' ? source.url : source.path;
  const plain: Token = [slot, source.kind === 'url' ? 'url' : 'path', address];
  const hash = hashOf(address);
  return hash === undefined ? [plain] : [[slot, 'sha256', hash], plain];
}

/** Lazily, the likely forms first: a row has at most ten references, so the product stays small. */
function* variants(generator: Generator, row: GeneratorRow, hashOf: HashOf): Iterable<string> {
  const choices = slottedSources(generator, row).map(({ slot, source }) => tokensOf(slot, source, hashOf));
  const open = choices.flatMap((choice, index) => (choice.length > 1 ? [index] : []));
  const last = 2 ** open.length - 1;
  for (let n = 0; n <= last; n++) {
    // 0 is all hashes, the highest number all addresses; those two are tried before any mixture.
    const mask = n === 0 ? 0 : n === 1 ? last : n - 1;
    const tokens = choices.map((choice, index) => {
      const bit = open.indexOf(index);
      return (bit >= 0 && (mask >> bit) % 2 === 1 ? choice[1] : choice[0]) ?? choice[0];
    });
    yield digest(generator, row, tokens);
  }
}

function digest(generator: Generator, row: GeneratorRow, references: readonly Token[]): string {
  const canonical = JSON.stringify({
    aspectRatio: generator.aspectRatio,
    durationSeconds: generator.durationSeconds,
    kind: generator.kind,
    model: generator.model,
    prompt: row.prompt,
    references,
    resolution: generator.resolution,
  });
  return `f1:${createHash('sha256').update(canonical, 'utf8').digest('hex')}`;
}
