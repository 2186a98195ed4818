/** `nbflow service install|remove|status`, for whichever system this is. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../files/atomic';
import { FlowError } from '../flow/errors';
import type { Home } from './home';
import { makeHome } from './home';
import { envFileText } from './service-env';
import { readRecord, recordPath, savedEnvPath } from './service-record';
import type { ServiceSettings } from './service-settings';
import { serviceLog } from './service-settings';
import type { Machine, ServiceSystem } from './service-system';
import { serviceSystem } from './service-systems';
import { crontabLine, MARK } from './service-unit';

export interface InstallReport {
  readonly system: ServiceSystem['name'];
  readonly file: string;
  readonly text: string;
  /** False when the file was there and said the same. */
  readonly changed: boolean;
  /** Names of the settings that stand in the file. */
  readonly settings: readonly string[];
  readonly envFile: string | null;
  readonly project: string | null;
  readonly log: string;
  /** Whether it starts at boot (true) or at login; null where there is no such choice. */
  readonly linger: boolean | null;
}

export interface StatusReport {
  readonly system: ServiceSystem['name'];
  readonly file: string;
  readonly installed: boolean;
  readonly enabled: boolean | null;
  readonly running: boolean | null;
  /** The system's own word. */
  readonly word: string | null;
  /** False when it starts another node or another installation than the one that was asked. */
  readonly current: boolean;
  /** Why the system can't be asked; null when it can. */
  readonly refusal: string | null;
  readonly envFile: string | null;
  readonly log: string;
  readonly linger: boolean | null;
}

/** Writes, enables and starts; a dry run does nothing of it. Throws FlowError (4) when the system takes no services. */
export async function installService(
  machine: Machine,
  home: Home,
  settings: ServiceSettings,
  dryRun = false,
): Promise<InstallReport> {
  const system = serviceSystem(machine, home.root);
  const { plan, record, save } = settings;
  const text = system.text(plan);
  const before = readOwn(system);
  const changed = before !== text;
  const report: InstallReport = {
    ...{ system: system.name, file: system.file, text, changed, log: plan.log, linger: lingers(machine) },
    ...{ settings: Object.keys(plan.env), envFile: record.envFile, project: record.project },
  };
  if (dryRun) return report;
  if (settings.missing.length > 0) throw missingSecrets(settings);
  await makeHome(home);
  // Before the question whether there are services here: the crontab line of the other way reads the file as well.
  if (save) await writeFileAtomic(savedEnvPath(home), envFileText(save), { mode: 0o600 });
  const refusal = await system.refusal();
  if (refusal !== null) throw noServices(refusal, crontabLine(plan));
  await writeFileAtomic(recordPath(home), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  if (changed) await writeFileAtomic(system.file, encode(system, text));
  // New secrets are read at a start only.
  await system.activate(changed || save !== null);
  return report;
}

/** Stops, disables and deletes the service; answers which files are gone. Projects, receipts and databases stay. */
export async function removeService(
  machine: Machine,
  home: Home,
  stopServers: () => Promise<unknown>,
): Promise<{ readonly file: string; readonly deleted: readonly string[] }> {
  const system = serviceSystem(machine, home.root);
  const known = (await system.refusal()) === null;
  const state = known ? await system.state() : null;
  const installed = readOwn(system) !== null;
  if (known && (installed || state?.enabled)) await system.deactivate();
  // Windows ends the service without telling it, so that its servers would run on.
  if (system.name === 'task-scheduler' && installed && state?.running !== false) await stopServers();
  const ours = [system.file, recordPath(home), savedEnvPath(home)].filter((path) => existsSync(path));
  ours.forEach((path) => rmSync(path, { force: true }));
  if (installed) await system.forget();
  return { file: system.file, deleted: ours };
}

/** How the service stands; changes nothing. */
export async function serviceStatus(machine: Machine, home: Home, program: readonly string[]): Promise<StatusReport> {
  const system = serviceSystem(machine, home.root);
  const text = readOwn(system);
  const refusal = await system.refusal();
  const state = refusal === null ? await system.state() : { enabled: null, running: null, word: null };
  const current = text === null || program.every((path) => text.includes(system.word(path)));
  return {
    ...{ system: system.name, file: system.file, installed: text !== null, ...state, current, refusal },
    ...{ envFile: readRecord(home).envFile, log: serviceLog(home), linger: lingers(machine) },
  };
}

/** Null when there is none. Throws FlowError `Usage` (2) for a file of that name that we did not write. */
function readOwn({ file, encoding }: ServiceSystem): string | null {
  if (!existsSync(file)) return null;
  const text = readFileSync(file, encoding).replace(/^\uFEFF/, '');
  if (text.includes(MARK)) return text;
  throw new FlowError('Usage', `${file} is there and was not written by nbflow, so it is left alone.`, 2, [
    'Move it away, then type the command again.',
  ]);
}

function encode({ encoding }: ServiceSystem, text: string): Buffer {
  // Windows' scheduler wants the mark that tells the byte order.
  return Buffer.from(encoding === 'utf16le' ? `\uFEFF${text}` : text, encoding);
}

/** systemd starts a user's services at boot only for users who linger. */
function lingers({ platform, user }: Machine): boolean | null {
  if (platform !== 'linux') return null;
  return existsSync(join('/var/lib/systemd/linger', user));
}

function missingSecrets({ missing }: ServiceSettings): FlowError {
  const names = missing.join(', ');
  return new FlowError(
    'Usage',
    `This terminal has ${names}, and the service would not: secrets are never written into its file. Nothing was installed.`,
    2,
    [
      'To keep them in a file that only you can read: nbflow service install --save-env',
      'Or name a file of your own with such lines (mode 600): nbflow service install --env-file FILE',
      'Or write them into the .env of your project.',
    ],
  );
}

function noServices(refusal: string, line: string): FlowError {
  return new FlowError(
    'Service.Unavailable',
    `This system takes no service of this user: ${refusal}. No service was installed.`,
    4,
    [
      'Log in as the user itself (a desktop or ssh, not su or sudo), then type it again. On WSL, switch systemd on in /etc/wsl.conf.',
      `Without systemd, add this line with crontab -e:\n    ${line}`,
      'In a container, make this its command: nbflow service run',
    ],
  );
}
