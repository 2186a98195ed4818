/** How nodes and amounts are called in sentences. Workflow-safe: no imports but types. */
import type { Generator, Kind } from './types';

type Named = Pick<Generator, 'scene' | 'title' | 'kind'>;

/** What people call a node: `Scene 03`, or its title in quotes when it has no scene number. */
export function sceneLabel({ scene, title, kind }: Named): string {
  if (scene !== null) return `Scene ${scene}`;
  return title.trim() === '' ? `an untitled ${kind === 'image' ? 'image' : 'video'} node` : `"${title.trim()}"`;
}

/** One line that tells nodes apart in a list: `Scene 03 — image gen`, with the account when it matters. */
export function nodeLabel(node: Named & Pick<Generator, 'account'>, withAccount = false): string {
  const title = node.title.trim();
  const own = title !== '' ? title : `${sceneLabel(node)} — ${node.kind === 'image' ? 'image gen' : 'video gen'}`;
  return withAccount && node.account.trim() !== '' ? `${own} (${node.account.trim()})` : own;
}

/** What a generator of this kind makes, in the singular. */
export function productOf(kind: Kind): 'picture' | 'clip' {
  return kind === 'image' ? 'picture' : 'clip';
}

/** `1 clip`, `3 clips`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How to name a node on the command line: by scene where it has one. */
export function selectorFor({ scene, id }: Pick<Generator, 'scene' | 'id'>): string {
  return scene === null ? `--node ${id}` : `--scene ${scene}`;
}
