/** The failure classes and what to type next, as one table. Workflow-safe: plain data and strings. */
import type { NodeOutcome, PassState } from './outcome';
import { countNodes } from './outcome';

export type FailureType =
  | 'Backend.Unreachable'
  | 'Backend.Busy'
  | 'Backend.Quota'
  | 'Backend.Auth'
  | 'Generation.Policy'
  | 'Generation.Failed'
  | 'Generation.Timeout'
  | 'Generation.Lost'
  | 'Store.Unavailable'
  | 'Store.Rejected'
  | 'File.Changed'
  | 'File.Invalid'
  | 'Disk.Full';

/** retry: a short blip, the activity tries again by itself. gate: the pass waits for the world. final: the node ends. */
export type Handling = 'retry' | 'gate' | 'final';

export interface FailureClass {
  readonly handling: Handling;
  /** A sentence for a non-engineer; `{detail}` is the backend's or system's own text. */
  readonly sentence: string;
  /** What to type or do; `{file}` is the quoted file name, `{selector}` names the node. */
  readonly next: readonly string[];
  /** The word that errors.json has for it. */
  readonly wikiType: string;
}

const RERUN = 'nbflow run {file}';

const FAILURES: Readonly<Record<FailureType, FailureClass>> = {
  'Backend.Unreachable': {
    handling: 'gate',
    sentence: 'G-Labs does not answer ({detail}). The pass waits, nothing is lost and waiting costs nothing.',
    next: ['Start G-Labs again; after a new tunnel: nbflow server URL'],
    wikiType: 'connection refused',
  },
  'Backend.Busy': {
    handling: 'retry',
    sentence: 'G-Labs is busy ({detail}). It is asked again after a pause.',
    next: ['If it stays busy, run with fewer at once: nbflow run {file} --concurrency 2'],
    wikiType: 'api_error',
  },
  'Backend.Quota': {
    handling: 'gate',
    sentence: "The day's quota at G-Labs is used up ({detail}). The pass waits, what is made is kept.",
    next: ['When there is quota again: nbflow resume {file}'],
    wikiType: 'api_error',
  },
  'Backend.Auth': {
    handling: 'final',
    sentence: 'G-Labs refused the API key or the plan ({detail}). Nothing was paid for this request.',
    next: ['Set GLABS_API_KEY to the key that G-Labs shows in its Webhook tab', RERUN],
    wikiType: 'api_error',
  },
  'Generation.Policy': {
    handling: 'final',
    sentence: 'The prompt or a reference was refused by the safety filter ({detail}).',
    next: ['Another try often passes: nbflow rerun {file} {selector}', 'Else edit the prompt and run again'],
    wikiType: 'content_policy',
  },
  'Generation.Failed': {
    handling: 'final',
    sentence: 'G-Labs could not make it ({detail}).',
    next: [RERUN, 'nbflow why {file} {selector}'],
    wikiType: 'api_error',
  },
  'Generation.Timeout': {
    handling: 'final',
    sentence: "It took longer than the node's timeout ({detail}). The task may still finish at G-Labs.",
    next: [`${RERUN} (a task that finished meanwhile is fetched, not paid again)`],
    wikiType: 'timeout',
  },
  'Generation.Lost': {
    handling: 'final',
    sentence: 'G-Labs forgot the task ({detail}). The money for it is possibly gone.',
    next: ['Decide whether to pay for it again: nbflow approve {file}', 'nbflow bill {file}'],
    wikiType: 'api_error',
  },
  'Store.Unavailable': {
    handling: 'gate',
    sentence: 'The object store does not answer ({detail}). The pass waits; what is made is safe on this machine.',
    next: ['Check the network and R2_ENDPOINT; the pass goes on by itself'],
    wikiType: 'api_error',
  },
  'Store.Rejected': {
    handling: 'final',
    sentence: 'The object store refused the upload ({detail}). What is made is safe on this machine.',
    next: ['Check the R2_* settings', `${RERUN} (uploads what is there, pays nothing again)`],
    wikiType: 'api_error',
  },
  'File.Changed': {
    handling: 'retry',
    sentence: 'The file was saved by another program meanwhile ({detail}). It is read again; no edit is lost.',
    next: [RERUN],
    wikiType: 'api_error',
  },
  'File.Invalid': {
    handling: 'final',
    sentence: 'The file can no longer be read ({detail}). What is made is recorded and safe.',
    next: ['nbflow check {file}', 'nbflow backups {file}'],
    wikiType: 'api_error',
  },
  'Disk.Full': {
    handling: 'gate',
    sentence: 'The disk is full ({detail}). The pass waits and pays for nothing meanwhile.',
    next: ['Free some space, then: nbflow resume {file}'],
    wikiType: 'api_error',
  },
};

/** Whether a dotted type is one of the classes of the table. */
export function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(FAILURES, type);
}

/** The row of the table for a class. */
export function failureClass(type: FailureType): FailureClass {
  return FAILURES[type];
}

/** The sentence for a failure; `detail` is the text of the backend or the system. Unknown types give the detail itself. */
export function failureText(type: string, detail: string): string {
  const text = detail.trim().replace(/[.\s]+$/, '');
  if (!isFailureType(type)) return text === '' ? type : `${text} (${type})`;
  // A function, so that `$&` in a backend's text means itself.
  return FAILURES[type].sentence.replace(/ ?\(\{detail\}\)/, () => (text === '' ? '' : ` (${text})`));
}

export interface AdviceContext {
  /** As the person would type it. */
  readonly file: string;
  /** `--scene 03`, `--node 17`; empty for the whole file. */
  readonly selector?: string;
}

/** What to type after a failure of this class. */
export function failureAdvice(type: string, { file, selector = '' }: AdviceContext): readonly string[] {
  const lines = isFailureType(type) ? FAILURES[type].next : [RERUN, 'nbflow diagnose {file}'];
  return lines.map((line) =>
    line.replace(/ ?\{(file|selector)\}/g, (_, name: string) => {
      const value = name === 'file' ? quoted(file) : selector;
      return value === '' ? '' : ` ${value}`;
    }),
  );
}

/** What to type at the end of a pass; empty when there is nothing left to do. */
export function passAdvice(
  state: PassState,
  outcomes: readonly NodeOutcome[],
  context: AdviceContext & { readonly mode: 'images' | 'full' },
): readonly string[] {
  const file = quoted(context.file);
  switch (state) {
    case 'done':
      return context.mode === 'images' && countNodes(outcomes).done > 0
        ? [`Look at the pictures and pick, then make the clips: nbflow run ${file}`]
        : [];
    case 'cancelled':
      return [`nbflow run ${file} (goes on where it stopped; what is paid for is kept)`];
    case 'needs-person':
      return [`nbflow why ${file}`, `nbflow approve ${file}`];
    case 'done-with-failures': {
      const types = new Set(outcomes.flatMap(({ errorType }) => (errorType === null ? [] : [errorType])));
      const lines = [...types].flatMap((type) => failureAdvice(type, context));
      return [...new Set([...lines, `nbflow run ${file}`])];
    }
  }
}

/** Quoted for a shell of any system when it must be. */
export function quoted(file: string): string {
  return /^[\w@%+=:,./\\~-]+$/.test(file) ? file : `"${file}"`;
}
