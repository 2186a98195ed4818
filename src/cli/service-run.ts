/** `nbflow service run`: what the installed service runs; also the command of a container or of a crontab line. */
import { fstatSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import { down } from '../services/down';
import { homeFolders, makeHome } from '../services/home';
import { openLog } from '../services/processes';
import { readEnvFile } from '../services/service-env';
import { lookAtSupervisor, runService } from '../services/service-run';
import { serviceLog } from '../services/service-settings';
import { up } from '../services/up';
import { serverEnv } from './context';
import type { OutputOptions } from './output';

export interface RunServiceOptions extends OutputOptions {
  readonly project?: string;
  readonly envFile?: string;
  readonly set?: readonly string[];
}

/** Runs until it is told to stop (0, everything of ours is stopped then) or until `nbflow down` (0). */
export async function runServiceCommand(options: RunServiceOptions): Promise<number> {
  const base = { ...process.env, ...assignments(options.set ?? []) };
  const home = homeFolders(base);
  await makeHome(home);
  const say = logTo(serviceLog(home));
  const told = stopSignal();
  say(`process ${process.pid} keeps the servers and the worker of ${home.root} up`);

  const how = await runService({
    up: () => Promise.race([up({ env: readEnv(base, options), say }), aborted(told)]),
    look: () => lookAtSupervisor(home),
    say,
    signal: told,
    pause: (milliseconds) => delay(milliseconds, undefined, { signal: told }).catch(() => undefined),
  });
  if (how === 'stopped') {
    say('the servers were stopped by hand, so they stay down; nbflow up, or the next login, starts them');
  } else {
    const { stopped } = await down({ env: base });
    say(`told to stop; stopped: ${stopped.join(', ') || 'nothing ran'}`);
  }
  // What was still under way when we were told to stop must not keep us.
  process.exit(0);
}

/** Read at each try: a file that was corrected, or a disk that came late, counts at once. The file stands above the rest. */
function readEnv(base: Env, { envFile, project }: RunServiceOptions): Env {
  const env = envFile ? { ...base, ...readEnvFile(envFile) } : base;
  return project ? serverEnv(project, env) : env;
}

function assignments(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new FlowError('Usage', `--set ${text}: expected NAME=VALUE.`, 2, ['nbflow service run --help']);
    }),
  );
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Lines for the service's own log, and for whoever listens to us (a terminal, the journal). */
function logTo(path: string): (line: string) => void {
  const file = openLog(path);
  const [ours, heard] = [fstatSync(file), fstatSync(2)];
  const same = ours.ino === heard.ino && ours.dev === heard.dev;
  return (line) => {
    const text = `${new Date().toISOString()} ${line}\n`;
    writeSync(file, text);
    if (!same) process.stderr.write(text);
  };
}
