/** The machine goes down in the middle of a pass; the service that `nbflow service install` wrote is all that comes back. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isRunning } from '../../src/files/process-identity';
import { homeFolders } from '../../src/services/home';
import { readState, SERVICE_NAMES } from '../../src/services/state';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { Rig, RunAnswer } from '../helpers/rig';
import { KEY, openRig } from '../helpers/rig';
import { readUnit } from '../helpers/unit-file';
import { until } from '../helpers/wait';

let rig: Rig;
let service: ChildProcess | null = null;
beforeAll(async () => {
  rig = await openRig({ ownServers: true });
});
afterAll(async () => {
  await rig.close();
  // It leaves by itself when its servers were stopped by hand.
  if (service?.exitCode === null) await once(service, 'exit');
});

function unitPath(): string {
  return join(rig.home, '..', 'config', 'systemd', 'user', 'nbflow.service');
}

/** Surroundings with a `systemctl` that says yes to everything and notes what it was told. */
function standIn(): { readonly env: Record<string, string>; calls(): string } {
  const bin = join(rig.home, '..', 'bin');
  const config = join(rig.home, '..', 'config');
  const calls = join(bin, 'calls');
  mkdirSync(bin);
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$*" >> '${calls}'\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}`, XDG_CONFIG_HOME: config };
  return { env, calls: () => readFileSync(calls, 'utf8') };
}

/** Runs the unit's own command line with nothing but the unit's environment and what systemd adds to it. */
function startUnit(path: string): ChildProcess {
  const { command, env } = readUnit(readFileSync(path, 'utf8'));
  const [program = '', ...args] = command;
  const bare = { HOME: process.env['HOME'], LANG: 'C.UTF-8', USER: 'somebody' };
  return spawn(program, args, { cwd: '/', env: { ...bare, ...env }, stdio: 'ignore' });
}

async function killEverything(): Promise<void> {
  const state = readState(homeFolders(rig.env));
  const pids = [state?.supervisor.pid, ...SERVICE_NAMES.map((name) => rig.pid(name))].filter((pid) => pid != null);
  expect(pids).toHaveLength(4);
  // The supervisor first, or it would start the others again.
  pids.forEach((pid) => process.kill(pid, 'SIGKILL'));
  await until('the end of all of them', () => !pids.some((pid) => isRunning(pid)));
}

test('after a reboot an open pass goes on to its end by the service alone, and nothing is paid twice', async () => {
  const { env, calls } = standIn();
  const unit = unitPath();
  const backend = await rig.simulate({ imageMs: 200, videoMs: 300 });
  const project = rig.project('XYZG3-V0-1');
  const installed = await rig.cli(project, ['service', 'install', '--save-env', '--json'], env);
  expect([installed.code, jsonOf(installed)]).toEqual([0, expect.objectContaining({ file: unit, changed: true })]);
  expect(calls()).toContain('--user enable nbflow.service');
  expect(readFileSync(unit, 'utf8')).not.toContain(KEY);

  const started = await rig.start(project, ['run', project.file, '--server', backend.url, '--scene', '1,2', '--detach'])
    .ended;
  expect([started.code, started.stderr]).toEqual([0, expect.any(String)]);
  await until('pictures on the bill', () => backend.paid() >= 3);
  await killEverything();
  expect(backend.paid()).toBeLessThan(16);

  service = startUnit(unit);
  await until('the whole bill', () => backend.paid() >= 16);
  const answer = jsonOf<RunAnswer>(await rig.cli(project, ['watch', project.file, '--json']));
  expect(answer).toMatchObject({ state: 'done', generations: { lost: 0 } });
  expect(backend.paid()).toBe(16);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 16);
});

test('the service brings back a killed supervisor, and nbflow down ends it as a success, which systemd leaves alone', async () => {
  const running = service;
  if (running === null) throw new Error('the service of the test before does not run');
  const supervisor = (): number | undefined => readState(homeFolders(rig.env))?.supervisor.pid;
  const before = supervisor();
  const worker = rig.pid('worker');
  process.kill(before ?? 0, 'SIGKILL');
  await until('another supervisor that has adopted the worker', () => supervisor() !== before && rig.pid('worker'));
  expect(rig.pid('worker')).toBe(worker);
  const ended = once(running, 'exit');
  const project = rig.project('XYZG3-V0-1');
  const end = await rig.cli(project, ['down', '--json']);
  expect(jsonOf(end)).toMatchObject({ stopped: ['temporal', 'store', 'worker', 'supervisor'] });
  expect(await ended).toEqual([0, null]);
});

test('told to stop, as a shutdown does, the service stops everything it keeps up', async () => {
  service = startUnit(unitPath());
  const state = await until('everything up', () => {
    const now = readState(homeFolders(rig.env));
    return now && SERVICE_NAMES.every((name) => now.services[name]?.ready) ? now : null;
  });
  const ended = once(service, 'exit');
  service.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const pids = [state.supervisor.pid, ...SERVICE_NAMES.map((name) => state.services[name]?.identity?.pid ?? 0)];
  expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
});
