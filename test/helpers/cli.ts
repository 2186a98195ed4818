/** The real command line in its own process. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY } from './machine';

export interface CliEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnd>;
  /** What it has written to stderr so far. */
  said(): string;
}

export function startCli(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): CliRun {
  const child = spawn(process.execPath, [join(REPOSITORY, 'bin', 'nbflow.js'), ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...heard }));
  return { child, ended, said: () => heard.stderr };
}

/** The one object that a command prints with --json. */
export function jsonOf<T = Record<string, unknown>>(end: CliEnd): T {
  try {
    return JSON.parse(end.stdout) as T;
  } catch {
    throw new Error(`no JSON on stdout (exit ${end.code}):\n${end.stdout}\n${end.stderr}`);
  }
}
