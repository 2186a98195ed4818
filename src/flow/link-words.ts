/** Problems of links in words: what is wrong, what mends it, what it costs, what to type. */
import { quoted } from './advice';
import { counted, nodeLabel, productOf, selectorFor } from './labels';
import type { LinkProblem, Mend, ProblemKind } from './link-problems';
import { units } from './money-words';
import type { Generator } from './types';

const WRONG: Readonly<Record<ProblemKind, string>> = {
  gone: 'the link leads nowhere any more',
  silent: 'the link could not be checked just now',
  damaged: 'what the link leads to can not be opened',
  'wrong-type': 'the link leads to the wrong kind of thing (a clip for a picture, or the reverse)',
  'other-bytes': 'the link leads to something else than was made',
  foreign: 'the link belongs to another scene or account',
  twice: 'another node lists the very same link',
  repeated: 'the same link stands there twice',
  hole: 'there is no link in its place',
  short: 'it is missing in the list',
  unlisted: 'it is made, but the file does not list it',
  'file-missing': 'the file in Assets is gone',
  'file-differs': 'the file in Assets is not the one that was made',
};

/** Mends that cost nothing and that `verify --repair` does. */
export const FREE_MENDS: ReadonlySet<Mend> = new Set(['upload', 'relink', 'fetch']);

export interface WordsContext {
  /** As the person typed it. */
  readonly file: string;
  /** Whether nodes of several accounts are about. */
  readonly severalTabs: boolean;
}

/** One block per node: its name, then a line per kind of problem and a line for what mends it. */
export function problemLines(problems: readonly LinkProblem[], context: WordsContext): readonly string[] {
  return [...grouped(problems, ({ tab, node }) => `${tab}:${node}`).values()].flatMap((own) => [
    headOf(own[0] as LinkProblem, context),
    ...[...grouped(own, ({ kind, mend }) => `${kind} ${mend}`).values()].flatMap((same) => [
      `    ${placesOf(same)}${WRONG[(same[0] as LinkProblem).kind]}`,
      `      ${mendWords(same, context)}`,
    ]),
  ]);
}

function headOf({ generator, title }: LinkProblem, { severalTabs }: WordsContext): string {
  return generator ? nodeLabel(generator, severalTabs) : title;
}

function placesOf(same: readonly LinkProblem[]): string {
  const { generator, place } = same[0] as LinkProblem;
  const what = generator ? productOf(generator.kind) : 'entry';
  if (place === null) return `${counted(same.length, what)}: `;
  const places = [...new Set(same.map((one) => one.place))];
  return `${what} ${places.join(', ')}: `;
}

function mendWords(same: readonly LinkProblem[], context: WordsContext): string {
  const { mend, kind, generator } = same[0] as LinkProblem;
  const price = units(same.reduce((sum, one) => sum + one.price, 0));
  const run = generator ? runCommand(generator, context) : '';
  switch (mend) {
    case 'upload':
      return 'costs nothing: --repair uploads the file in Assets again';
    case 'relink':
      return 'costs nothing: --repair writes the right link, which is on record';
    case 'fetch':
      return kind === 'file-differs'
        ? 'costs nothing: --repair fetches it from the store, and keeps the present file aside'
        : 'costs nothing: --repair fetches it back from the store';
    case 'ask':
      return `no copy is here: a run asks G-Labs for its own first, and pays ${price} only if that is gone: ${run}`;
    case 'pay':
      return `no copy is left: making it again costs ${price}: ${run}`;
    case 'rerun':
      return `look at it; a new one costs ${price}: ${rerunCommand(same, context)}`;
    case 'wait':
      return 'nothing to do about it now: check again later';
    case 'none':
      return 'nothing is missing for it: leave it, or take it out in PatchWork';
  }
}

/** `nbflow run FILE --scene 03`, with the account where scenes of several have that number. */
export function runCommand(generator: Generator, context: WordsContext): string {
  return `nbflow run ${quoted(context.file)} ${selectorOf(generator, context)}`;
}

function rerunCommand(same: readonly LinkProblem[], context: WordsContext): string {
  const [{ generator }] = same as [LinkProblem];
  if (!generator) return '';
  const { outputCount, kind } = generator;
  const places = same.flatMap(({ place }) => place ?? []);
  const candidates = [...new Set(places.map((place) => ((place - 1) % outputCount) + 1))];
  const clips = kind === 'video' ? ' --kind video' : '';
  const which = candidates.length > 0 ? ` --candidate ${candidates.join(',')}` : '';
  return `nbflow rerun ${quoted(context.file)} ${selectorOf(generator, context)}${clips}${which}`;
}

function selectorOf(generator: Generator, { severalTabs }: WordsContext): string {
  const account = severalTabs && generator.scene !== null ? ` --account ${quoted(generator.account)}` : '';
  return selectorFor(generator) + account;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
