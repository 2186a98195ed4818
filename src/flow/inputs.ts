/** Where a generator's references and frames come from: up through media and gates to a URL, a local file or a generator. */
import { entryUrls, pickOf } from './cached';
import type { Report } from './findings';
import { quote, shown, titles } from './findings';
import type { TabGraph } from './graph';
import { generatorsFedBy, linkInto } from './graph';
import { readReference } from './reference';
import type { FlowNode, Link, Pick, Source } from './types';

/** The key of a generator, `${tab}:${id}`. */
export function generatorKey(tab: number, id: number): string {
  return `${tab}:${id}`;
}

interface Walk {
  readonly graph: TabGraph;
  readonly report: Report;
  /** The generator whose input is asked for. */
  readonly consumer: FlowNode;
}

/** Follows a link upwards. Null when nothing usable is there; the reason has then been reported, once per node. */
export function sourceOf(walk: Walk, start: Link): Source | null {
  const { graph } = walk;
  let pick: Pick | null = null;
  const passed = new Set<number>();
  for (let link: Link | undefined = start; link;) {
    const node = graph.byId.get(link.from);
    // A cycle and a link from nobody are findings of their own.
    if (!node || graph.cyclic.has(node.id) || passed.has(node.id)) return null;
    passed.add(node.id);
    if (node.role === 'image') return { kind: 'generated', from: generatorKey(graph.tab.index, node.id), pick };
    if (node.role !== 'gate' && node.role !== 'media') return wrongSource(walk, node);
    warnIfMuted(walk, node);
    const up = linkInto(graph, node, 0);
    if (node.role === 'gate') {
      // Of gates in a row, the pick nearest to the consumer is the last word.
      pick ??= pickOf(node, { tab: graph.tab.index, id: node.id }, 'image');
      if (!up) return withoutInput(walk, node, pick);
    } else if (hasPicture(node)) {
      if (up) warnOfTwoSources(walk, node);
      return mediaSource(walk, node);
    } else if (!up) {
      return missing(walk, node);
    }
    link = up;
  }
  return null;
}

function hasPicture(node: FlowNode): boolean {
  const data = node.properties['imageData'];
  return data !== undefined && data !== null && data !== '';
}

/** A gate with nothing linked to it still holds a gallery: the pick in it, else its first picture, else its own picture. */
function withoutInput(walk: Walk, node: FlowNode, pick: Pick | null): Source | null {
  if (pick) return { kind: 'url', url: pick.url };
  const first = entryUrls(node.properties['_savedApprovalImages']).find((url) => url !== null);
  if (first !== undefined && first !== null) return { kind: 'url', url: first };
  return hasPicture(node) ? mediaSource(walk, node) : missing(walk, node);
}

function mediaSource({ graph, report }: Walk, node: FlowNode): Source | null {
  const read = readReference(node.properties['imageData']);
  if (read.kind === 'url') return { kind: 'url', url: read.url };
  if (read.kind === 'local') return { kind: 'local', path: read.path, node: { tab: graph.tab.index, id: node.id } };
  if (read.kind === 'embedded') {
    report.add(graph.tab, node, {
      rule: 'Reference.Base64',
      severity: 'error',
      text: `holds the picture itself instead of a link to it, and ${titles(generatorsFedBy(graph, node))} would go without; PatchWork drops such pictures; upload it in PatchWork, or save it in the project and put its path here`,
    });
    return null;
  }
  const text = `its picture is ${shown(node.properties['imageData'])}: ${read.reason}; give it an http(s) link or a path inside the project`;
  report.add(graph.tab, node, { rule: 'Reference.Invalid', severity: 'error', text });
  return null;
}

function missing({ graph, report }: Walk, node: FlowNode): null {
  if (graph.tainted.has(node.id)) return null;
  const users = titles(generatorsFedBy(graph, node));
  const what =
    node.role === 'gate'
      ? `has nothing linked to it and no picture (needed by ${users}); link an image node to it`
      : `holds no picture (needed by ${users}); upload one or put its link in`;
  report.add(graph.tab, node, { rule: 'Reference.Missing', severity: 'error', text: what });
  return null;
}

function wrongSource({ graph, report, consumer }: Walk, node: FlowNode): null {
  const to = quote(consumer.title);
  if (node.role === 'video') {
    const text = `its video goes into ${to}, which takes pictures only; link an image node or a reference to it`;
    report.add(graph.tab, node, { rule: 'Reference.Video', severity: 'error', text });
  } else if (node.role === 'preview' || node.role === 'prompt') {
    const kind = node.role === 'preview' ? 'a preview, which carries nothing on' : 'a prompt';
    const text = `its picture comes from ${quote(node.title)}, which is ${kind}; link a reference, an approve or an image node to it`;
    report.add(graph.tab, consumer, { rule: 'Reference.WrongNode', severity: 'error', text });
  }
  // An unknown type on the way to a generator is a finding of its own (D20).
  return null;
}

function warnIfMuted({ graph, report }: Walk, node: FlowNode): void {
  if (!node.muted) return;
  const text = `is muted but still used for ${titles(generatorsFedBy(graph, node))}; relink or unmute it`;
  report.add(graph.tab, node, { rule: 'Node.Muted', severity: 'warning', text });
}

function warnOfTwoSources({ graph, report }: Walk, node: FlowNode): void {
  const text = 'holds a picture and has something linked to it; its own picture is used, clear it to use the link';
  report.add(graph.tab, node, { rule: 'Reference.TwoSources', severity: 'warning', text });
}
