/** Storyboards with random damage that still parse: odd values, stray links, wrong notes, ids given twice, slots gone. */
import fc from 'fast-check';
import type { RawNode, TabBuilder } from './storyboard';
import { fileText } from './storyboard';

const JUNK = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -3, max: 12 }),
  fc.string(),
  fc.constantFrom<unknown>([], {}, [null, 3], [{ text: 'a row' }], true, false),
);

interface RawFile {
  tabs: { graphData: { nodes: RawNode[]; links: unknown[] } }[];
}

/** The text of a file with these tabs, damaged in a few places. */
export function mutilated(tabs: readonly TabBuilder[]): fc.Arbitrary<string> {
  const text = fileText(tabs);
  const most = Math.max(...tabs.map(({ nodes }) => nodes.length)) - 1;
  const where = { tab: fc.nat(tabs.length - 1), node: fc.nat(most) };
  const property = fc.record({ ...where, field: fc.constantFrom(...fieldsOf(tabs)), value: JUNK });
  const gone = fc.record({ ...where, field: fc.constantFrom(...fieldsOf(tabs)) });
  const note = fc.record({ ...where, slot: fc.nat(2), link: fc.option(fc.nat(20)), out: fc.boolean() });
  const id = fc.record({ ...where, id: fc.integer({ min: -1, max: 9 }) });
  const bare = fc.record({ ...where, part: fc.constantFrom('inputs', 'outputs', 'properties', 'title') });
  const counters = fc.record({
    tab: where.tab,
    last_node_id: fc.nat(9),
    last_link_id: fc.oneof(fc.nat(9), fc.string()),
  });
  const slot = fc.record({ ...where, name: fc.option(fc.constantFrom('pose', 'prompt', 'image 1', 'end frame')) });
  const rewire = fc.record({
    tab: where.tab,
    link: fc.tuple(fc.nat(20), fc.integer({ min: -1, max: 9 }), fc.nat(1), fc.integer({ min: -1, max: 9 }), fc.nat(3)),
  });
  const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
  return fc
    .tuple(few(property), few(gone), few(note), few(id), few(slot), few(rewire), few(bare), few(counters))
    .map(([properties, deleted, notes, ids, slots, links, bares, numbers]) => {
      const raw = JSON.parse(text) as RawFile;
      const at = (one: { tab: number; node: number }): RawNode | undefined =>
        raw.tabs[one.tab]?.graphData.nodes[one.node];
      for (const one of properties) Object.assign(at(one)?.properties ?? {}, { [one.field]: one.value });
      for (const one of deleted) delete at(one)?.properties[one.field];
      for (const one of slots) {
        if (one.name === null) at(one)?.inputs.pop();
        else Object.assign(at(one)?.inputs[0] ?? {}, { name: one.name });
      }
      for (const one of notes) {
        const [input, output] = [at(one)?.inputs[one.slot], at(one)?.outputs[0]];
        if (one.out && output) output.links = one.link === null ? [] : [...output.links, one.link];
        else if (input) input.link = one.link;
      }
      for (const one of ids) Object.assign(at(one) ?? {}, { id: one.id });
      for (const { tab, link } of links) raw.tabs[tab]?.graphData.links.push(link);
      for (const one of bares) Reflect.deleteProperty(at(one) ?? {}, one.part);
      for (const { tab, ...numbered } of numbers) Object.assign(raw.tabs[tab]?.graphData ?? {}, numbered);
      for (const tab of raw.tabs.slice(1)) tab.graphData.links = tab.graphData.links.map(asObject);
      return JSON.stringify(raw, null, 2);
    });
}

/** The form in which LiteGraph itself writes a link. */
function asObject(link: unknown): object {
  const [id, from, fromSlot, to, toSlot, type] = link as unknown[];
  return { id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type };
}

function fieldsOf(tabs: readonly TabBuilder[]): string[] {
  const own = tabs.flatMap(({ nodes }) => nodes.flatMap((node) => Object.keys(node.properties)));
  const more = [
    'templateMode',
    'dynamicMode',
    'dynamicRows',
    '_disabled',
    '_savedImages',
    '_savedClips',
    'variableName',
  ];
  return [...new Set([...own, ...more, '_savedApprovalImages'])];
}
