/** The graph of one tab: only links that lead from somewhere to somewhere. The `links` table counts, the nodes' copies don't. */
import { isGenerator } from './roles';
import type { FlowNode, FlowTab, Link } from './types';

export type LinkFault =
  | { readonly kind: 'self' | 'no-target' | 'no-source' | 'no-output' | 'same-id'; readonly link: Link }
  /** `slot` is the input whose copy names the link, when exactly one does. */
  | { readonly kind: 'no-slot'; readonly link: Link; readonly slot: number | null }
  | { readonly kind: 'two'; readonly link: Link; readonly other: Link };

export interface TabGraph {
  readonly tab: FlowTab;
  /** The first node of an id. */
  readonly byId: ReadonlyMap<number, FlowNode>;
  /** Node id -> input slot -> link. */
  readonly into: ReadonlyMap<number, ReadonlyMap<number, Link>>;
  readonly outOf: ReadonlyMap<number, readonly Link[]>;
  readonly faults: readonly LinkFault[];
  /** Nodes that lost an input to a broken link: what they miss is the link's fault, not another one. */
  readonly tainted: ReadonlySet<number>;
  /** Groups of nodes that wait for one another. */
  readonly cycles: readonly (readonly FlowNode[])[];
  readonly cyclic: ReadonlySet<number>;
}

/** Builds the graph of a tab; broken links are kept out of it and listed as faults. */
export function tabGraph(tab: FlowTab): TabGraph {
  const byId = new Map<number, FlowNode>();
  for (const node of tab.nodes) if (!byId.has(node.id)) byId.set(node.id, node);
  const { into, faults, tainted } = placeLinks(tab, byId);
  const outOf = new Map<number, Link[]>();
  for (const slots of into.values()) {
    for (const link of slots.values()) {
      const links = outOf.get(link.from);
      if (links) links.push(link);
      else outOf.set(link.from, [link]);
    }
  }
  const cycles = findCycles(byId, into, outOf);
  const cyclic = new Set(cycles.flat().map((node) => node.id));
  return { tab, byId, into, outOf, faults, tainted, cycles, cyclic };
}

interface Placed {
  readonly into: Map<number, Map<number, Link>>;
  readonly faults: LinkFault[];
  readonly tainted: Set<number>;
}

function placeLinks(tab: FlowTab, byId: ReadonlyMap<number, FlowNode>): Placed {
  const placed: Placed = { into: new Map(), faults: [], tainted: new Set() };
  const ids = new Set<number>();
  for (const link of tab.links) {
    if (ids.has(link.id)) placed.faults.push({ kind: 'same-id', link });
    ids.add(link.id);
    placeLink(link, byId, placed);
  }
  return placed;
}

function placeLink(link: Link, byId: ReadonlyMap<number, FlowNode>, { into, faults, tainted }: Placed): void {
  const source = byId.get(link.from);
  const target = byId.get(link.to);
  if (!source || !target || source === target) {
    faults.push({ kind: !source ? 'no-source' : !target ? 'no-target' : 'self', link });
    tainted.add(link.to);
    return;
  }
  if (!source.outputs[link.fromSlot]) faults.push({ kind: 'no-output', link });
  const slot = target.inputs[link.toSlot] ? link.toSlot : namedSlot(target, link);
  if (slot !== link.toSlot) faults.push({ kind: 'no-slot', link, slot });
  if (slot === null) {
    tainted.add(link.to);
    return;
  }
  const slots = into.get(target.id) ?? new Map<number, Link>();
  into.set(target.id, slots);
  const other = slots.get(slot);
  if (other) faults.push({ kind: 'two', link, other });
  // Of two links the one that the node itself shows is followed, so that what else is found makes sense.
  if (!other || target.inputs[slot]?.link === link.id) slots.set(slot, link);
}

function namedSlot(target: FlowNode, link: Link): number | null {
  const named = target.inputs.flatMap((input, index) => (input.link === link.id ? [index] : []));
  return named.length === 1 ? (named[0] ?? null) : null;
}

type Edges = ReadonlyMap<number, readonly number[]>;

/** Peels off what nothing waits for and what waits for nothing; what stays lies on cycles, or between two of them. */
function findCycles(
  byId: ReadonlyMap<number, FlowNode>,
  into: ReadonlyMap<number, ReadonlyMap<number, Link>>,
  outOf: ReadonlyMap<number, readonly Link[]>,
): FlowNode[][] {
  const before: Edges = new Map([...into].map(([id, slots]) => [id, [...slots.values()].map((link) => link.from)]));
  const after: Edges = new Map([...outOf].map(([id, links]) => [id, links.map((link) => link.to)]));
  let left = peel(new Set(byId.keys()), before, after);
  left = peel(left, after, before);
  const groups: FlowNode[][] = [];
  while (left.size > 0) {
    const [start] = left;
    if (start === undefined) break;
    const group = reach([start], (id) =>
      [...(before.get(id) ?? []), ...(after.get(id) ?? [])].filter((n) => left.has(n)),
    );
    groups.push([...group].flatMap((id) => byId.get(id) ?? []));
    left = new Set([...left].filter((id) => !group.has(id)));
  }
  return groups;
}

function peel(ids: ReadonlySet<number>, before: Edges, after: Edges): Set<number> {
  const left = new Set(ids);
  const waiting = new Map<number, number>();
  for (const id of ids) waiting.set(id, (before.get(id) ?? []).filter((other) => ids.has(other)).length);
  const free = [...ids].filter((id) => waiting.get(id) === 0);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const next of after.get(id) ?? []) {
      const count = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, count);
      if (count === 0 && left.has(next)) free.push(next);
    }
  }
  return left;
}

/** Every id that can be reached from `start`, itself included. */
function reach(start: Iterable<number>, next: (id: number) => readonly number[]): Set<number> {
  const seen = new Set(start);
  const open = [...seen];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next(id)) {
      if (seen.has(other)) continue;
      seen.add(other);
      open.push(other);
    }
  }
  return seen;
}

/** Ids of the given nodes and of all that they are made from. */
export function upstreamOf(graph: TabGraph, start: Iterable<number>): Set<number> {
  return reach(start, (id) => [...(graph.into.get(id)?.values() ?? [])].map((link) => link.from));
}

/** The nearest generators that a node feeds, through prompts, media and gates; file order. */
export function generatorsFedBy(graph: TabGraph, node: FlowNode): readonly FlowNode[] {
  const seen = reach([node.id], (id) => {
    const here = graph.byId.get(id);
    if (id !== node.id && here && isGenerator(here)) return [];
    return (graph.outOf.get(id) ?? []).map((link) => link.to);
  });
  seen.delete(node.id);
  return [...seen]
    .flatMap((id) => graph.byId.get(id) ?? [])
    .filter(isGenerator)
    .sort((a, b) => a.index - b.index);
}

/** The link into an input slot, if there is a sound one. */
export function linkInto(graph: TabGraph, node: FlowNode, slot: number): Link | undefined {
  return graph.into.get(node.id)?.get(slot);
}
