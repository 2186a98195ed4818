/**
 * Every failure class in one table: what the pass does with it, the words for a person, what to type. What leads to
 * which class is failure-evidence.ts; docs/failures.md shows both. Workflow-safe: plain data.
 */

import type { GateKind } from './gates';

/**
 * `retry`: Temporal tries again after `delay`, without a maximum of attempts. `gate`: given back to the workflow at
 * once, which waits at the class's gate and then goes on. `final`: the node (or the pass) ends with it.
 */
export type Handling = 'retry' | 'gate' | 'final';

export interface FailureClass {
  readonly handling: Handling;
  /** Where a pass waits; set for those that are handled so. */
  readonly gate?: GateKind;
  /** Pause before a retry; Temporal's policy decides when absent. */
  readonly delay?: string;
  /** A sentence for a non-engineer; `{detail}` is the backend's or system's own text. */
  readonly sentence: string;
  /** What to type or do; `{file}` is the quoted file name, `{selector}` names the node. */
  readonly next: readonly string[];
  /** The word that errors.json has for it. */
  readonly wikiType: string;
}

const RERUN = 'nbflow run {file}';
const AGAIN = `${RERUN}  (pays only for what is missing)`;
const KEY = 'Set GLABS_API_KEY to the key that G-Labs shows in its Webhook tab';

