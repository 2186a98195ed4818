/** Placeholders of a template and the input slots that feed them. */
import type { TabGraph } from './graph';
import { linkInto } from './graph';
import type { FlowNode } from './types';

const BRACES = /\{([^{}"\n]{1,80})\}/g;
const WORD = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

export interface TemplateSlot {
  readonly placeholder: string;
  /** Input slot index, null when no slot can feed it. */
  readonly input: number | null;
  /** True when the slot's name is not the placeholder's (rule 7): PatchWork would delete the slot. */
  readonly unmatched: boolean;
}

/** The text of a prompt node; not a string counts as empty. */
export function textOf(node: FlowNode): string {
  const text = node.properties['text'];
  return typeof text === 'string' ? text : '';
}

/** Words in braces, as far as they look like placeholders; JSON's own braces don't. */
export function literalsIn(text: string): readonly string[] {
  return [...text.matchAll(BRACES)].flatMap((match) => (match[1] && WORD.test(match[1]) ? [match[1]] : []));
}

/**
 * The placeholders of a template in order of appearance, each with its slot. A lone placeholder without a slot and a lone
 * linked slot without a placeholder belong together: one of the two was misspelt.
 */
export function templateSlots(graph: TabGraph, node: FlowNode): readonly TemplateSlot[] {
  const slots = new Map<string, number>();
  node.inputs.forEach((input, index) => {
    const linked = linkInto(graph, node, index) !== undefined;
    if (linked || !slots.has(input.name)) slots.set(input.name, index);
  });
  const names = new Set<string>();
  for (const match of textOf(node).matchAll(BRACES)) {
    const name = match[1] ?? '';
    if (WORD.test(name) || slots.has(name)) names.add(name);
  }
  const strange = strangeSlots(graph, node, names);
  const orphans = [...names].filter((name) => !slots.has(name));
  const pair = strange.length === 1 && orphans.length === 1 ? (strange[0] ?? null) : null;
  return [...names].map((placeholder) => {
    const input = slots.get(placeholder);
    if (input !== undefined) return { placeholder, input, unmatched: false };
    return { placeholder, input: pair, unmatched: strange.length > 0 };
  });
}

/** Linked input slots of a template whose name is none of its placeholders. */
export function strangeSlots(graph: TabGraph, node: FlowNode, names: ReadonlySet<string>): readonly number[] {
  return node.inputs.flatMap((input, index) => (!names.has(input.name) && linkInto(graph, node, index) ? [index] : []));
}
