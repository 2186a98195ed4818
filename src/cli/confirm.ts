/** Asking before something that can't be taken for granted. */
import { createInterface } from 'node:readline/promises';
import { FlowError } from '../flow/errors';

export interface ConfirmOptions {
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** True when the person agrees, or did so beforehand. Throws FlowError `Usage` (2) where nobody can be asked. */
export async function confirm(question: string, { yes, json }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (json || !process.stdin.isTTY) {
    throw new FlowError('Usage', `${question} Nobody can be asked here, so nothing was done.`, 2, [
      'To do it: the same command with --yes',
      'To see what it would do: with --dry-run',
    ]);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
