/** Results on stdout, everything else on stderr; one place decides what a failure looks like. */
import { FlowError } from '../flow/errors';
import { serverTrouble } from './server-trouble';

export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** A reader that went away (`| head`) is no failure of ours. */
export function toleratePipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

export function say(line = ''): void {
  process.stderr.write(`${line}\n`);
}

export function result(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function jsonResult(value: object): void {
  process.stdout.write(`${JSON.stringify({ version: 1, ...value }, null, 2)}\n`);
}

/** Prints an error for people (and for scripts with --json) and answers the exit code. */
export function reportError(thrown: unknown, options: OutputOptions): number {
  const error = serverTrouble(thrown) ?? thrown;
  if (error instanceof FlowError) {
    if (options.json)
      jsonResult({ error: { type: error.type, message: error.message }, exitCode: error.exitCode, next: error.next });
    else {
      say(error.message);
      for (const step of error.next) say(`  → ${step}`);
    }
    if (options.verbose && error.cause instanceof Error) say(error.cause.stack ?? error.cause.message);
    return error.exitCode;
  }
  const problem = error instanceof Error ? error : new Error(String(error));
  if (options.json) jsonResult({ error: { type: 'Internal', message: problem.message }, exitCode: 1, next: [] });
  say(`Something unexpected went wrong: ${problem.message}`);
  say('  → Nothing that was paid for is lost: run the same command again. With --verbose it tells more.');
  if (options.verbose) say(problem.stack ?? '');
  return 1;
}

/** `1 picture`, `4 pictures`. */
export function plural(count: number, word: string, many = `${word}s`): string {
  return `${count} ${count === 1 ? word : many}`;
}

/** `0:07`, `12:40`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts as [number, number, number];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
