/** Everything a generator is fed with: rendered prompts, references, frames. The ground of both check and compile. */
import type { Report } from './findings';
import { quote } from './findings';
import type { TabGraph } from './graph';
import { linkInto } from './graph';
import { generatorKey, sourceOf } from './inputs';
import { nodeVideoMode } from './models';
import type { Renderer } from './render';
import type { FlowNode, Kind, Source } from './types';

export interface GeneratorInputs {
  readonly graph: TabGraph;
  readonly node: FlowNode;
  readonly key: string;
  readonly kind: Kind;
  /** Rows, or null when they can't be rendered. */
  readonly prompts: readonly string[] | null;
  readonly references: readonly Source[];
  readonly startFrame: Source | null;
  readonly endFrame: Source | null;
  /** Something linked leads nowhere: nothing may be made from what is left. */
  readonly incomplete: boolean;
}

const START = 1;
const END = 2;

/** Resolves a generator's inputs, reporting what is wrong with them. Slot 0 is the prompt, whatever it is called. */
export function generatorInputs(graph: TabGraph, node: FlowNode, render: Renderer, report: Report): GeneratorInputs {
  const kind: Kind = node.role === 'video' ? 'video' : 'image';
  const prompts = promptRows(graph, node, render, report);
  let incomplete = graph.tainted.has(node.id) || graph.cyclic.has(node.id);
  const at = (slot: number): Source | null => {
    const link = linkInto(graph, node, slot);
    const source = link ? sourceOf({ graph, report, consumer: node }, link) : null;
    if (link && !source) incomplete = true;
    return source;
  };
  const base = { graph, node, key: generatorKey(graph.tab.index, node.id), kind, prompts };
  if (kind === 'image') {
    const references = node.inputs.flatMap((_, slot) => (slot === 0 ? [] : (at(slot) ?? [])));
    return { ...base, references, startFrame: null, endFrame: null, incomplete };
  }
  if (nodeVideoMode(node.properties['mode']) === 'text') {
    return { ...base, references: [], startFrame: null, endFrame: null, incomplete };
  }
  const startFrame = at(START);
  const endFrame = at(END);
  if (!linkInto(graph, node, START) && !incomplete) reportNoStart(graph, node, endFrame !== null, report);
  return { ...base, references: [], startFrame, endFrame, incomplete: incomplete || startFrame === null };
}

function promptRows(graph: TabGraph, node: FlowNode, render: Renderer, report: Report): readonly string[] | null {
  const link = linkInto(graph, node, 0);
  const source = link && graph.byId.get(link.from);
  const add = (rule: string, text: string): null => {
    report.add(graph.tab, node, { rule, severity: 'error', text });
    return null;
  };
  if (!source) {
    if (graph.tainted.has(node.id)) return null;
    return add('Prompt.Empty', 'has no prompt linked to it, so money would be spent on nothing; link one');
  }
  // A cycle and an unknown type are findings of their own.
  if (source.role === 'unknown' || graph.cyclic.has(source.id)) return null;
  if (source.role !== 'prompt') {
    return add(
      'Prompt.Source',
      `its prompt input is fed by ${quote(source.title)}, which is no prompt; link a prompt to it`,
    );
  }
  const rows = render(source);
  const blank = rows ? rows.findIndex((row) => row.trim() === '') : -1;
  if (rows && blank >= 0) {
    const which = rows.length > 1 ? ` (row ${blank + 1})` : '';
    return add(
      'Prompt.Empty',
      `its prompt from ${quote(source.title)} is empty${which}; write one, an empty one is paid too`,
    );
  }
  return rows;
}

/** D23: the backend would make a clip from the text alone and charge for it. */
function reportNoStart(graph: TabGraph, node: FlowNode, hasEnd: boolean, report: Report): void {
  const what = hasEnd ? 'has an end frame but no start frame' : 'makes a video from frames but has no start frame';
  const text = `${what}, so G-Labs would ignore the pictures; link its start frame`;
  report.add(graph.tab, node, { rule: 'Frame.Missing', severity: 'error', text });
}

/** D7: the rows of a still against the rows of what is made from it. Answers the keys of those that don't fit. */
export function checkRowCounts(all: ReadonlyMap<string, GeneratorInputs>, report: Report): ReadonlySet<string> {
  const misfits = new Set<string>();
  for (const inputs of all.values()) {
    const count = inputs.prompts?.length;
    for (const source of [...inputs.references, inputs.startFrame, inputs.endFrame]) {
      const upstream = source?.kind === 'generated' ? all.get(source.from) : undefined;
      const stills = upstream?.prompts?.length;
      if (!upstream || !count || !stills || stills === 1 || stills === count) continue;
      const text =
        `has ${count} row${count === 1 ? '' : 's'} but ${quote(upstream.node.title)}, which it is made from, ` +
        `has ${stills}; give both the same number, or that one a single row`;
      report.add(inputs.graph.tab, inputs.node, { rule: 'Rows.Mismatch', severity: 'error', text });
      misfits.add(inputs.key);
    }
  }
  return misfits;
}
