/** `nbflow why FILE --scene 3`: the story of a scene over all passes, from the record. Asks no server. */
import { nodeLabel } from '../flow/labels';
import { pickedUsable, candidateStates } from '../flow/candidates';
import type { Selection } from '../flow/select';
import { isSelected } from '../flow/select';
import type { Chapter } from '../flow/story';
import { storyOf } from '../flow/story';
import type { CompiledFlow, Generator } from '../flow/types';
import { localEvidence } from '../evidence';
import type { Evidence } from '../flow/plan-types';
import { openContext } from './context';
import type { OutputOptions } from './output';
import { jsonResult, plural, result, say } from './output';
import { refuseUnknown } from './selection';

export interface WhyOptions extends OutputOptions {
  readonly scene?: readonly string[];
  readonly account?: readonly string[];
  readonly node?: readonly number[];
  readonly row?: readonly number[];
}

interface Told {
  readonly generator: Generator;
  readonly chapters: readonly Chapter[];
  /** Candidate that is picked in the file; null: none is, so the first counts. */
  readonly picked: number | null;
}

/** Throws FlowError `Usage` (2) for a selection that names nothing. */
export async function whyCommand(name: string, options: WhyOptions): Promise<number> {
  const { project, file } = await openContext(name);
  const { flow } = project;
  const { scene = [], account = [], node = [], row = [] } = options;
  const selection: Selection = { mode: 'full', scenes: scene, accounts: account, nodes: node, rows: row };
  refuseUnknown(flow, selection, name);
  const evidence = await localEvidence(project);
  const told = flow.generators
    .filter((generator) => isSelected(generator, selection))
    .map((generator): Told => {
      const receipt = evidence.receipts.get(generator.key);
      const all = receipt ? storyOf(receipt) : [];
      const chapters = all.filter((one) => row.length === 0 || row.includes(one.row));
      return { generator, chapters, picked: pickedIn(flow, generator, evidence) };
    });
  if (options.json) printJson(file, told);
  else print(told);
  return 0;
}

/** As the clip that is made from it sees it. */
function pickedIn(flow: CompiledFlow, generator: Generator, evidence: Evidence): number | null {
  const states = candidateStates(generator, evidence.receipts.get(generator.key), evidence);
  for (const { rows } of flow.generators) {
    for (const { references, startFrame, endFrame } of rows) {
      for (const source of [...references, startFrame, endFrame]) {
        if (source?.kind !== 'generated' || source.from !== generator.key) continue;
        const picked = pickedUsable(generator, states, source);
        if (picked) return picked.candidate;
      }
    }
  }
  return null;
}

function printJson(file: string, told: readonly Told[]): void {
  const nodes = told.map(({ generator, chapters, picked }) => {
    const { account, id, scene, title, kind } = generator;
    return { account, id, scene, title, kind, picked, generations: chapters };
  });
  jsonResult({ file, nodes, next: [] });
}

function print(told: readonly Told[]): void {
  const several = new Set(told.map(({ generator }) => generator.account)).size > 1;
  for (const { generator, chapters, picked } of told) {
    const passes = new Set(chapters.map(({ pass }) => pass)).size;
    const head = nodeLabel(generator, several);
    if (chapters.length === 0) {
      const cached = generator.cachedUrls.length;
      result(
        `${head}: nothing on record${cached > 0 ? `; the file lists ${plural(cached, 'link')} of an older runner` : ''}.`,
      );
      continue;
    }
    result(`${head}: ${plural(chapters.length, 'generation')} in ${plural(passes, 'pass', 'passes')}`);
    for (const chapter of chapters) lines(chapter, generator).forEach((line) => result(line));
    if (picked !== null) result(`  You picked candidate ${picked}.`);
  }
  if (told.every(({ chapters }) => chapters.length === 0)) say('  → See what a run would pay for: nbflow plan FILE');
}

function lines(chapter: Chapter, { rows }: Generator): readonly string[] {
  const { row, candidate, number, asked, because, outcome, taskId, adopted, counts, bytes, url } = chapter;
  const place = `${rows.length > 1 ? `row ${row}, ` : ''}candidate ${candidate}${number > 1 ? `, the ${ordinal(number)}` : ''}`;
  const when = asked ? new Date(asked).toLocaleString('sv-SE').slice(0, 16) : 'found in the file';
  const task = taskId ? `; task ${taskId}${adopted ? ', found again after a lost answer' : ''}` : '';
  const size = bytes === null ? '' : `; ${Math.ceil(bytes / 1024)} KB`;
  return [
    `  ${counts ? '•' : ' '} ${place}: ${when}: ${outcome}${task}${size}`,
    ...because.map((why) => `      because ${why}`),
    ...(url ? [`      ${url}`] : []),
  ];
}

function ordinal(n: number): string {
  const endings: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };
  return `${n}${(n % 100 >= 11 && n % 100 <= 13 ? undefined : endings[n % 10]) ?? 'th'}`;
}
