/**
 * When it is time to stop running the same file again: the last two passes failed in different ways, or what is missing
 * costs more, at the rate at which it came to something lately, than the whole file afresh. Pure.
 */
import { failureText, quoted } from './advice';
import { exact, units } from './money-words';
import type { NodeOutcome, PassState } from './outcome';
import type { Plan } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { SAFE_STATES } from './receipt';

export interface NodeFailure {
  /** What people call the node. */
  readonly label: string;
  /** Dotted failure class. */
  readonly type: string;
}

/** How a pass ended; kept for the last few passes over a file version. */
export interface PassEnd {
  readonly pass: string;
  /** ISO time. */
  readonly at: string;
  readonly state: PassState;
  readonly failures: readonly NodeFailure[];
}

export interface GivingUpFacts {
  /** As the person typed the file. */
  readonly name: string;
  /** Oldest first. */
  readonly ends: readonly PassEnd[];
  /** What a run would pay for now. */
  readonly missing: Plan;
  /** The price of the whole file, as if nothing were made. */
  readonly startOver: number;
  /** By generator key. */
  readonly receipts: ReadonlyMap<string, Receipt>;
}

export type GivingUpReason = 'different-failures' | 'costs-more';

export interface GivingUp {
  readonly reasons: readonly GivingUpReason[];
  /** The two passes, the older first. */
  readonly passes: readonly [PassEnd, PassEnd];
  /** Generations of what is missing that the two paid for, and how many of these gave a result. */
  readonly tries: number;
  readonly results: number;
  /** Prices: of what is missing; the same at that rate; of the whole file afresh. */
  readonly goOn: number;
  readonly goOnLikely: number;
  readonly startOver: number;
  /** Sentences for a person. */
  readonly words: readonly string[];
  readonly next: readonly string[];
}

/** What is kept of a pass's end: not what a person decided or asked for. */
export function failuresOf(
  outcomes: readonly Pick<NodeOutcome, 'key' | 'state' | 'errorType'>[],
  labels: ReadonlyMap<string, string>,
): readonly NodeFailure[] {
  return outcomes
    .filter(({ state }) => state === 'failed')
    .map(({ key, errorType }) => ({ label: labels.get(key) ?? key, type: errorType ?? 'Internal' }));
}

/** Failed tries below which a rate says nothing: a row of candidates. */
const ENOUGH = 4;

/** The last two passes that ran to their end, when both failed; null otherwise. Cheap: asks for no plan. */
export function lastTwoFailed(ends: readonly PassEnd[]): readonly [PassEnd, PassEnd] | null {
  const [before, last] = ends.filter(isJudged).slice(-2);
  return before && last && before.failures.length > 0 && last.failures.length > 0 ? [before, last] : null;
}

/** A pass that a person or a budget ended says nothing about the file. */
function isJudged({ state, failures }: PassEnd): boolean {
  return state === 'done' || ((state === 'done-with-failures' || state === 'needs-person') && failures.length > 0);
}

/** Null while there is no reason to: nothing to pay for, no two failed passes in a row, or the inputs were edited since. */
export function givingUp(facts: GivingUpFacts): GivingUp | null {
  const passes = lastTwoFailed(facts.ends);
  const goOn = facts.missing.price;
  if (!passes || goOn === 0 || isEdited(facts, passes[1])) return null;
  const { tries, results, goOnLikely } = rateOf(facts, passes);
  const reasons: GivingUpReason[] = [
    ...(isNewFailure(passes) ? ['different-failures' as const] : []),
    ...(goOn < facts.startOver && goOnLikely > facts.startOver && tries - results >= ENOUGH
      ? ['costs-more' as const]
      : []),
  ];
  if (reasons.length === 0) return null;
  const found = { reasons, passes, tries, results, goOn, goOnLikely, startOver: facts.startOver };
  return { ...found, words: wordsOf(found), next: nextOf(found, quoted(facts.name)) };
}

/** Something failed in the last pass that did not in the one before; fewer failures of the same kinds are progress. */
function isNewFailure([before, last]: readonly [PassEnd, PassEnd]): boolean {
  const known = new Set(before.failures.map(({ type }) => type));
  return last.failures.some(({ type }) => !known.has(type));
}

/** Rows that lack a candidate, with what receipts say of them. */
function missingRows({ missing, receipts }: GivingUpFacts): readonly {
  readonly fingerprint: string;
  /** Of the candidates that would be paid for. */
  readonly price: number;
  readonly entries: readonly Generation[];
}[] {
  return missing.nodes.flatMap(({ key, rows }) =>
    rows
      .filter(({ candidates }) => candidates.some(({ action }) => action === 'generate'))
      .map(({ row, fingerprint, candidates }) => ({
        fingerprint,
        price: candidates.reduce((sum, { price }) => sum + price, 0),
        entries: (receipts.get(key)?.generations ?? []).filter((entry) => entry.row === row),
      })),
  );
}

