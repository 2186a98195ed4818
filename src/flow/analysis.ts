/** One walk over a document that both `checkFlow` and `compileFlow` rest on, so that they can't disagree. */
import { checkAvatars } from './check-avatars';
import { checkIdsAcrossTabs, checkLinks } from './check-links';
import { checkName, checkStoredData } from './check-file';
import { checkPrompts } from './check-prompts';
import { generatorFaults } from './check-generators';
import { checkMutedUpstream, milderWhereMuted } from './check-muted';
import { Report } from './findings';
import type { Mend } from './fix-edits';
import { checkRowCounts, generatorInputs } from './generator-inputs';
import type { GeneratorInputs } from './generator-inputs';
import { tabGraph } from './graph';
import { promptRenderer } from './render';
import { isGenerator } from './roles';
import type { Finding, FlowDocument } from './types';

export interface Analysis {
  /** By generator key, in file order. */
  readonly inputs: ReadonlyMap<string, GeneratorInputs>;
  /** Keys of generators whose rows don't fit those of what they are made from. */
  readonly misfits: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  /** Of the findings that have one right answer. */
  readonly mends: ReadonlyMap<Finding, Mend>;
}

/** Facts about the file that its text does not hold. */
export interface FileFacts {
  /** Base name without its ending, to compare with the `name` inside (D30). */
  readonly fileName?: string;
}

export function analyse(document: FlowDocument, facts: FileFacts): Analysis {
  const report = new Report();
  const inputs = new Map<string, GeneratorInputs>();
  checkName(document, facts.fileName ?? null, report);
  checkIdsAcrossTabs(document, report);
  checkAvatars(document, report);
  const graphs = document.tabs.map(tabGraph);
  for (const graph of graphs) {
    checkLinks(graph, report);
    checkPrompts(graph, report);
    const render = promptRenderer(graph, report);
    for (const node of graph.byId.values()) {
      if (!isGenerator(node)) continue;
      const own = generatorInputs(graph, node, render, report);
      inputs.set(own.key, own);
      for (const fault of generatorFaults(own)) report.add(graph.tab, node, fault);
    }
    checkStoredData(graph.tab, report);
  }
  const misfits = checkRowCounts(inputs, report);
  checkMutedUpstream(inputs, report);
  const found = report.list();
  const findings = milderWhereMuted(graphs, found);
  const mends = findings.flatMap((finding, index) => {
    const mend = found[index] && report.mendOf(found[index]);
    return mend ? [[finding, mend] as const] : [];
  });
  return { inputs, misfits, findings, mends: new Map(mends) };
}
