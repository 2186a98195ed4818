/** The three systems behind one interface: where the file lies, and what is typed to make it count. */
import { rmSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { FlowError } from '../flow/errors';
import { unitWord, xmlText } from './service-quotes';
import type { Machine, ServiceState, ServiceSystem } from './service-system';
import { mustCall, words } from './service-system';
import { AGENT_LABEL, launchdAgent, scheduledTask, systemdUnit, TASK_NAME, UNIT_NAME } from './service-unit';

const BOOTSTRAP_TRIES = 150;
const BOOTSTRAP_PAUSE_MS = 500;

/** Throws FlowError (4) on a system that we know no services of. */
export function serviceSystem(machine: Machine, home: string): ServiceSystem {
  if (machine.platform === 'linux') return systemd(machine);
  if (machine.platform === 'darwin') return launchd(machine);
  if (machine.platform === 'win32') return taskScheduler(machine, home);
  throw new FlowError('Service.Unsupported', `Services of ${machine.platform} are not known here.`, 4, [
    'Let the system start this at boot: nbflow service run',
  ]);
}

function systemd(machine: Machine): ServiceSystem {
  const named = machine.env['XDG_CONFIG_HOME'];
  const config = named && isAbsolute(named) ? named : join(machine.homedir, '.config');
  const file = join(config, 'systemd', 'user', UNIT_NAME);
  const systemctl = (...args: string[]): ReturnType<typeof mustCall> =>
    mustCall(machine, 'systemctl', ['--user', ...args]);
  const ask = (...args: string[]): ReturnType<Machine['call']> => machine.call('systemctl', ['--user', ...args]);
  return {
    name: 'systemd',
    file,
    encoding: 'utf8',
    text: systemdUnit,
    word: unitWord,
    refusal: async () => {
      const end = await ask('show', '--property=Version');
      if (end.code === 0) return null;
      return end.code === null ? 'there is no systemctl here' : `systemctl --user says: ${words(end)}`;
    },
    activate: async (changed) => {
      await systemctl('daemon-reload');
      await systemctl('enable', UNIT_NAME);
      await systemctl(changed ? 'restart' : 'start', UNIT_NAME);
    },
    deactivate: async () => void (await systemctl('disable', '--now', UNIT_NAME)),
    forget: async () => {
      // What `disable` takes away, for the case that nobody could be asked to.
      rmSync(join(dirname(file), 'default.target.wants', UNIT_NAME), { force: true });
      await ask('daemon-reload');
      await ask('reset-failed', UNIT_NAME);
    },
    state: async () => {
      const [enabled, active] = await Promise.all([ask('is-enabled', UNIT_NAME), ask('is-active', UNIT_NAME)]);
      return {
        enabled: enabled.code === 0,
        running: active.code === 0 || active.stdout.trim() === 'activating',
        word: active.stdout.trim() || null,
      };
    },
  };
}

function launchd(machine: Machine): ServiceSystem {
  const file = join(machine.homedir, 'Library', 'LaunchAgents', `${AGENT_LABEL}.plist`);
  const domain = `gui/${machine.uid ?? 0}`;
  const target = `${domain}/${AGENT_LABEL}`;
  const loaded = async (): Promise<boolean> => (await machine.call('launchctl', ['print', target])).code === 0;
  const leave = async (): Promise<void> => {
    if (!(await loaded())) return;
    await machine.call('launchctl', ['bootout', target]);
    // It answers before the service has ended, and takes no new one until then.
    for (let i = 0; i < BOOTSTRAP_TRIES && (await loaded()); i++) await machine.pause(BOOTSTRAP_PAUSE_MS);
  };
  return {
    name: 'launchd',
    file,
    encoding: 'utf8',
    text: launchdAgent,
    word: xmlText,
    refusal: async () => {
      const end = await machine.call('launchctl', ['print', domain]);
      if (end.code === 0) return null;
      return end.code === null ? 'there is no launchctl here' : `launchctl says: ${words(end)}`;
    },
    activate: async (changed) => {
      if (!changed && (await loaded())) return void (await mustCall(machine, 'launchctl', ['kickstart', target]));
      await leave();
      await mustCall(machine, 'launchctl', ['enable', target]);
      await mustCall(machine, 'launchctl', ['bootstrap', domain, file]);
    },
    deactivate: leave,
    forget: () => Promise.resolve(),
    state: async () => {
      const end = await machine.call('launchctl', ['print', target]);
      const word = /^\s*state = (.+)$/m.exec(end.stdout)?.[1]?.trim() ?? null;
      return { enabled: end.code === 0, running: end.code === 0 && word === 'running', word };
    },
  };
}

function taskScheduler(machine: Machine, home: string): ServiceSystem {
  const task = ['/TN', TASK_NAME];
  const query = (...args: string[]): ReturnType<Machine['call']> =>
    machine.call('schtasks', ['/Query', ...task, ...args]);
  // The scheduler keeps a copy of its own: this one is ours to compare with.
  const file = join(home, 'service-task.xml');
  return {
    name: 'task-scheduler',
    file,
    encoding: 'utf16le',
    text: (plan) => scheduledTask(plan, machine.user),
    word: xmlText,
    refusal: async () => {
      const end = await machine.call('schtasks', ['/Query']);
      if (end.code === 0) return null;
      return end.code === null ? 'there is no schtasks here' : `schtasks says: ${words(end)}`;
    },
    activate: async (changed) => {
      if (changed) await machine.call('schtasks', ['/End', ...task]);
      await mustCall(machine, 'schtasks', ['/Create', ...task, '/XML', file, '/F']);
      await mustCall(machine, 'schtasks', ['/Run', ...task]);
    },
    deactivate: async () => {
      await machine.call('schtasks', ['/End', ...task]);
      await mustCall(machine, 'schtasks', ['/Delete', ...task, '/F']);
    },
    forget: () => Promise.resolve(),
    state: async (): Promise<ServiceState> => {
      const end = await query('/FO', 'CSV', '/NH');
      // The last column; its words are in the system's language, so only the English one is understood.
      const word = /"([^"]*)"\s*$/.exec(end.stdout)?.[1] ?? null;
      const known = word === 'Running' || word === 'Ready' || word === 'Disabled' || end.code !== 0;
      return { enabled: end.code === 0, running: known ? end.code === 0 && word === 'Running' : null, word };
    },
  };
}
