/** Muted nodes (D18): they don't run, so what is wrong with them hurts only where something active needs them. */
import { cacheEntries } from './cached';
import type { Report } from './findings';
import { quote } from './findings';
import type { GeneratorInputs } from './generator-inputs';
import type { TabGraph } from './graph';
import { upstreamOf } from './graph';
import { isGenerator } from './roles';
import type { Finding } from './types';

/** An active generator made from a muted one without a picture will be skipped: said before the pass. */
export function checkMutedUpstream(all: ReadonlyMap<string, GeneratorInputs>, report: Report): void {
  for (const { node, graph, kind, references, startFrame, endFrame } of all.values()) {
    if (node.muted) continue;
    for (const source of [...references, startFrame, endFrame]) {
      const upstream = source?.kind === 'generated' ? all.get(source.from) : undefined;
      if (!upstream?.node.muted) continue;
      if (cacheEntries(upstream.node, { kind: upstream.kind, vocabulary: graph.tab.vocabulary }).length > 0) continue;
      const what = kind === 'image' ? 'this picture' : 'this clip';
      const text = `is made from ${quote(upstream.node.title)}, which is muted and has no picture yet, so ${what} will be skipped; unmute it`;
      report.add(graph.tab, node, { rule: 'Node.Muted', severity: 'warning', text });
    }
  }
}

/** Findings on what only muted generators need become warnings. Ids are the file's own trouble and stay errors. */
export function milderWhereMuted(graphs: readonly TabGraph[], findings: readonly Finding[]): readonly Finding[] {
  const idle = graphs.map((graph) => {
    const generators = [...graph.byId.values()].filter(isGenerator);
    const ids = (muted: boolean): number[] => generators.filter((node) => node.muted === muted).map((node) => node.id);
    const needed = upstreamOf(graph, ids(false));
    return new Set([...upstreamOf(graph, ids(true))].filter((id) => !needed.has(id)));
  });
  return findings.map((finding) => {
    const { tab, node, severity, rule } = finding;
    if (severity !== 'error' || tab === null || node === null || rule === 'Graph.DuplicateId') return finding;
    return idle[tab]?.has(node) ? { ...finding, severity: 'warning' } : finding;
  });
}
