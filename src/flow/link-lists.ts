/** Every list of links that a file holds: cache fields of generators, galleries of gates. Holes are kept. */
import { cacheLists, entryUrl, entryUrls, galleryLists } from './cached';
import type { Edit } from './patches';
import type { CompiledFlow, FlowNode, Generator, Kind } from './types';

export interface LinkList {
  /** From the document's root. */
  readonly path: Edit['path'];
  readonly field: string;
  /** What its links lead to. */
  readonly kind: Kind;
  readonly role: 'cache' | 'gallery';
  readonly tab: number;
  readonly node: FlowNode;
  /** Whose outputs these are; null for a gallery that no generator feeds. */
  readonly generator: Generator | null;
  /** Null where an entry holds no link. A field with a single link is a list of one. */
  readonly entries: readonly (string | null)[];
  /** Which entries are objects with `url`. */
  readonly objects: readonly boolean[];
  /** A field with one link, no list. */
  readonly single: boolean;
}

/** By tab and node, caches before galleries; empty lists too, fields that are not there not. */
export function linkLists({ document, generators }: CompiledFlow): readonly LinkList[] {
  const byNode = new Map(generators.map((one) => [one.key, one]));
  const byGate = new Map<string, Generator>();
  for (const one of generators) for (const { tab, id } of one.gates) byGate.set(`${tab}:${id}`, one);
  const lists = document.tabs.flatMap((tab) =>
    tab.nodes.flatMap((node): LinkList[] => {
      const key = `${tab.index}:${node.id}`;
      const own = byNode.get(key);
      if (own) return cacheOf(own, node);
      const kinds: readonly Kind[] = ['image', 'video'];
      if (node.role === 'prompt' || node.role === 'unknown') return [];
      return kinds.flatMap((kind) =>
        galleryLists(kind).flatMap((field) =>
          listAt(node, field, { kind, role: 'gallery', tab: tab.index, generator: byGate.get(key) ?? null }),
        ),
      );
    }),
  );
  return [...lists.filter(({ role }) => role === 'cache'), ...lists.filter(({ role }) => role === 'gallery')];
}

type Belonging = Pick<LinkList, 'kind' | 'role' | 'tab' | 'generator'>;

function cacheOf(generator: Generator, node: FlowNode): LinkList[] {
  const { kind, tab, vocabulary } = generator;
  const belonging: Belonging = { kind, role: 'cache', tab, generator };
  const lists = cacheLists(kind, vocabulary).flatMap((field) => listAt(node, field, belonging));
  const field = '_savedVideoUrl';
  const single = kind === 'video' ? entryUrl(node.properties[field]) : null;
  if (single === null) return lists;
  const path = pathOf(tab, node, field);
  return [...lists, { ...belonging, node, field, path, entries: [single], objects: [false], single: true }];
}

function listAt(node: FlowNode, field: string, belonging: Belonging): LinkList[] {
  const value = node.properties[field];
  if (!Array.isArray(value)) return [];
  const objects = value.map((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry));
  const path = pathOf(belonging.tab, node, field);
  return [{ ...belonging, node, field, path, entries: entryUrls(value), objects, single: false }];
}

function pathOf(tab: number, { index }: FlowNode, field: string): Edit['path'] {
  return ['tabs', tab, 'graphData', 'nodes', index, 'properties', field];
}
