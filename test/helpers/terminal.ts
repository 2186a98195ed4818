/** The command line at a terminal of its own, where it asks and somebody answers. Needs python3, as the tests' servers do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY } from './machine';

const AT_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
const QUESTION = '[y/N]';

/** Types each answer when the next question stands there. Answers the exit code and all that was shown. */
export async function atTerminal(
  args: readonly string[],
  answers: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const program = [process.execPath, join(REPOSITORY, 'bin', 'nbflow.js'), ...args];
  const child = spawn('python3', ['-c', AT_TERMINAL, ...program], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let given = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const asked = shown.split(QUESTION).length - 1;
    while (given < Math.min(asked, answers.length)) child.stdin.write(`${answers[given++]}\n`);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, shown };
}
