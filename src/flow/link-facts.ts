/** What was seen of links and files, and which links are wrong where. Pure: the looking is done by `src/link-survey.ts`. */
import type { LinkList } from './link-lists';
import type { Evidence } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { SAFE_STATES, ownsFile } from './receipt';
import { sceneOf } from './scene';
import type { Generator, Kind } from './types';

/** `gone`: the server says that it has no such thing. `silent`: nobody can tell right now; such a link is trusted. */
export type LinkLook =
  | { readonly state: 'whole'; readonly kind: Kind; readonly sha256: string }
  | { readonly state: 'damaged' | 'gone' | 'silent'; readonly reason: string };

/** The recorded file of an entry on this machine. */
export type FileLook = 'right' | 'missing' | 'differs';

export interface LinkFacts {
  readonly lists: readonly LinkList[];
  readonly looks: ReadonlyMap<string, LinkLook>;
  /** By the path that receipts name. */
  readonly files: ReadonlyMap<string, FileLook>;
  /** By generator key. */
  readonly receipts: ReadonlyMap<string, Receipt>;
}

export type LinkFault =
  'silent' | 'gone' | 'damaged' | 'wrong-type' | 'other-bytes' | 'foreign' | 'twice' | 'repeated' | 'hole';

/** Entries whose copies must be whole: those that count. */
export function safeEntries(receipt: Receipt | undefined): readonly Generation[] {
  return (receipt?.generations ?? []).filter(({ superseded, state }) => !superseded && SAFE_STATES.has(state));
}

/** The state of an entry's own file; null where it has none, or a newer one took its name. */
export function fileLook({ files }: LinkFacts, receipt: Receipt, entry: Generation): FileLook | null {
  return entry.file === null || !ownsFile(receipt, entry) ? null : (files.get(entry.file) ?? 'missing');
}

/** Who may list a link: by receipts alone, else by how often caches name it. */
export interface Ownership {
  /** Generator keys by link. */
  readonly byReceipt: ReadonlyMap<string, ReadonlySet<string>>;
  readonly byCache: ReadonlyMap<string, ReadonlySet<string>>;
  /** The recorded hash of a link. */
  readonly hashes: ReadonlyMap<string, string>;
}

export function ownershipOf({ lists, receipts }: LinkFacts): Ownership {
  const byReceipt = new Map<string, Set<string>>();
  const byCache = new Map<string, Set<string>>();
  const hashes = new Map<string, string>();
  const add = (map: Map<string, Set<string>>, url: string, key: string): void => {
    map.set(url, (map.get(url) ?? new Set()).add(key));
  };
  for (const [key, { generations }] of receipts) {
    for (const { url, sha256, origin } of generations) {
      if (url === null) continue;
      // A link that was only found in a node's cache proves nothing about whose it is.
      if (origin !== 'found') add(byReceipt, url, key);
      if (sha256 !== null) hashes.set(url, sha256);
    }
  }
  for (const { role, generator, entries } of lists) {
    if (role !== 'cache' || !generator) continue;
    for (const url of entries) if (url !== null) add(byCache, url, generator.key);
  }
  return { byReceipt, byCache, hashes };
}

/** What is wrong with one entry of a list, null when nothing is. */
export function faultAt(facts: LinkFacts, owners: Ownership, list: LinkList, index: number): LinkFault | null {
  const url = list.entries[index] ?? null;
  if (url === null) return 'hole';
  const look = facts.looks.get(url);
  if (isForeign(owners, list.generator, url)) return 'foreign';
  if (!look || look.state !== 'whole') return look?.state ?? 'silent';
  if (look.kind !== list.kind) return 'wrong-type';
  const hash = owners.hashes.get(url);
  if (hash !== undefined && hash !== look.sha256) return 'other-bytes';
  if (list.entries.indexOf(url) < index) return 'repeated';
  const isKnown = owners.byReceipt.has(url);
  return !isKnown && list.role === 'cache' && (owners.byCache.get(url)?.size ?? 0) > 1 ? 'twice' : null;
}

/** Made for another node; or, where no receipt tells, called after another scene, as all runners name what they upload. */
function isForeign(owners: Ownership, generator: Generator | null, url: string): boolean {
  if (!generator) return false;
  const keys = owners.byReceipt.get(url);
  if (keys) return !keys.has(generator.key);
  const named = sceneInName(url);
  return named !== null && generator.scene !== null && named !== generator.scene;
}

/** `03` of `…/scene03-c1.png`. */
function sceneInName(url: string): string | null {
  const [, name = ''] = /(scene\d{1,4}[a-z]?)(?:-r\d+)?-c\d+\.[a-z\d]+$/i.exec(url.split(/[?#]/)[0] ?? '') ?? [];
  return name === '' ? null : sceneOf(name);
}

/** Of `twice` nobody knows which of the nodes is meant, and of `silent` nothing is known: both stay where they are. */
export function isReplaceable(fault: LinkFault | null): boolean {
  return fault !== null && fault !== 'silent' && fault !== 'twice';
}

/** Evidence for one generator, in which a wrong link counts as a dead one, and a wrong file as a missing one. */
export function evidenceFor(facts: LinkFacts, owners: Ownership, generator: Generator): Evidence {
  const dead = new Set<string>();
  for (const list of facts.lists) {
    if (list.generator?.key !== generator.key) continue;
    list.entries.forEach((url, index) => {
      const fault = faultAt(facts, owners, list, index);
      if (url !== null && fault !== 'repeated' && isReplaceable(fault)) dead.add(url);
    });
  }
  for (const { url, sha256 } of facts.receipts.get(generator.key)?.generations ?? []) {
    const look = url === null ? undefined : facts.looks.get(url);
    if (url === null || !look || look.state === 'silent') continue;
    const right = look.state === 'whole' && look.kind === generator.kind && (sha256 ?? look.sha256) === look.sha256;
    if (!right) dead.add(url);
  }
  const missing = [...facts.files].flatMap(([file, look]) => (look === 'right' ? [] : [file]));
  const hashes = new Map<string, string>();
  for (const { generations } of facts.receipts.values()) {
    for (const { references } of generations) for (const { url, sha256 } of references) hashes.set(url, sha256);
  }
  return { receipts: facts.receipts, deadUrls: dead, hashes, missingFiles: new Set(missing) };
}
