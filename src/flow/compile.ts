/** A parsed file with everything derived from it alone: generators in order, their rows, sources and names. */
import { analyse } from './analysis';
import type { Analysis, FileFacts } from './analysis';
import { cachedUrls, otherEntries } from './cached';
import type { GeneratorInputs } from './generator-inputs';
import { DEFAULT_RATIO, imageModel, videoModel, videoResolution } from './models';
import { namingOf } from './naming';
import { sceneOf } from './scene';
import type { CompiledFlow, FlowDocument, Generator, GeneratorRow, Naming, NodeRef } from './types';

/**
 * Compiles a document. Never throws: what is wrong is in `findings`, and a generator that can't be rendered has no rows.
 * Generators come after those they depend on, else in file order; on a cycle (an error) no order is promised.
 */
export function compileFlow(document: FlowDocument, facts: FileFacts = {}): CompiledFlow {
  const analysis = analyse(document, facts);
  const named = [...analysis.inputs.values()].map(({ key, kind, node, graph }) => ({
    key,
    kind,
    node,
    tab: graph.tab.index,
  }));
  const names = namingOf(document.tabs, named);
  const generators = new Map<string, Generator>();
  for (const inputs of analysis.inputs.values()) {
    const naming = names.get(inputs.key) ?? { folder: null, stem: `node-${inputs.node.id}` };
    generators.set(inputs.key, generatorOf(inputs, naming, analysis));
  }
  const ordered = inOrder(generators);
  return { document, findings: analysis.findings, generators: ordered, byKey: new Map(ordered.map((g) => [g.key, g])) };
}

function generatorOf(inputs: GeneratorInputs, naming: Naming, { misfits }: Analysis): Generator {
  const { graph, node, key, kind } = inputs;
  const { model, veoModel, outputCount, aspectRatio, durationSeconds, timeout, resolution } = node.properties;
  const vocabulary = graph.tab.vocabulary;
  const known = kind === 'image' ? imageModel(model) : videoModel(model, veoModel);
  const rows = misfits.has(key) ? [] : rowsOf(inputs);
  const count = typeof outputCount === 'number' && Number.isInteger(outputCount) && outputCount > 0 ? outputCount : 4;
  const shape = { kind, vocabulary, rows: inputs.prompts?.length ?? 1, outputCount: count };
  return {
    key,
    tab: graph.tab.index,
    id: node.id,
    account: graph.tab.name,
    title: node.title,
    kind,
    vocabulary,
    scene: sceneOf(node.title),
    muted: node.muted,
    outputCount: count,
    // Rule 1 stops a pass with an unknown model; the word is kept for the reader of a plan.
    model: known ?? (typeof model === 'string' ? model : ''),
    aspectRatio: typeof aspectRatio === 'string' && aspectRatio !== '' ? aspectRatio : DEFAULT_RATIO,
    resolution: kind === 'video' ? videoResolution(resolution) : textOrNull(resolution),
    durationSeconds: typeof durationSeconds === 'number' ? String(durationSeconds) : textOrNull(durationSeconds),
    timeoutMs: typeof timeout === 'number' && timeout > 0 ? timeout : null,
    rows,
    dependsOn: dependencies(inputs),
    gates: gatesFedBy(inputs),
    cachedUrls: cachedUrls(node, shape),
    otherUrls: otherEntries(node, shape),
    naming,
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function rowsOf({ prompts, references, startFrame, endFrame, incomplete }: GeneratorInputs): GeneratorRow[] {
  if (!prompts || incomplete) return [];
  return prompts.map((prompt, index) => ({ row: index + 1, prompt, references, startFrame, endFrame }));
}

function dependencies({ key, references, startFrame, endFrame }: GeneratorInputs): string[] {
  const keys = [...references, startFrame, endFrame].flatMap((source) =>
    source?.kind === 'generated' ? source.from : [],
  );
  return [...new Set(keys)].filter((other) => other !== key);
}

function gatesFedBy({ graph, node }: GeneratorInputs): NodeRef[] {
  const ids = new Set((graph.outOf.get(node.id) ?? []).map((link) => link.to));
  return [...ids].filter((id) => graph.byId.get(id)?.role === 'gate').map((id) => ({ tab: graph.tab.index, id }));
}

/** Depth first in file order, without recursion: a chain may be as long as the file. */
function inOrder(generators: ReadonlyMap<string, Generator>): Generator[] {
  const opened = new Set<string>();
  const ordered: Generator[] = [];
  for (const start of generators.values()) {
    if (opened.has(start.key)) continue;
    opened.add(start.key);
    const stack = [start];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const key = top.dependsOn.find((other) => !opened.has(other));
      const next = key === undefined ? undefined : generators.get(key);
      if (key !== undefined) opened.add(key);
      if (next) stack.push(next);
      else if (key === undefined) ordered.push(...stack.splice(-1));
    }
  }
  return ordered;
}
