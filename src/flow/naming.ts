/** File names of generators (D27-D29): the stem by scene or title, the folder by tab. */
import { RESERVED_FOLDERS, slug, sceneOf, withoutKindPrefix } from './scene';
import type { FlowNode, FlowTab, Kind, Naming } from './types';

/** One generator to be named. */
export interface Named {
  readonly key: string;
  readonly tab: number;
  readonly node: FlowNode;
  readonly kind: Kind;
}

/**
 * Names for all generators of a file, by key. Pictures and clips lie in different folders, so only equal stems of one kind
 * and one tab folder clash: the lowest id keeps the plain name, the others get `-n{id}`.
 */
export function namingOf(tabs: readonly FlowTab[], generators: readonly Named[]): ReadonlyMap<string, Naming> {
  const used = new Set(generators.map((generator) => generator.tab));
  const folders = used.size > 1 ? tabFolders(tabs.filter((tab) => used.has(tab.index))) : new Map<number, string>();
  const names = new Map<string, Naming>();
  const taken = new Set<string>();
  const inOrder = [...generators].sort((a, b) => a.node.id - b.node.id || a.tab - b.tab || a.node.index - b.node.index);
  for (const { key, tab, node, kind } of inOrder) {
    const folder = folders.get(tab) ?? null;
    const plain = plainStem(node);
    const place = `${folder ?? ''}/${kind}/`;
    const stem = taken.has(place + plain) ? `${plain}-n${node.id}` : plain;
    taken.add(place + stem);
    names.set(key, { folder, stem });
  }
  return names;
}

/** `scene03`, or the slug of the title without the word for its kind. */
function plainStem(node: FlowNode): string {
  const scene = sceneOf(node.title);
  if (scene !== null) return `scene${scene}`;
  // Our own endings (-n17 for clashes, -r2 for rows, -c1 for candidates) must not come from a title.
  return slug(withoutKindPrefix(node.title), `node-${node.id}`).replace(/-([rcn])(\d+)$/, '-$1-$2');
}

/** Folder names by tab index: the slug of the name; `tab-2` (counted from 1) for an empty name or one that is taken. */
function tabFolders(tabs: readonly FlowTab[]): ReadonlyMap<number, string> {
  const folders = new Map<number, string>();
  const taken = new Set<string>(RESERVED_FOLDERS);
  const open: FlowTab[] = [];
  for (const tab of tabs) {
    const name = slug(tab.name, '-');
    if (tab.name.trim() === '' || taken.has(name)) {
      open.push(tab);
      continue;
    }
    taken.add(name);
    folders.set(tab.index, name);
  }
  for (const tab of open) {
    let name = `tab-${tab.index + 1}`;
    while (taken.has(name)) name = `${name}-x`;
    taken.add(name);
    folders.set(tab.index, name);
  }
  return folders;
}
