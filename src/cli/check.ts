/** `nbflow check`: the sanity check alone. Needs no server; changes the file only with `--fix`. */
import { FlowError } from '../flow/errors';
import type { CompiledFlow, Finding } from '../flow/types';
import type { ReferenceUse } from '../flow/reference-uses';
import { referenceFindings, referenceUses } from '../flow/reference-uses';
import { openContext } from './context';
import { reportCheck } from './check-report';
import type { OutputOptions } from './output';

export interface CheckOptions extends OutputOptions {
  /** Mend what has one right answer. */
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** Also fetch and decode the pictures that it is made from. */
  readonly deep?: boolean;
}

/** Answers 3 when a run would refuse the file as it is now or, of a dry run, as it would be; else 0. */
export async function checkCommand(name: string, options: CheckOptions): Promise<number> {
  if (!options.fix && (options.dryRun || options.yes)) {
    const flag = options.dryRun ? '--dry-run' : '--yes';
    throw new FlowError('Usage', `${flag} belongs to --fix; without it the check changes nothing.`, 2, [
      `nbflow check FILE --fix ${flag}`,
    ]);
  }
  const context = await openContext(name);
  const { project, file } = context;
  const fixing = options.fix ? await (await import('./check-fix.js')).fixFile(context, name, options) : null;
  const flow = fixing?.flow ?? project.flow;
  const pictures = await checkPictures(flow, project.layout.root, options.deep ?? false);
  return reportCheck({ name, file, flow, pictures, fixing, options });
}

/** What was seen of the pictures that a storyboard is made from. */
export interface CheckedPictures {
  /** Of pictures in the project: a run refuses what is not there. */
  readonly files: readonly Finding[];
  /** Of links: a run starts all the same. */
  readonly links: readonly Finding[];
  /** How many were opened. */
  readonly looked: number;
}

/** Files in the project always, links only with `deep`: those take a network. */
async function checkPictures(flow: CompiledFlow, root: string, deep: boolean): Promise<CheckedPictures> {
  const uses = referenceUses(flow.document);
  if (!uses.some(({ kind }) => deep || kind === 'local')) return { files: [], links: [], looked: 0 };
  const { lookAtReferences } = await import('../reference-survey.js');
  const looks = await lookAtReferences(uses, { root, remote: deep, signal: new AbortController().signal });
  const found = (kind: ReferenceUse['kind']): readonly Finding[] =>
    referenceFindings(
      uses.filter((use) => use.kind === kind),
      looks,
    );
  return { files: found('local'), links: found('url'), looked: looks.size };
}
