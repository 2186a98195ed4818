/** The bill in sentences for people who never heard of receipts. Each one is derived from the counts, none is decoration. */
import type { Bill } from './bill';
import type { Amounts } from './bill-entry';
import { counted } from './labels';
import { units } from './money-words';
import type { Reconciliation } from './reconcile';

/** What was found outside the counts: task ids that two entries claim, and tasks at G-Labs that may be ours twice. */
export interface Doubts {
  readonly claimedTwice: number;
  readonly strangers: number;
}

/** What was paid, what came of it, what reuse saved, and whether anything was paid twice. */
export function billSentences(bill: Bill, doubts: Doubts): readonly string[] {
  if (bill.lines.length === 0) return ['Nothing was paid for yet.'];
  return [
    paidSentence(bill),
    lostSentence(bill),
    failedSentence(bill),
    replacedSentence(bill),
    openSentence(bill),
    undecidedSentence(bill),
    reuseSentence(bill),
    twiceSentence(bill, doubts),
  ].filter((sentence) => sentence !== null);
}

function paidSentence({ lines, total, price }: Bill): string {
  const of = (kind: 'image' | 'video'): number =>
    lines.reduce((sum, line) => sum + (line.kind === kind ? line.paid : 0), 0);
  const kinds = `${counted(of('image'), 'picture')}, ${counted(of('video'), 'clip')}`;
  const adopted =
    total.adopted === 0
      ? ''
      : ` The answer for ${counted(total.adopted, 'generation')} of them got lost on the way; ${one(total.adopted, 'it was', 'they were')} found at G-Labs instead of being ordered again.`;
  return `Paid: ${counted(total.paid, 'generation')} (${kinds}), ${units(price.paid)}.${adopted}`;
}

function lostSentence({ total, price }: Bill): string | null {
  const { lost, lostByRestart } = total;
  if (lost === 0) return null;
  const why =
    lostByRestart === lost
      ? `it was restarted while ${one(lost, 'it was', 'they were')} under way`
      : `it no longer knows ${one(lost, 'its task', 'their tasks')}, as happens when it is restarted`;
  return `G-Labs lost ${counted(lost, 'generation')} (${units(price.lost)}, possibly paid for nothing): ${why}; ${againWords(total)}.`;
}

function againWords({ lost, lostMadeAgain, givenUp }: Amounts): string {
  if (lostMadeAgain === lost) return `${one(lost, 'it', 'each')} was made again once`;
  if (givenUp === lost) return `a person decided to do without ${one(lost, 'it', 'them')}`;
  const without = givenUp > 0 ? `, ${givenUp} given up by a person` : '';
  if (lostMadeAgain === 0) return `${one(lost, 'it was not', 'none of them was')} made again yet${without}`;
  return `${lostMadeAgain} of them ${one(lostMadeAgain, 'was', 'were')} made again once${without}`;
}

function failedSentence({ total, price }: Bill): string | null {
  if (total.failed === 0) return null;
  return `${counted(total.failed, 'generation')} failed at G-Labs (${units(price.failed)}, if it charges for failures).`;
}

function replacedSentence({ total, price }: Bill): string | null {
  const { replaced, madeAfresh } = total;
  if (replaced === 0) return null;
  const edited = replaced - madeAfresh;
  const reasons = [
    ...(edited > 0 ? [`${edited} because of a wipe, or because the prompt or another input was edited`] : []),
    ...(madeAfresh > 0
      ? [`${madeAfresh} from the same inputs (a rerun, a wipe, --no-cache, or no copy was left)`]
      : []),
  ];
  const verb = one(replaced, 'was', 'were');
  return `${counted(replaced, 'paid result')} (${units(price.replaced)}) ${verb} replaced or put aside: ${reasons.join(', ')}. The old files are kept.`;
}

function openSentence({ total }: Bill): string | null {
  if (total.inFlight === 0) return null;
  return `${counted(total.inFlight, 'generation')} ${one(total.inFlight, 'is', 'are')} still under way at G-Labs; nbflow run fetches ${one(total.inFlight, 'it', 'them')} and pays nothing again.`;
}

function undecidedSentence({ total }: Bill): string | null {
  const waiting = total.undecided + total.lostTooOften;
  if (waiting === 0) return null;
  return `${counted(waiting, 'generation')} ${one(waiting, 'waits', 'wait')} for a person's decision; nothing more is sent for ${one(waiting, 'it', 'them')} until then.`;
}

function reuseSentence({ total, saved }: Bill): string | null {
  if (total.reused === 0) return null;
  return `Reuse saved ${units(saved)}: the newest pass did not pay again for ${counted(total.reused, 'result')} that ${one(total.reused, 'was', 'were')} there.`;
}

/** Said only when nothing speaks against it. What was lost and made again has its own sentence. */
function twiceSentence({ total }: Bill, { claimedTwice, strangers }: Doubts): string | null {
  if (total.paidTwice > 0) {
    return `${counted(total.paidTwice, 'result')} ${one(total.paidTwice, 'was', 'were')} paid for twice in one pass, from the same inputs.`;
  }
  if (claimedTwice > 0 || strangers > 0 || total.paid + total.perhaps === 0) return null;
  const known = total.lostMadeAgain + total.madeAfresh > 0;
  return known ? 'Nothing else was paid twice.' : 'Nothing was paid twice.';
}

/** What the comparison found, in sentences. */
export function reconcileSentences(found: Reconciliation): readonly string[] {
  const { server, listed, ours, missing, ready, foundAgain, lostAnswers, strangers } = found;
  const doubled = strangers.filter(({ beside }) => beside !== null);
  const ids = (all: readonly string[]): string => all.join(', ');
  const say = (all: readonly string[], words: string): readonly string[] => (all.length === 0 ? [] : [words]);
  return [
    `G-Labs at ${server} lists ${counted(listed, 'task')}; ${ours} of them ${ours === 1 ? 'is' : 'are'} in our receipts.`,
    ...say(ready, `Finished there and not fetched yet: ${ids(ready)} (nbflow run fetches them).`),
    ...say(
      lostAnswers,
      `Probably ours, their answers got lost: ${ids(lostAnswers)} (nbflow run asks and takes them over).`,
    ),
    ...say(foundAgain, `Counted as lost, and listed there all the same: ${ids(foundAgain)}.`),
    ...say(
      missing,
      `In our receipts, but G-Labs does not list them although its list reaches back far enough: ${ids(missing)}.`,
    ),
    ...say(
      strangers.map(({ taskId }) => taskId),
      `They begin like prompts of ours but are in no receipt: ${ids(strangers.map(({ taskId }) => taskId))}. Another program's, or possibly paid for twice.`,
    ),
    ...doubled.map(
      ({ taskId, beside }) =>
        `Task ${taskId} appeared together with our task ${beside}: one request may have become two.`,
    ),
  ];
}

function one(count: number, singular: string, plural: string): string {
  return count === 1 ? singular : plural;
}
