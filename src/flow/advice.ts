/** What to say and what to type next, from the table of failure classes. Workflow-safe: plain strings. */
import { exact, units } from './money-words';
import { failureClass, isFailureType } from './failure-classes';
import type { NodeOutcome, PassState } from './outcome';
import { countNodes } from './outcome';

const RERUN = 'nbflow run {file}';

/** The sentence for a failure; `detail` is the text of the backend or the system. Unknown types give the detail itself. */
export function failureText(type: string, detail: string): string {
  const text = detail.trim().replace(/[.\s]+$/, '');
  if (!isFailureType(type)) return text === '' ? type : `${text} (${type})`;
  // A function, so that `$&` in a backend's text means itself.
  return failureClass(type).sentence.replace(/ ?\(\{detail\}\)/, () => (text === '' ? '' : ` (${text})`));
}

export interface AdviceContext {
  /** As the person would type it. */
  readonly file: string;
  /** `--scene 03`, `--node 17`; empty for the whole file. */
  readonly selector?: string;
}

/** What to type after a failure of this class. */
export function failureAdvice(type: string, { file, selector = '' }: AdviceContext): readonly string[] {
  const lines = isFailureType(type) ? failureClass(type).next : [RERUN];
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
  context: AdviceContext & {
    readonly mode: 'images' | 'full';
    /** What is still to be paid for, where it is known. */
    readonly left?: number | undefined;
  },
): readonly string[] {
  const file = quoted(context.file);
  switch (state) {
    case 'done':
      return context.mode === 'images' && countNodes(outcomes).done > 0
        ? [`Look at the pictures and pick, then make the clips: nbflow run ${file}`]
        : [];
    case 'cancelled':
      return [`nbflow run ${file} (goes on where it stopped; what is paid for is kept)`];
    case 'over-budget':
      return context.left === undefined
        ? failureAdvice('Budget.Exceeded', context)
        : [
            `${units(context.left)} are left to pay: nbflow run ${file} --budget ${exact(context.left)}  (what is made is kept; failures cost extra)`,
          ];
    case 'needs-person':
      return [`nbflow decide ${file}  (lists what needs a decision, what it costs and what to type)`];
    case 'done-with-failures': {
      const types = new Set(outcomes.flatMap(({ errorType }) => (errorType === null ? [] : [errorType])));
      const lines = [...types].flatMap((type) => failureAdvice(type, context));
      return [...new Set(lines.some((line) => line.includes('nbflow run')) ? lines : [...lines, `nbflow run ${file}`])];
    }
  }
}

/** Quoted for a shell of any system when it must be. */
export function quoted(file: string): string {
  return /^[\w@%+=:,./\\~-]+$/.test(file) ? file : `"${file}"`;
}
