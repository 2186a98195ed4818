/** Checks of ids and links: rules 8 and 9, cycles, repeated ids (D21), nodes of unknown type (D20). */
import { checkNotes } from './check-notes';
import type { Report } from './findings';
import { accountLabel, quote, titles } from './findings';
import type { Mend } from './fix-edits';
import { removeLink, renumbering, setLink } from './fix-links';
import type { LinkFault, TabGraph } from './graph';
import { generatorsFedBy } from './graph';
import type { FlowDocument, FlowNode, FlowTab } from './types';

/** All link and id checks of one tab. */
export function checkLinks(graph: TabGraph, report: Report): void {
  checkOwnIds(graph.tab, report);
  for (const fault of graph.faults) reportFault(graph, fault, report);
  for (const cycle of graph.cycles) reportCycle(graph, cycle, report);
  checkNotes(graph, report);
  checkCounters(graph.tab, report);
  checkTypes(graph, report);
}

function checkOwnIds(tab: FlowTab, report: Report): void {
  const first = new Map<number, FlowNode>();
  for (const node of tab.nodes) {
    const other = first.get(node.id);
    if (!other) {
      first.set(node.id, node);
      continue;
    }
    const text = `has the same id (${node.id}) as ${quote(other.title)}, so links to them can't be told apart; give one of them a new id`;
    report.add(tab, node, { rule: 'Graph.DuplicateId', severity: 'error', text });
  }
}

/** PatchWork numbers what is added from here on: a counter that is behind gives an id out again. */
function checkCounters(tab: FlowTab, report: Report): void {
  const used = { last_node_id: tab.nodes.map(({ id }) => id), last_link_id: tab.links.map(({ id }) => id) };
  for (const [name, ids] of Object.entries(used)) {
    const noted = tab.counters[name as keyof FlowTab['counters']];
    const highest = ids.reduce((most, id) => Math.max(most, id), 0);
    if (noted === undefined || noted >= highest) continue;
    report.add(tab, null, {
      rule: 'Graph.Counter',
      severity: 'warning',
      text: `its ${name} is ${noted} but ${highest} is given already, so PatchWork would give ids out twice; set it to ${highest}`,
      fix: {
        text: `sets its ${name} to ${highest}`,
        changes: () => [{ path: ['tabs', tab.index, 'graphData', name], value: highest }],
      },
    });
  }
}

/** D21: ids repeated across tabs break the wiki's tools, which take the id alone as the key; one finding per tab. */
export function checkIdsAcrossTabs(document: FlowDocument, report: Report): void {
  const owner = new Map<number, FlowTab>();
  for (const tab of document.tabs) {
    const shared = tab.nodes.filter((node) => {
      const other = owner.get(node.id);
      return other && (tab.vocabulary === 'wiki' || other.vocabulary === 'wiki');
    });
    const other = shared[0] && owner.get(shared[0].id);
    if (other) {
      const count = new Set(shared.map((node) => node.id)).size;
      report.add(tab, null, {
        rule: 'Graph.DuplicateId',
        severity: 'error',
        text: `${count} node id${count === 1 ? ' is' : 's are'} also used in ${accountLabel(other)}; ids must be unique in the whole file, renumber this tab`,
        fix: renumbering(document, tab),
      });
    }
    for (const node of tab.nodes) if (!owner.has(node.id)) owner.set(node.id, tab);
  }
}

function reportFault(graph: TabGraph, fault: LinkFault, report: Report): void {
  const { link } = fault;
  const target = graph.byId.get(link.to) ?? null;
  const source = graph.byId.get(link.from) ?? null;
  const error = (rule: string, node: FlowNode | null, text: string, fix: Mend | null = null): void =>
    report.add(graph.tab, node, { rule, severity: 'error', text, fix });
  switch (fault.kind) {
    case 'self':
      return error(
        'Graph.SelfLoop',
        target,
        `link ${link.id} goes from this node into itself; remove it`,
        removeLink(graph, link),
      );
    case 'no-source':
      return error(
        'Graph.NoSource',
        target,
        `link ${link.id} comes from node ${link.from}, which does not exist; link the input again`,
      );
    case 'no-output':
      return error(
        'Graph.NoSource',
        source,
        `link ${link.id} leaves from output ${link.fromSlot + 1}, which this node does not have; link it again`,
      );
    case 'no-target':
      return error(
        'R8',
        source,
        `link ${link.id} goes to node ${link.to}, which does not exist; remove it`,
        removeLink(graph, link),
      );
    case 'no-slot':
      return reportNoSlot(graph, target, fault, report);
    case 'same-id':
      return error(
        'Graph.DuplicateLinkId',
        target,
        `the link id ${link.id} is used twice in this tab; link one of the two inputs again`,
      );
    case 'two':
      return error(
        'Graph.TwoLinksOneInput',
        target,
        `two links (${fault.other.id} and ${link.id}) go into one input, which takes one; remove the wrong one`,
      );
  }
}

function reportNoSlot(
  graph: TabGraph,
  target: FlowNode | null,
  { link, slot }: Extract<LinkFault, { kind: 'no-slot' }>,
  report: Report,
): void {
  const source = graph.byId.get(link.from);
  const text = `the link from ${quote(source?.title ?? '')} goes to input ${link.toSlot + 1}, which this node does not have, so it never arrives; link it again`;
  const name = slot === null ? null : target?.inputs[slot]?.name;
  const taken = graph.faults.some((fault) => fault.kind === 'two' && (fault.link === link || fault.other === link));
  const fix =
    slot === null || taken
      ? null
      : {
          text: `points link ${link.id} at the input ${quote(name ?? '')}, which names it`,
          changes: () => [setLink(graph.tab, link, 'toSlot', slot)],
        };
  report.add(graph.tab, target, { rule: 'R8', severity: 'error', text, fix });
}

function reportCycle(graph: TabGraph, cycle: readonly FlowNode[], report: Report): void {
  const nodes = [...cycle].sort((a, b) => a.index - b.index);
  const text = `${titles(nodes)} wait for one another in a circle, so none can start; remove one of the links between them`;
  report.add(graph.tab, nodes[0] ?? null, { rule: 'Graph.Cycle', severity: 'error', text });
}

function checkTypes(graph: TabGraph, report: Report): void {
  for (const node of graph.tab.nodes) {
    if (node.role !== 'unknown') continue;
    const users = generatorsFedBy(graph, node);
    const text =
      users.length > 0
        ? `is of the type ${quote(node.type)}, which nbflow does not know, and it feeds ${titles(users)}; replace it with a prompt, media or approve node`
        : `is of the type ${quote(node.type)}, which nbflow does not know; it is left alone`;
    report.add(graph.tab, node, { rule: 'Graph.UnknownType', severity: users.length > 0 ? 'error' : 'note', text });
  }
}