export const FAILURES = {
  'Backend.Unreachable': {
    handling: 'gate',
    gate: 'backend',
    sentence: 'G-Labs does not answer ({detail}). The pass waits, nothing is lost and waiting costs nothing.',
    next: ['Start G-Labs again; the pass goes on by itself', 'If it has a new address: nbflow server <new URL>'],
    wikiType: 'connection refused',
  },
  'Backend.StillUnreachable': {
    handling: 'retry',
    sentence: 'G-Labs does not answer yet ({detail}).',
    next: ['Start G-Labs again; the pass goes on by itself'],
    wikiType: 'connection refused',
  },
  'Gate.NotYet': {
    handling: 'retry',
    delay: '5 s',
    sentence: 'It does not work yet, though other things do ({detail}). It is tried again, and pays for nothing.',
    next: ['Wait: it is tried again by itself'],
    wikiType: 'api_error',
  },
  'Gate.GaveUp': {
    handling: 'final',
    sentence: 'The pass has waited as long as it may ({detail}). What is paid for is kept.',
    next: ['See to what it waited for', AGAIN, `To wait longer: ${RERUN} --max-wait 48h`],
    wikiType: 'connection refused',
  },
  'Backend.Busy': {
    handling: 'retry',
    delay: '10 s',
    sentence: 'G-Labs is busy ({detail}). It is asked again after a pause.',
    next: ['If it stays busy, run with fewer at once: nbflow run {file} --concurrency 2'],
    wikiType: 'api_error',
  },
  'Backend.Quota': {
    handling: 'gate',
    gate: 'quota',
    sentence: "The day's quota at G-Labs is used up ({detail}). The pass waits; what is made is kept.",
    next: ['When there is quota again: nbflow resume {file}'],
    wikiType: 'api_error',
  },
  'Backend.Auth': {
    handling: 'final',
    sentence: 'G-Labs refused the API key or the plan ({detail}). Nothing was paid for this request.',
    next: [KEY, RERUN],
    wikiType: 'api_error',
  },
  'Backend.Unexpected': {
    handling: 'final',
    sentence: 'G-Labs answered in a way that is not understood ({detail}). What is paid for is kept on record.',
    next: ['Check that the --server address is really G-Labs, and its version', RERUN],
    wikiType: 'api_error',
  },
  'Backend.NoSpace': {
    handling: 'final',
    sentence: 'The computer of G-Labs has no space left for what it makes ({detail}).',
    next: ['Free some space on the computer where G-Labs runs', AGAIN],
    wikiType: 'api_error',
  },
  'Budget.Exceeded': {
    handling: 'final',
    sentence: 'The budget of the pass does not suffice ({detail}). Nothing was sent for it.',
    next: ['nbflow plan {file}  (what is left to pay)', `${RERUN} --budget N  (a higher one; what is made is kept)`],
    wikiType: 'api_error',
  },
  'Generation.Policy': {
    handling: 'final',
    sentence: 'The prompt or a reference was refused by the safety filter ({detail}).',
    next: [`Another try often passes: ${AGAIN}`, 'Else edit the prompt and run again'],
    wikiType: 'content_policy',
  },
  'Generation.Stopped': {
    handling: 'final',
    sentence: 'Somebody stopped it in G-Labs ({detail}). What was under way may have been charged.',
    next: [AGAIN],
    wikiType: 'api_error',
  },
  'Generation.Failed': {
    handling: 'final',
    sentence: 'G-Labs could not make it ({detail}).',
    next: [AGAIN],
    wikiType: 'api_error',
  },
  'Generation.Timeout': {
    handling: 'final',
    sentence: 'It took too long ({detail}). The task may still finish at G-Labs.',
    next: [`${RERUN}  (a task that finished meanwhile is fetched, not paid again)`],
    wikiType: 'timeout',
  },
  'Generation.BadBytes': {
    handling: 'final',
    sentence: 'G-Labs sent a damaged file, or none, again and again ({detail}). It is paid for and kept on record.',
    next: [`${RERUN}  (fetches it once more, pays nothing again)`],
    wikiType: 'api_error',
  },
  'Generation.Lost': {
    handling: 'final',
    sentence: 'G-Labs forgot the task ({detail}). The money for it is possibly gone.',
    next: [AGAIN],
    wikiType: 'api_error',
  },
  'Generation.Elsewhere': {
    handling: 'final',
    sentence: 'It was paid for at another G-Labs, which does not answer ({detail}). It is kept on record.',
    next: [
      'Start the G-Labs of before; its address is in the message',
      `${RERUN}  (fetches it from there, pays nothing again)`,
      `To pay for it again at the new one: ${RERUN} {selector} --no-cache`,
    ],
    wikiType: 'api_error',
  },
  'Generation.Undecided': {
    handling: 'final',
    sentence: 'It is not certain whether this was paid for already ({detail}). Nothing more was sent.',
    next: [
      "Look for it in G-Labs' own list of tasks",
      'nbflow decide {file}  (lists what needs a decision, what it costs and what to type)',
      `${RERUN}  (asks G-Labs once more, sends nothing while it is uncertain)`,
    ],
    wikiType: 'api_error',
  },
  'Reference.Unavailable': {
    handling: 'final',
    sentence: 'A picture that it is made from can not be had ({detail}). Nothing was paid for it.',
    next: ['Check that the address of the Media node opens in a browser', RERUN],
    wikiType: 'api_error',
  },
  'Reference.Missing': {
    handling: 'final',
    sentence: 'A reference would not reach G-Labs ({detail}). Nothing was paid for it.',
    next: ['Correct the Media node', 'nbflow check {file}'],
    wikiType: 'api_error',
  },
  'Store.Unavailable': {
    handling: 'gate',
    gate: 'store',
    sentence: 'The object store does not answer ({detail}). What is made is safe on this machine.',
    next: ['Check the network and R2_ENDPOINT; the pass goes on by itself'],
    wikiType: 'api_error',
  },
  'Store.Rejected': {
    handling: 'final',
    sentence: 'The object store refused the upload ({detail}). What is made is safe on this machine.',
    next: ['Check the R2_* settings', `${RERUN}  (uploads what is there, pays nothing again)`],
    wikiType: 'api_error',
  },
  'File.Busy': {
    handling: 'retry',
    delay: '1 s',
    sentence: 'Another program holds the file ({detail}). It is tried again.',
    next: ['Wait for the other program to finish'],
    wikiType: 'api_error',
  },
  'File.Changed': {
    handling: 'final',
    sentence: 'The file was changed in the middle of the pass ({detail}). No edit is lost; what is made is kept.',
    next: [AGAIN],
    wikiType: 'api_error',
  },
  'File.Damaged': {
    handling: 'final',
    sentence: 'The file can no longer be read ({detail}). What is made is recorded and safe.',
    next: ['nbflow check {file}', 'Take the newest copy from the folder backups'],
    wikiType: 'api_error',
  },
  'File.Invalid': {
    handling: 'final',
    sentence: 'The sanity check refuses the file ({detail}). Nothing was spent.',
    next: ['nbflow check {file}'],
    wikiType: 'api_error',
  },
  'Disk.Full': {
    handling: 'gate',
    gate: 'disk',
    sentence: 'The disk is full ({detail}). The pass waits and pays for nothing meanwhile.',
    next: ['Free some space; the pass goes on by itself'],
    wikiType: 'api_error',
  },
  'Pass.Stopped': {
    handling: 'final',
    sentence: 'The pass was told to pay for nothing more ({detail}).',
    next: [AGAIN],
    wikiType: 'api_error',
  },
  'Node.Held': {
    handling: 'retry',
    delay: '1 s',
    sentence: 'It is being worked on elsewhere ({detail}). It is tried again.',
    next: ['Wait until the other one has finished'],
    wikiType: 'api_error',
  },
  'Worker.Stopping': {
    handling: 'retry',
    delay: '1 ms',
    sentence: 'The worker was stopped ({detail}); another one goes on.',
    next: ['nbflow up'],
    wikiType: 'api_error',
  },
} as const satisfies Readonly<Record<string, FailureClass>>;

export type FailureType = keyof typeof FAILURES;

/** Whether a dotted type is one of the classes of the table. */
export function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(FAILURES, type);
}

/** The row of the table for a class. */
export function failureClass(type: FailureType): FailureClass {
  return FAILURES[type];
}

/** Whether a pass waits for such a failure to pass, and then goes on. */
export function waitsAtGate(type: string): boolean {
  return isFailureType(type) && failureClass(type).handling === 'gate';
}
