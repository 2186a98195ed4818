/** What `verify` tells: counts, a block per node with something wrong, what was mended, what to type next. */
import { quoted } from '../flow/advice';
import type { LinkFacts } from '../flow/link-facts';
import type { LinkProblem } from '../flow/link-problems';
import { FREE_MENDS, problemLines } from '../flow/link-words';
import { exact, units } from '../flow/money-words';
import type { CommandContext } from './context';
import { jsonResult, plural, result, say } from './output';
import type { VerifyOptions } from './verify';

/** What a repair did. */
export interface Repaired {
  readonly uploaded: number;
  readonly fetched: number;
  /** Entries of the file that were written. */
  readonly relinked: number;
  readonly backup: string | null;
  readonly failed: readonly string[];
  readonly touched: ReadonlySet<string>;
}

export interface Verified {
  readonly name: string;
  readonly target: string;
  readonly context: CommandContext;
  readonly options: VerifyOptions;
  readonly facts: LinkFacts;
  /** After the repair, when there was one. */
  readonly problems: readonly LinkProblem[];
  readonly repaired: Repaired | null;
}

export function reportVerified(verified: Verified): void {
  const { name, target, options, facts, problems, repaired, context } = verified;
  const links = facts.looks.size;
  const right = [...facts.looks].filter(
    ([url, { state }]) => state === 'whole' && !problems.some((one) => one.url === url && one.file === null),
  ).length;
  const price = exact(problems.reduce((sum, one) => sum + (one.mend === 'ask' ? 0 : one.price), 0));
  const next = nextSteps(verified);
  if (options.json) {
    const { uploaded = 0, fetched = 0, relinked = 0, backup = null, failed = [] } = repaired ?? {};
    const done = repaired && { uploaded, fetched, relinked, backup, failed };
    jsonResult({
      file: target,
      links,
      right,
      files: facts.files.size,
      problems: problems.map(problemJson),
      price,
      repaired: done,
      next,
    });
    return;
  }
  const severalTabs = new Set(context.project.flow.generators.map(({ tab }) => tab)).size > 1;
  for (const line of problemLines(problems, { file: name, severalTabs })) result(line);
  if (repaired) result(repairedWords(repaired));
  result(summary({ links, right, files: facts.files.size, problems, price }));
  for (const step of next) say(`  → ${step}`);
}

function problemJson({ kind, mend, generator, tab, node, title, field, place, url, file, price }: LinkProblem): object {
  const { account = null, scene = null, kind: makes = null } = generator ?? {};
  return { kind, mend, tab, account, node, title, scene, makes, field, place, url, file, price };
}

function summary(counts: {
  readonly links: number;
  readonly right: number;
  readonly files: number;
  readonly problems: readonly LinkProblem[];
  readonly price: number;
}): string {
  const { links, right, files, problems, price } = counts;
  const seen = `${plural(links, 'link')} and ${plural(files, 'file')} on record`;
  if (links + files + problems.length === 0)
    return 'There is nothing to look at yet: the file lists no links, and nothing is on record.';
  if (problems.length === 0) return `${seen}: all is right.`;
  const free = problems.filter(({ mend }) => FREE_MENDS.has(mend)).length;
  const costs = price > 0 ? `${units(price)} for what only money can mend` : 'nothing needs money';
  return `${seen}: ${right} of the links right, ${plural(problems.length, 'problem')}; ${free} mended for nothing by --repair; ${costs}.`;
}

function repairedWords({ uploaded, fetched, relinked, backup, failed }: Repaired): string {
  const done = [
    ...(uploaded > 0 ? [`${plural(uploaded, 'file')} uploaded again`] : []),
    ...(fetched > 0 ? [`${plural(fetched, 'file')} fetched back`] : []),
    ...(relinked > 0 ? [`${plural(relinked, 'entry', 'entries')} of the file written`] : []),
  ];
  const words =
    done.length > 0 ? `Mended: ${done.join(', ')}; nothing was paid.` : 'Nothing could be mended without money.';
  return [words, ...(backup === null ? [] : [`Backup: ${backup}`]), ...failed].join('\n');
}

/** Commands that cost money stand with what they mend. */
function nextSteps({ name, options, problems, repaired }: Verified): readonly string[] {
  const file = quoted(name);
  const mode = options.generated ? ' --generated' : '';
  const has = (test: (one: LinkProblem) => boolean): boolean => problems.some(test);
  const steps: string[] = [];
  if (!repaired && has(({ mend }) => FREE_MENDS.has(mend)))
    steps.push(`Mend what costs nothing: nbflow verify ${file}${mode} --repair`);
  if (has(({ mend }) => mend === 'pay' || mend === 'ask' || mend === 'rerun'))
    steps.push(`See what a run would pay for: nbflow plan ${file}`);
  if (has(({ mend }) => mend === 'wait'))
    steps.push(
      `Start the store of this machine, if it is that one: nbflow up`,
      `Then look again: nbflow verify ${file}${mode}`,
    );
  if (repaired?.backup)
    steps.push(`Take the changes of the file back: nbflow restore ${file} ${quoted(repaired.backup)}`);
  if (steps.length === 0) steps.push(`nbflow plan ${file}`);
  return steps;
}
