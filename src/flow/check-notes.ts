/** Rule 9: the copies of links that nodes carry against the tab's list of links, which counts. */
import type { Report } from './findings';
import { titles } from './findings';
import { nodePath } from './fix-edits';
import type { TabGraph } from './graph';
import type { Edit } from './patches';
import type { FlowNode, Link } from './types';

/** PatchWork follows the copies and drops what they don't show. One finding per tab, and one for what needs a person. */
export function checkNotes(graph: TabGraph, report: Report): void {
  const table = tableOf(graph);
  const stale = graph.tab.nodes
    .filter((node) => graph.byId.get(node.id) === node)
    .map((node) => ({ node, edits: noteEdits(graph, table, node) }))
    .filter(({ edits }) => edits.length > 0);
  const doubtful = doubtfulNodes(graph, table);
  const mendable = stale.filter(({ node }) => !doubtful.has(node));
  const first = mendable[0];
  if (first) {
    report.add(graph.tab, first.node, {
      rule: 'R9',
      severity: 'error',
      text: `the links noted in ${titles(mendable.map(({ node }) => node))} differ from the tab's list of links, and PatchWork would silently drop a picture or a prompt; link them again in PatchWork, or correct the notes`,
      fix: {
        text: `rewrites the link notes of ${mendable.length} node${mendable.length === 1 ? '' : 's'} from the list of links`,
        changes: () => mendable.flatMap(({ edits }) => edits),
      },
    });
  }
  const left = stale.map(({ node }) => node).filter((node) => doubtful.has(node));
  if (!left[0]) return;
  const text = `the links noted in ${titles(left)} differ from the tab's list of links in a way that can be meant or not (${doubtful.get(left[0]) ?? ''}); link them again in PatchWork`;
  report.add(graph.tab, left[0], { rule: 'R9', severity: 'error', text });
}

/** The list of links, by where they go and where they come from; links with a fault of their own are told elsewhere. */
interface Table {
  readonly told: ReadonlySet<number>;
  readonly into: ReadonlyMap<string, Link>;
  readonly outOf: ReadonlyMap<string, readonly Link[]>;
  readonly ids: ReadonlySet<number>;
}

function tableOf({ tab, faults }: TabGraph): Table {
  const told = new Set(faults.flatMap((fault) => [fault.link.id, ...(fault.kind === 'two' ? [fault.other.id] : [])]));
  const into = new Map<string, Link>();
  const outOf = new Map<string, Link[]>();
  for (const link of tab.links) {
    if (told.has(link.id)) continue;
    into.set(`${link.to}/${link.toSlot}`, link);
    const from = `${link.from}/${link.fromSlot}`;
    outOf.set(from, [...(outOf.get(from) ?? []), link]);
  }
  return { told, into, outOf, ids: new Set(tab.links.map(({ id }) => id)) };
}

/** What the notes of a node must become; empty when they are right. */
function noteEdits({ tab }: TabGraph, { told, into, outOf }: Table, node: FlowNode): readonly Edit[] {
  const inputs = (node.ownInputs ? node.inputs : []).flatMap(({ link }, slot): Edit[] => {
    const right = into.get(`${node.id}/${slot}`)?.id ?? null;
    if (link === right || (link !== null && told.has(link))) return [];
    return [{ path: nodePath(tab, node, 'inputs', slot, 'link'), value: right }];
  });
  const outputs = (node.ownOutputs ? node.outputs : []).flatMap(({ links }, slot): Edit[] => {
    const right = (outOf.get(`${node.id}/${slot}`) ?? []).map(({ id }) => id);
    const kept = links.filter((id) => told.has(id) || right.includes(id));
    if (kept.length === links.length && right.every((id) => links.includes(id))) return [];
    const next = [...right, ...kept.filter((id) => told.has(id))];
    return [{ path: nodePath(tab, node, 'outputs', slot, 'links'), value: next }];
  });
  return [...inputs, ...outputs];
}

/** Nodes whose notes may be the better witness, with the reason. */
function doubtfulNodes({ tab, byId, cyclic }: TabGraph, { ids }: Table): ReadonlyMap<FlowNode, string> {
  const doubtful = new Map<FlowNode, string>();
  const twice = new Set(tab.nodes.filter((node) => byId.get(node.id) !== node).map(({ id }) => id));
  const [givers, takers] = [new Map<number, FlowNode>(), new Map<number, FlowNode>()];
  for (const node of tab.nodes) {
    if (twice.has(node.id)) doubtful.set(node, 'two nodes have one id');
    // Somebody moved a link there, and the note may say where it was before.
    if (cyclic.size > 0) doubtful.set(node, 'nodes wait for one another in a circle here');
    for (const { link } of node.inputs) if (link !== null) takers.set(link, node);
    for (const { links } of node.outputs) for (const id of links) givers.set(id, node);
  }
  for (const [id, taker] of takers) {
    const giver = givers.get(id);
    if (ids.has(id) || !giver) continue;
    for (const node of [giver, taker]) doubtful.set(node, `both ends note link ${id}, which the list lacks`);
  }
  return doubtful;
}
