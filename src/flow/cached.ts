/** Reading what a file remembers: cache fields of generators, galleries and picks of gates. Never judges whether a URL answers. */
import type { FlowNode, Kind, NodeRef, Pick, Vocabulary } from './types';

/** Lists that hold a generator's outputs, in the order in which they are believed; the first non-empty one counts. */
export function cacheLists(kind: Kind, vocabulary: Vocabulary): readonly string[] {
  if (kind === 'image') return ['_savedImages'];
  return vocabulary === 'wiki' ? ['_savedClips', '_savedVideos'] : ['_savedVideos', '_savedClips'];
}

/** Fields in which a gate holds the candidates, by what is upstream of it. Only the first pair carries the pick (D14). */
export function galleryLists(kind: Kind): readonly string[] {
  return kind === 'image'
    ? ['_savedApprovalImages', 'galleryImages', '_savedGalleryImages']
    : ['_savedApprovalVideos', 'galleryVideos', '_savedGalleryVideos'];
}

/** The URL of a list entry: a string, or an object with `url`. Anything but http(s) is no cached output. */
export function entryUrl(entry: unknown): string | null {
  const url = typeof entry === 'object' && entry !== null && 'url' in entry ? entry.url : entry;
  return typeof url === 'string' && /^https?:\/\/\S+$/i.test(url) ? url : null;
}

/** A cache list as it stands in the file: null where an entry holds no URL. Not a list: empty. */
export function entryUrls(value: unknown): (string | null)[] {
  return Array.isArray(value) ? value.map(entryUrl) : [];
}

/**
 * URLs of a generator's own cache, row-major, without holes (D13). In a list of several rows what follows a hole could be
 * taken for another row's output, so the list ends with the row that has the hole.
 */
export function cachedUrls(node: FlowNode, shape: CacheShape): string[] {
  const list = cacheEntries(node, shape);
  const hole = list.indexOf(null);
  const end = hole < 0 || shape.rows <= 1 ? list.length : Math.ceil((hole + 1) / shape.outputCount) * shape.outputCount;
  return list.slice(0, end).filter((url): url is string => url !== null);
}

export interface CacheShape {
  readonly kind: Kind;
  readonly vocabulary: Vocabulary;
  readonly rows: number;
  readonly outputCount: number;
}

/** The list that counts as this generator's cache, holes kept. */
export function cacheEntries(node: FlowNode, shape: Omit<CacheShape, 'rows' | 'outputCount'>): (string | null)[] {
  for (const field of cacheLists(shape.kind, shape.vocabulary)) {
    const list = entryUrls(node.properties[field]);
    if (list.some((url) => url !== null)) return list;
  }
  const single = shape.kind === 'video' ? entryUrl(node.properties['_savedVideoUrl']) : null;
  return single === null ? [] : [single];
}

/**
 * What the other list of the node holds, as it stands there: a runner and the editor may each have written one of their own.
 * Of places where the list that counts has nothing that answers, it is the second opinion.
 */
export function otherEntries(node: FlowNode, { kind, vocabulary, rows, outputCount }: CacheShape): (string | null)[] {
  const lists = cacheLists(kind, vocabulary).map((field) => entryUrls(node.properties[field]));
  const counts = lists.findIndex((list) => list.some((url) => url !== null));
  // Beyond what a run writes into both, nobody knows how old it is.
  return counts < 0 ? [] : (lists[counts + 1] ?? []).slice(0, rows * outputCount);
}

/** The user's pick in a gate (D14): the index into the non-empty approval list, 0 included; else null. */
export function pickOf(gate: FlowNode, ref: NodeRef, kind: Kind): Pick | null {
  const properties = gate.properties;
  const list = properties[kind === 'image' ? '_savedApprovalImages' : '_savedApprovalVideos'];
  const own = properties[kind === 'image' ? '_savedApprovalIndex' : '_savedApprovalVideoIndex'];
  const index = own ?? properties['_savedApprovalIndex'];
  if (!Array.isArray(list) || typeof index !== 'number' || !Number.isInteger(index)) return null;
  const url = entryUrl(list[index]);
  return url === null ? null : { gate: ref, index, url };
}
