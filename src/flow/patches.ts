/**
 * What a finished node changes in the file (D13, D15): its cache fields and the galleries of its gates, and nothing
 * else. Indexes (the user's picks) are never among it, no list gets shorter, entries that are objects stay objects.
 */
import { cacheLists, entryUrl, galleryLists } from './cached';
import type { CompiledFlow, FlowNode, Generator, NodeRef } from './types';

export interface Edit {
  /** Path from the document's root; an index equal to the list's length appends. Edits apply in order. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * The edits that write `urls` (row-major, complete) for a generator; only those that change something. The values that
 * are there now are read from `compiled.document`, so compile the text that will be edited.
 */
export function cacheEdits(compiled: CompiledFlow, generator: Generator, urls: readonly string[]): readonly Edit[] {
  const node = nodeAt(compiled, generator);
  if (!node || urls.length === 0) return [];
  const fields = ownLists(node, generator);
  return [
    ...fields.flatMap((field) => listEdits(pathOf(generator, node, field), node.properties[field], urls)),
    ...singleEdits(generator, node, urls),
    ...generator.gates.flatMap((gate) => galleryEdits(compiled, generator, gate, urls)),
  ];
}

/** The cache lists that the node has, or the one of its vocabulary when it has none. */
function ownLists(node: FlowNode, { kind, vocabulary }: Generator): readonly string[] {
  const lists = cacheLists(kind, vocabulary);
  const present = lists.filter((field) => Object.hasOwn(node.properties, field));
  return present.length > 0 ? present : lists.slice(0, 1);
}

/** `_savedVideoUrl` is the first clip unless it names a current one. */
function singleEdits(generator: Generator, node: FlowNode, urls: readonly string[]): readonly Edit[] {
  const field = '_savedVideoUrl';
  if (generator.kind !== 'video') return [];
  const lists = cacheLists(generator.kind, generator.vocabulary);
  const bare = !lists.some((list) => Object.hasOwn(node.properties, list));
  if (!Object.hasOwn(node.properties, field) && !(bare && generator.vocabulary === 'github')) return [];
  const now = entryUrl(node.properties[field]);
  if (now !== null && urls.includes(now)) return [];
  return [{ path: pathOf(generator, node, field), value: urls[0] }];
}

function galleryEdits(
  compiled: CompiledFlow,
  { kind }: Generator,
  ref: NodeRef,
  urls: readonly string[],
): readonly Edit[] {
  const gate = nodeAt(compiled, ref);
  if (!gate) return [];
  const [approval, ...others] = galleryLists(kind);
  const present = others.filter((field) => Object.hasOwn(gate.properties, field));
  const fields = approval === undefined ? present : [approval, ...present];
  return fields.flatMap((field) => listEdits(pathOf(ref, gate, field), gate.properties[field], urls));
}

function nodeAt(compiled: CompiledFlow, { tab, id }: NodeRef): FlowNode | undefined {
  return compiled.document.tabs.find(({ index }) => index === tab)?.nodes.find((node) => node.id === id);
}

function pathOf({ tab }: NodeRef, { index }: FlowNode, field: string): Edit['path'] {
  return ['tabs', tab, 'graphData', 'nodes', index, 'properties', field];
}

function listEdits(path: Edit['path'], value: unknown, urls: readonly string[]): readonly Edit[] {
  const now: readonly unknown[] = Array.isArray(value) ? value : [];
  const next = merged(now, urls);
  if (Array.isArray(value) && next.length === now.length && next.every((entry, i) => entry === now[i])) return [];
  if (!now.some(isObject)) return [{ path, value: next }];
  // Objects hold fields that are not ours: only what differs is touched, so that the rest keeps its text.
  return next.flatMap((entry, i): Edit[] => {
    const before = now[i];
    if (entry === before) return [];
    if (isObject(entry) && isObject(before)) return [{ path: [...path, i, 'url'], value: entryUrl(entry) }];
    return [{ path: [...path, i], value: entry }];
  });
}

/**
 * The new list: `urls` first, then whatever stood behind them. A URL that moved to the front leaves its old place to one
 * that it pushed out, so that the list neither gets shorter nor names anything twice.
 */
function merged(now: readonly unknown[], urls: readonly string[]): readonly unknown[] {
  const wanted = new Set(urls);
  const pushedOut = now
    .slice(0, urls.length)
    .map(entryUrl)
    .filter((url) => url !== null && !wanted.has(url));
  const tail = now.slice(urls.length).map((entry, i) => {
    const url = entryUrl(entry);
    if (url === null || !wanted.has(url)) return entry;
    const substitute = pushedOut.shift() ?? null;
    return substitute === null ? entry : shapedEntry(now, substitute, urls.length + i);
  });
  return [...urls.map((url, i) => shapedEntry(now, url, i)), ...tail];
}

/** Keeps the entry that has this URL at this place, else gives the URL the shape that the place, or the list, has. */
function shapedEntry(now: readonly unknown[], url: string, index: number): unknown {
  const before = now[index];
  if (entryUrl(before) === url) return before;
  const model = isObject(before) ? before : before === undefined || before === null ? now.find(isObject) : undefined;
  return isObject(model) ? { ...model, url } : url;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
