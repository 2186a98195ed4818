/** Changes that mend a file, as paths into its JSON: `check --fix` applies them as text edits. */
import { NO_PROPERTIES } from './document';
import type { Edit } from './patches';
import type { FlowNode, FlowTab } from './types';

/** Takes an entry out of a list. */
export interface Removal {
  readonly path: Edit['path'];
  readonly remove: true;
}

export type Change = Edit | Removal;

/** The one right answer to a fault. */
export interface Mend {
  /** What it does: `sets its model to nano_banana_2`. */
  readonly text: string;
  /** Computed only when it is wanted. */
  readonly changes: () => readonly Change[];
}

export function nodePath(tab: FlowTab, node: FlowNode, ...more: Edit['path']): Edit['path'] {
  return ['tabs', tab.index, 'graphData', 'nodes', node.index, ...more];
}

export function setProperty(tab: FlowTab, node: FlowNode, field: string, value: unknown): Edit {
  if (node.properties === NO_PROPERTIES) return { path: nodePath(tab, node, 'properties'), value: { [field]: value } };
  return { path: nodePath(tab, node, 'properties', field), value };
}

export function mendProperty(tab: FlowTab, node: FlowNode, field: string, value: unknown, text?: string): Mend {
  const words =
    text ?? `sets its ${field} to ${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}`;
  return { text: words, changes: () => [setProperty(tab, node, field, value)] };
}

/** A new list of inputs, or what is missing at the end of the one that is there. */
export function addInputs(tab: FlowTab, node: FlowNode, names: readonly string[]): readonly Edit[] {
  const added = names.map((name) => ({ name, type: 'image', link: null, label: ' ' }));
  if (node.ownInputs) {
    return added.map((value, i) => ({ path: nodePath(tab, node, 'inputs', node.inputs.length + i), value }));
  }
  const known = node.inputs.map(({ name, type, link }) => ({ name, type, link, label: ' ' }));
  return [{ path: nodePath(tab, node, 'inputs'), value: [...known, ...added] }];
}
