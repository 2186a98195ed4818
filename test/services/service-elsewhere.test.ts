/** install, remove and status where there is no systemd. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installService, removeService, serviceStatus } from '../../src/services/service';
import type { Answers, ServiceRig } from './service-rig';
import { openServiceRig, PROGRAM } from './service-rig';

let rig: ServiceRig;
beforeEach(() => (rig = openServiceRig()));
afterEach(() => rmSync(rig.base, { recursive: true, force: true }));

test('on launchd: install replaces an agent that is loaded and waits until it is gone, remove unloads it', async () => {
  const file = join(rig.base, 'Library', 'LaunchAgents', 'nbflow.runner.plist');
  let loaded = 3;
  const leaving: Answers = (call) =>
    call.endsWith('print gui/501/nbflow.runner') ? { code: --loaded > 0 ? 0 : 113 } : {};
  await installService(rig.machine('darwin', leaving), rig.home, rig.settings());
  expect(rig.calls).toEqual([
    'launchctl print gui/501',
    'launchctl print gui/501/nbflow.runner',
    'launchctl bootout gui/501/nbflow.runner',
    'launchctl print gui/501/nbflow.runner',
    'launchctl print gui/501/nbflow.runner',
    'launchctl enable gui/501/nbflow.runner',
    `launchctl bootstrap gui/501 ${file}`,
  ]);
  rig.forget();
  const running: Answers = () => ({ stdout: 'nbflow.runner = {\n\tstate = running\n}\n' });
  await installService(rig.machine('darwin', running), rig.home, rig.settings());
  expect(rig.calls.at(-1)).toBe('launchctl kickstart gui/501/nbflow.runner');
  expect(await serviceStatus(rig.machine('darwin', running), rig.home, PROGRAM)).toMatchObject({
    ...{ installed: true, enabled: true, running: true, linger: null, current: true },
  });
  let here = 3;
  const ending: Answers = (call) =>
    call.endsWith('runner') && call.includes('print') ? { code: --here > 0 ? 0 : 113 } : {};
  expect(await removeService(rig.machine('darwin', ending), rig.home, () => Promise.resolve())).toMatchObject({ file });
  expect(rig.calls).toContain('launchctl bootout gui/501/nbflow.runner');
  expect(existsSync(file)).toBe(false);
});

test('on Windows: install hands the task over as UTF-16, remove deletes it and stops the servers', async () => {
  const file = join(rig.home.root, 'service-task.xml');
  await installService(rig.machine('win32'), rig.home, rig.settings());
  expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
  expect(rig.calls.slice(-2)).toEqual([`schtasks /Create /TN nbflow /XML ${file} /F`, 'schtasks /Run /TN nbflow']);
  expect(await installService(rig.machine('win32'), rig.home, rig.settings())).toMatchObject({ changed: false });
  const running: Answers = () => ({ stdout: '"\\nbflow","N/A","Running"\r\n' });
  expect(await serviceStatus(rig.machine('win32', running), rig.home, PROGRAM)).toMatchObject({
    installed: true,
    running: true,
  });
  let stopped = 0;
  await removeService(rig.machine('win32', running), rig.home, () => Promise.resolve(stopped++));
  expect([stopped, existsSync(file), rig.calls.at(-1)]).toEqual([1, false, 'schtasks /Delete /TN nbflow /F']);
});

test('on a system without a known kind of service, the command for its own kind is told', async () => {
  await expect(installService(rig.machine('freebsd'), rig.home, rig.settings())).rejects.toMatchObject({
    exitCode: 4,
    next: ['Let the system start this at boot: nbflow service run'],
  });
});
