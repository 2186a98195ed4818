/** `nbflow service install|remove|status`: the servers and the worker come back after a reboot. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { down, servicesStatus } from '../services/down';
import { homeFolders } from '../services/home';
import type { InstallReport, StatusReport } from '../services/service';
import { installService, removeService, serviceStatus } from '../services/service';
import type { ServiceSettings } from '../services/service-settings';
import { serviceSettings } from '../services/service-settings';
import type { Machine } from '../services/service-system';
import { callWith } from '../services/service-system';
import { projectRootOf } from './context';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

export interface InstallOptions extends OutputOptions {
  readonly dryRun?: boolean;
  readonly envFile?: string;
  readonly saveEnv?: boolean;
}

/** Node and our script, where they really lie: a link of npm's may move. */
const PROGRAM = [process.execPath, join(__dirname, '..', '..', 'bin', 'nbflow.js')] as const;

function thisMachine(): Machine {
  const env = { ...process.env };
  const uid = process.getuid?.() ?? null;
  // A shell that was not logged in lacks the way to a session which may be there all the same.
  const runtime = `/run/user/${uid}`;
  if (process.platform === 'linux' && !env['XDG_RUNTIME_DIR'] && existsSync(join(runtime, 'bus')))
    env['XDG_RUNTIME_DIR'] = runtime;
  const name = userName();
  const domain = process.platform === 'win32' ? process.env['USERDOMAIN'] : undefined;
  return {
    ...{ platform: process.platform, homedir: homedir(), user: domain ? `${domain}\\${name}` : name, uid, env },
    call: callWith(env),
    pause: (milliseconds) => delay(milliseconds),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number without a name.
    return process.env['USER'] ?? process.env['USERNAME'] ?? '';
  }
}

/** Answers the exit code. Throws FlowError: 2 for settings that can't be kept, 4 where there are no user services. */
export async function installCommand(options: InstallOptions): Promise<number> {
  const home = homeFolders();
  const { envFile, saveEnv, dryRun = false } = options;
  const root = projectRootOf(process.cwd());
  const settings = serviceSettings({ env: process.env, home, program: PROGRAM, root, envFile, saveEnv });
  const report = await installService(thisMachine(), home, settings, dryRun);
  const undo = 'nbflow service remove';
  if (options.json) {
    const { text, ...facts } = report;
    jsonResult({ ...facts, home: home.root, missing: settings.missing, undo, ...(dryRun ? { dryRun, text } : {}) });
    return 0;
  }
  if (dryRun) {
    say(`This would be written into ${report.file}:`);
    result(report.text.trimEnd());
    if (settings.missing.length > 0)
      say(`It would lack ${settings.missing.join(', ')}: add --save-env, or --env-file FILE.`);
    return 0;
  }
  installLines(report, settings).forEach((line) => result(line));
  return 0;
}

function installLines(report: InstallReport, { different }: ServiceSettings): string[] {
  const { system, file, changed, envFile, project, log, linger } = report;
  const restart = system === 'systemd' ? 'systemctl --user restart nbflow' : 'nbflow down, then nbflow service install';
  return [
    `${changed ? 'Written  ' : 'Unchanged'}  ${file}`,
    `Enabled and started: after a ${linger === true ? 'boot' : 'login'} the servers and the worker come back, and open passes go on.`,
    `In it      ${report.settings.join(', ')}`,
    ...(envFile ? [`Also read  ${envFile} (after a change: ${restart})`] : []),
    ...(project ? [`Also read  TEMPORAL_* in ${join(project, '.env')}`] : []),
    ...(different.length > 0
      ? [`Differs    ${different.join(', ')} here and in that file; to take over what this terminal has: --save-env`]
      : []),
    ...(linger === false ? ['At boot, before anybody logs in:  loginctl enable-linger'] : []),
    `Log        ${log}`,
    'How it is  nbflow service status',
    'Undo       nbflow service remove',
  ];
}

/** Answers the exit code, 0 also when nothing was installed. */
export async function removeCommand(options: OutputOptions): Promise<number> {
  const home = homeFolders();
  const { file, deleted } = await removeService(thisMachine(), home, () => down());
  if (options.json) jsonResult({ file, deleted });
  else if (!deleted.includes(file)) result(`No service was installed: there is no ${file}.`);
  else {
    result('The service is stopped and will not start again. Passes, results and receipts are untouched.');
    deleted.forEach((path) => result(`Deleted    ${path}`));
    result('Passes that were open go on after:  nbflow up');
  }
  return 0;
}

/** Answers the exit code: 4 where the system can't be asked. */
export async function statusCommand(options: OutputOptions): Promise<number> {
  const home = homeFolders();
  const report = await serviceStatus(thisMachine(), home, PROGRAM);
  const servers = await servicesStatus();
  const up = servers.services.filter(({ running }) => running).map(({ name }) => name);
  const lastLine = lastLineOf(report.log);
  if (options.json) jsonResult({ ...report, home: home.root, supervisor: servers.supervisor, up, lastLine });
  else statusLines(report, up, lastLine).forEach((line) => result(line));
  return report.refusal === null ? 0 : 4;
}

/** The last thing that the service wrote down; null when it wrote nothing yet. */
function lastLineOf(log: string): string | null {
  try {
    return (
      readFileSync(log, 'utf8')
        .trimEnd()
        .split(/\n(?! )/)
        .at(-1) || null
    );
  } catch {
    return null;
  }
}

function statusLines(report: StatusReport, up: readonly string[], lastLine: string | null): string[] {
  const { installed, enabled, running, word, refusal, current, linger } = report;
  const yes = (value: boolean | null): string => (value === null ? 'not known' : value ? 'yes' : 'no');
  const detail = word && word !== 'active' && word !== 'running' ? ` (${word})` : '';
  return [
    `Installed  ${yes(installed)}${installed ? `: ${report.file}` : ''}`,
    `Enabled    ${yes(enabled)}${enabled && linger !== null ? (linger ? ', at boot' : ', at login') : ''}`,
    `Running    ${yes(running)}${detail}`,
    `Up now     ${up.length > 0 ? up.join(', ') : 'nothing'}`,
    `Log        ${report.log}`,
    ...(lastLine === null ? [] : [`Last said  ${lastLine}`]),
    ...(refusal === null ? [] : [`The system can't be asked: ${refusal}`]),
    ...(current
      ? []
      : ['It starts another node or another nbflow than this one: nbflow service install corrects that.']),
    ...(installed ? [] : ['To install it: nbflow service install']),
    ...(installed && running === false ? ['To start it: nbflow service install'] : []),
  ];
}