/** Whether all that the last pass asked for in vain would be asked for in other words now. */
function isEdited(facts: GivingUpFacts, last: PassEnd): boolean {
  const asked = missingRows(facts)
    .map(({ fingerprint, entries }) => ({ fingerprint, own: entries.filter(({ pass }) => pass === last.pass) }))
    .filter(({ own }) => own.length > 0);
  return asked.length > 0 && asked.every(({ fingerprint, own }) => own.every((one) => one.fingerprint !== fingerprint));
}

/** What the two passes tried of what is missing, and what all that is missing costs if that goes on like this. */
function rateOf(
  facts: GivingUpFacts,
  passes: readonly [PassEnd, PassEnd],
): Pick<GivingUp, 'tries' | 'results' | 'goOnLikely'> {
  const ids = new Set(passes.map(({ pass }) => pass));
  const isTry = ({ pass, taskId, origin }: Generation): boolean =>
    ids.has(pass) && taskId !== null && origin === 'generated';
  const rows = missingRows(facts).map(({ price, entries }) => ({ price, tries: entries.filter(isTry) }));
  const tries = rows.flatMap((row) => row.tries);
  const results = tries.filter(({ state }) => SAFE_STATES.has(state)).length;
  const priceOf = (some: typeof rows): number => some.reduce((sum, { price }) => sum + price, 0);
  const tried = priceOf(rows.filter((row) => row.tries.length > 0));
  // The rule of succession: a few tries without a result do not yet mean that none will ever have one.
  const likely = priceOf(rows) - tried + (tried * (tries.length + 2)) / (results + 1);
  return { tries: tries.length, results, goOnLikely: exact(likely) };
}

type Found = Omit<GivingUp, 'words' | 'next'>;

function wordsOf(found: Found): readonly string[] {
  const { reasons, passes, tries, results, goOn, goOnLikely, startOver } = found;
  const different = reasons.includes('different-failures');
  const [before, last] = passes.map(failureWords);
  const first = different
    ? `The last two passes failed in different ways. The one before: ${before} The last one: ${last}`
    : `The last two passes failed in the same way: ${last}`;
  const rate =
    tries === 0
      ? 'They paid for nothing that is missing.'
      : `Of what is missing they paid for ${tries} ${tries === 1 ? 'try' : 'tries'}, and ${results === 0 ? 'none' : results} gave a result.`;
  const likely = goOnLikely > goOn ? `, at that rate about ${units(Math.round(goOnLikely))}` : '';
  const price = `Going on costs ${units(goOn)}${likely}; the whole file afresh costs ${units(startOver)}.`;
  return [first, rate, price, verdict(found)];
}

function verdict(found: Found): string {
  const { reasons, goOn, startOver } = found;
  if (isElsewhere(found))
    return 'All of it has to do with servers and not with the file: starting over would not mend it.';
  if (reasons.includes('costs-more'))
    return 'Begun again in other words, the whole file is likely to cost less than going on like this.';
  if (goOn >= startOver)
    return 'Nothing of it is made yet, so starting over from the brief costs no more than going on.';
  return `What is made is kept, so going on saves ${units(exact(startOver - goOn))}, if what is wrong is found first.`;
}

function nextOf(found: Found, file: string): readonly string[] {
  if (isElsewhere(found)) return [`nbflow diagnose ${file}  (whether G-Labs answers, and what errors.json says)`];
  const names = namesOf(found.passes[1].failures.map(({ label }) => label));
  return [
    `nbflow check ${file} --deep  (finds what is wrong with the file, its reference pictures too; pays nothing)`,
    `Change what fails (${names}), then: nbflow run ${file}  (what is made is kept)`,
    found.reasons.includes('costs-more') || found.goOn >= found.startOver
      ? `nbflow bump ${file}  (to start over as the next version; what is made goes with it)`
      : `nbflow restore ${file}  (the file as it was before; this one is kept aside)`,
  ];
}

/** What an edit or a new start of the file can't mend. */
function isElsewhere({ passes }: Pick<Found, 'passes'>): boolean {
  return passes.every(({ failures }) => failures.every(({ type }) => /^(Backend|Store|Disk|Gate)\./.test(type)));
}

const MOST_NAMED = 3;

/** `Scene 02 — image gen, Scene 03 — image gen: the prompt or a reference was refused by the safety filter.` */
function failureWords({ failures }: PassEnd): string {
  const types = [...new Set(failures.map(({ type }) => type))];
  const parts = types.map((type) => {
    const labels = failures.filter((one) => one.type === type).map(({ label }) => label);
    return `${namesOf(labels)}: ${shortText(type)}`;
  });
  return `${parts.join('; ')}.`;
}

function namesOf(labels: readonly string[]): string {
  const names = [...new Set(labels)];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** The first sentence of what a failure means, to go on after a colon. */
function shortText(type: string): string {
  const [sentence = ''] = failureText(type, '').split(/\.(\s|$)/);
  return /^[A-Z][a-z]/.test(sentence) ? sentence.slice(0, 1).toLowerCase() + sentence.slice(1) : sentence;
}
