/** From the parsed file to the domain types: defaults for what real files leave out, roles, vocabularies. */
import { isMuted, roleOf, vocabularyOf } from './roles';
import type { RawFile, RawLink, RawNode, RawTab } from './schema';
import type { FlowDocument, FlowNode, FlowTab, InputSlot, Link, NodeRole, OutputSlot } from './types';

/** The properties of a node that has none in the file, not even an empty object. */
export const NO_PROPERTIES: Readonly<Record<string, unknown>> = Object.freeze({});

/** Slot names that PatchWork gives, for nodes written without an `inputs` or `outputs` list. */
const INPUT_NAMES: Readonly<Record<NodeRole, readonly string[]>> = {
  image: ['prompt', 'image 1', 'image 2', 'image 3'],
  video: ['prompt', 'start frame', 'end frame'],
  gate: ['input'],
  media: ['input'],
  preview: ['input'],
  prompt: [],
  unknown: [],
};

export function documentOf(raw: RawFile): FlowDocument {
  const format = raw.format ?? null;
  return { name: raw.name ?? null, format, tabs: raw.tabs.map((tab, index) => tabOf(tab, index, format)) };
}

function tabOf(raw: RawTab, index: number, format: string | null): FlowTab {
  const links = (raw.graphData?.links ?? []).map(linkOf);
  const into = grouped(links, (link) => link.to);
  const outOf = grouped(links, (link) => link.from);
  const rawNodes = raw.graphData?.nodes ?? [];
  const nodes = rawNodes.map((node, position) =>
    nodeOf(node, position, into.get(node.id) ?? [], outOf.get(node.id) ?? []),
  );
  return {
    index,
    name: raw.name ?? '',
    vocabulary: vocabularyOf(nodes, format),
    nodes,
    links,
    counters: countersOf(raw.graphData),
    hasNodeGroups: hasNodeGroups(raw.graphData?.extra),
  };
}

function countersOf(graph: RawTab['graphData']): FlowTab['counters'] {
  const noted = (['last_node_id', 'last_link_id'] as const).flatMap((name) => {
    const value = graph?.[name];
    return typeof value === 'number' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(noted);
}

function hasNodeGroups(extra: unknown): boolean {
  if (typeof extra !== 'object' || extra === null || !('nodeGroups' in extra)) return false;
  const groups = extra.nodeGroups;
  return typeof groups === 'object' && groups !== null && Object.keys(groups).length > 0;
}

function grouped(links: readonly Link[], keyOf: (link: Link) => number): ReadonlyMap<number, readonly Link[]> {
  const groups = new Map<number, Link[]>();
  for (const link of links) {
    const group = groups.get(keyOf(link));
    if (group) group.push(link);
    else groups.set(keyOf(link), [link]);
  }
  return groups;
}

function linkOf(raw: RawLink): Link {
  if (Array.isArray(raw)) {
    const [id, from, fromSlot, to, toSlot, type] = raw;
    return { id, from, fromSlot, to, toSlot, type: typeof type === 'string' ? type : '*' };
  }
  const { id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type } = raw;
  return { id, from, fromSlot, to, toSlot, type: String(type ?? '*'), asObject: true };
}

function nodeOf(raw: RawNode, index: number, into: readonly Link[], outOf: readonly Link[]): FlowNode {
  const properties = raw.properties ?? NO_PROPERTIES;
  const role = roleOf(raw.type, properties);
  return {
    id: raw.id,
    type: raw.type,
    title: raw.title?.trim() ? raw.title : `Node ${raw.id}`,
    role,
    muted: isMuted(raw.mode ?? 0, properties),
    index,
    properties,
    inputs: raw.inputs
      ? raw.inputs.map((slot) => ({ name: slot.name ?? '', type: String(slot.type ?? '*'), link: slot.link ?? null }))
      : inputsFromLinks(role, into),
    outputs: raw.outputs
      ? raw.outputs.map((slot) => ({ name: slot.name ?? '', type: String(slot.type ?? '*'), links: slot.links ?? [] }))
      : outputsFromLinks(outOf),
    ownInputs: Array.isArray(raw.inputs),
    ownOutputs: Array.isArray(raw.outputs),
  };
}

/** A node written without its copies of the links gets them from the table, so that their absence is not taken for a fault. */
function inputsFromLinks(role: NodeRole, into: readonly Link[]): InputSlot[] {
  const slots: InputSlot[] = [];
  for (const link of into) {
    if (link.toSlot < 0 || link.toSlot > 100) continue;
    while (slots.length <= link.toSlot) {
      slots.push({ name: INPUT_NAMES[role][slots.length] ?? '', type: '*', link: null });
    }
    slots[link.toSlot] = { name: INPUT_NAMES[role][link.toSlot] ?? '', type: link.type, link: link.id };
  }
  return slots;
}

function outputsFromLinks(outOf: readonly Link[]): OutputSlot[] {
  const links = outOf.filter((link) => link.fromSlot === 0).map((link) => link.id);
  return [{ name: 'output', type: '*', links }];
}
