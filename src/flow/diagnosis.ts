/** What became of a file's passes, and the one thing to do next: the crash page's flow chart, walked. Pure. */
import { quoted } from './advice';
import { counted } from './labels';
import { units } from './money-words';
import { needsPerson } from './outcome';
import type { GivingUp } from './giving-up';
import type { Plan } from './plan-types';
import type { Kind } from './types';

/** The newest `-generated.nbflow` of this version. */
export type OutputState = 'none' | 'damaged' | 'incomplete' | 'complete';

/** One generator as it is found, counted in candidates. */
export interface DiagnosedNode {
  readonly key: string;
  readonly account: string;
  readonly scene: string | null;
  readonly title: string;
  readonly kind: Kind;
  readonly wanted: number;
  /** Files in `Assets` that are named after it, whoever made them. */
  readonly onDisk: number;
  /** Links, on record or in the file, that are not known to lead nowhere. */
  readonly onStore: number;
  /** Of the receipt: paid for. */
  readonly onRecord: number;
  /** Links in the file's cache fields. */
  readonly inFile: number;
  /** Tasks that are out at G-Labs. */
  readonly out: number;
}

export interface Facts {
  /** As the person typed it. */
  readonly name: string;
  /** Why the file can't be read; null when it can. */
  readonly damaged: string | null;
  /** Errors of the sanity check. */
  readonly errors: number;
  readonly output: OutputState;
  /** The state of the pass that runs, in words; null when none does. */
  readonly running: string | null;
  /** Null where nobody could be asked. */
  readonly backendAnswers: boolean | null;
  readonly plan: Plan | null;
  /** Links that answer 404. */
  readonly deadLinks: number;
  /** Null while going on is the thing to do, or where nothing can be said. */
  readonly givingUp: GivingUp | null;
  readonly nodes: readonly DiagnosedNode[];
}

export type Condition =
  'damaged' | 'refused' | 'running' | 'needs-person' | 'complete' | 'to-finish' | 'unfinished' | 'untouched';

export interface Diagnosis {
  readonly condition: Condition;
  /** One sentence. */
  readonly verdict: string;
  readonly next: readonly string[];
  /** As documented for the command. */
  readonly exitCode: number;
}

/** The first condition that holds, from what makes all others pointless to what is well. */
export function diagnose(facts: Facts): Diagnosis {
  const file = quoted(facts.name);
  const { plan, damaged, errors, running } = facts;
  if (damaged !== null) {
    return told(
      'damaged',
      8,
      `The file can't be read (${damaged}); what is paid for is safe in Assets and on record.`,
      [`nbflow restore ${file}  (the newest backup; the damaged file is kept aside)`],
    );
  }
  if (running !== null) return told('running', 0, `A pass over it is under way: ${running}.`, [`nbflow watch ${file}`]);
  if (errors > 0) {
    return told('refused', 3, `The sanity check finds ${counted(errors, 'error')}: a run would refuse the file.`, [
      `nbflow check ${file}`,
    ]);
  }
  if (!plan) return told('untouched', 0, 'There is nothing to generate in it.', []);
  return judgePlan(facts, plan, file);
}

function judgePlan(facts: Facts, plan: Plan, file: string): Diagnosis {
  const { generate, resume, finish } = plan.totals;
  const made = facts.nodes.reduce((sum, { onRecord, inFile }) => sum + Math.max(onRecord, inFile), 0);
  const wanted = facts.nodes.reduce((sum, node) => sum + node.wanted, 0);
  const waits = plan.nodes.some(({ rows }) => rows.some((row) => row.candidates.some(isForPerson)));
  if (waits) {
    return told('needs-person', 6, 'G-Labs lost something that was perhaps paid for: a person decides about it.', [
      `nbflow decide ${file}  (lists what, what it costs and what to type)`,
    ]);
  }
  if (generate === 0 && resume + finish === 0) {
    if (facts.output === 'complete')
      return told('complete', 0, 'Everything is made, and the output is whole: nothing to do.', []);
    const what = OUTPUT_WORDS[facts.output];
    return told('to-finish', 1, `Everything is made and paid for; ${what}.`, [
      `nbflow export ${file}  (writes the output, asks no server and pays nothing)`,
    ]);
  }
  const server = facts.backendAnswers === false ? ['Start G-Labs (its Webhook tab, button Start)'] : [];
  if (generate === 0) {
    return told(
      'to-finish',
      1,
      `Everything is paid for; ${counted(resume + finish, 'result')} must still be brought home.`,
      [...server, `nbflow run ${file}  (pays nothing)`],
    );
  }
  const cost = `nbflow run ${file}  (pays ${units(plan.price)} for the rest, nothing twice)`;
  // Looking comes before paying, once paying has failed twice.
  const next = [...(facts.givingUp?.next ?? []), ...server, cost];
  if (made === 0 && resume === 0)
    return told('untouched', 1, `Nothing is made yet of ${counted(wanted, 'candidate')}.`, next);
  const whole = plan.totals.reuse + finish;
  const dead = facts.deadLinks > 0 ? `; ${counted(facts.deadLinks, 'link')} answered 404` : '';
  const verdict = `${whole} of ${wanted} candidates are made and ${generate} are missing${dead}.`;
  return told('unfinished', 1, verdict, next);
}

const OUTPUT_WORDS: Readonly<Record<OutputState, string>> = {
  none: 'the output was not written',
  damaged: 'the output is damaged',
  incomplete: 'the output lacks some of it',
  complete: 'the output is whole',
};

function isForPerson({ action, reason }: { readonly action: string; readonly reason: string }): boolean {
  return action === 'blocked' && needsPerson(reason);
}

function told(condition: Condition, exitCode: number, verdict: string, next: readonly string[]): Diagnosis {
  return { condition, exitCode, verdict, next };
}
