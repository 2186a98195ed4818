import type { NodeProgress, ProgressNode } from '../workflows/messages';
import { nodeWord } from './node-word';

export interface SceneRow {
  readonly text: string;
  readonly active: boolean;
  readonly failed: boolean;
}

const WORD_WIDTH = 18;

/** One line per scene: its picture and its clip side by side; nodes without a scene have a line of their own. */
export function sceneRows(
  nodes: readonly ProgressNode[],
  running: ReadonlyMap<string, NodeProgress>,
): readonly SceneRow[] {
  const accounts = new Set(nodes.map(({ account }) => account));
  const groups = new Map<string, ProgressNode[]>();
  for (const node of nodes) {
    const key = node.scene === null ? node.key : `${node.account} ${node.scene}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  const named = [...groups.values()].map((group) => ({ group, name: nameOf(group, accounts.size > 1) }));
  const width = Math.min(44, Math.max(0, ...named.map(({ name }) => name.length)));
  return named.map(({ group, name }) => ({
    text: `  ${name.padEnd(width)}  ${group.map((node) => cell(node, running)).join('  ')}`.trimEnd(),
    active: group.some((node) => node.state === 'running'),
    failed: group.some((node) => node.state === 'failed' || node.state === 'undecided'),
  }));
}

function nameOf(group: readonly ProgressNode[], withAccount: boolean): string {
  const [first] = group;
  if (!first) return '';
  const name = first.scene === null ? first.label : `Scene ${first.scene}`;
  return withAccount && first.scene !== null ? `${first.account} · ${name}` : name;
}

function cell(node: ProgressNode, running: ReadonlyMap<string, NodeProgress>): string {
  const word = nodeWord(node, running.get(node.key));
  return `${node.kind === 'image' ? 'image' : 'video'} ${word}`.padEnd(WORD_WIDTH + 6);
}
