/** Changes of links and ids that mend a tab. */
import { accountLabel } from './findings';
import type { Change, Mend } from './fix-edits';
import { nodePath } from './fix-edits';
import type { TabGraph } from './graph';
import type { Edit } from './patches';
import type { FlowDocument, FlowTab, Link } from './types';

/** What tools that need ids unique over the whole file add to every id of a tab, per tab index. */
export const ID_OFFSET = 100_000;

/** Numbers of a link's fields, written as a list or as an object. */
const LINK_FIELDS = {
  id: [0, 'id'],
  from: [1, 'origin_id'],
  to: [3, 'target_id'],
  toSlot: [4, 'target_slot'],
} as const;

/** Throws a plain Error for a link that is not one of the tab's own objects. */
function linkPath(tab: FlowTab, link: Link): Edit['path'] {
  const place = tab.links.indexOf(link);
  if (place < 0) throw new Error(`link ${link.id} is not in the list of its tab`);
  return ['tabs', tab.index, 'graphData', 'links', place];
}

export function setLink(tab: FlowTab, link: Link, field: keyof typeof LINK_FIELDS, value: number): Edit {
  const [inList, inObject] = LINK_FIELDS[field];
  return { path: [...linkPath(tab, link), link.asObject ? inObject : inList], value };
}

/** Null where the new ids would meet others, or where groups name nodes in a way that we do not read. */
export function renumbering(document: FlowDocument, tab: FlowTab): Mend | null {
  const offset = tab.index * ID_OFFSET;
  const next = new Set(tab.nodes.map(({ id }) => id + offset));
  const meets = document.tabs.some((other) => other !== tab && other.nodes.some(({ id }) => next.has(id)));
  if (meets || tab.hasNodeGroups) return null;
  return {
    text: `adds ${offset} to every node and link id of ${accountLabel(tab)}`,
    changes: () => renumber(tab, offset),
  };
}

/** Adds a number to every id of a tab and to everything that names one. */
function renumber(tab: FlowTab, offset: number): readonly Edit[] {
  const nodes = tab.nodes.flatMap((node): Edit[] => [
    { path: nodePath(tab, node, 'id'), value: node.id + offset },
    ...(node.ownInputs ? node.inputs : []).flatMap(({ link }, slot): Edit[] =>
      link === null ? [] : [{ path: nodePath(tab, node, 'inputs', slot, 'link'), value: link + offset }],
    ),
    ...(node.ownOutputs ? node.outputs : []).flatMap(({ links }, slot): Edit[] =>
      links.map((link, i) => ({ path: nodePath(tab, node, 'outputs', slot, 'links', i), value: link + offset })),
    ),
  ]);
  const links = tab.links.flatMap((link) =>
    (['id', 'from', 'to'] as const).map((field) => setLink(tab, link, field, link[field] + offset)),
  );
  const counters = Object.entries(tab.counters).map(([name, value]): Edit => ({
    path: ['tabs', tab.index, 'graphData', name],
    value: value + offset,
  }));
  return [...nodes, ...links, ...counters];
}

/** With the notes of it; null where an input elsewhere names the link, which may be where it belongs. */
export function removeLink({ tab, faults }: TabGraph, link: Link): Mend | null {
  const named = tab.nodes.filter(
    (node) => node.id !== link.from && node.inputs.some((input) => input.link === link.id),
  );
  const isTwice = faults.some((fault) => fault.kind === 'same-id' && fault.link.id === link.id);
  if (named.length > 0 || isTwice) return null;
  const notes = (): Change[] =>
    tab.nodes.flatMap((node) => [
      ...(node.ownInputs ? node.inputs : []).flatMap((input, slot): Change[] =>
        input.link === link.id ? [{ path: nodePath(tab, node, 'inputs', slot, 'link'), value: null }] : [],
      ),
      ...(node.ownOutputs ? node.outputs : []).flatMap(({ links }, slot): Change[] =>
        links.flatMap((id, i) =>
          id === link.id ? [{ path: nodePath(tab, node, 'outputs', slot, 'links', i), remove: true as const }] : [],
        ),
      ),
    ]);
  return {
    text: `removes link ${link.id}`,
    changes: () => [{ path: linkPath(tab, link), remove: true }, ...notes()],
  };
}
