/** install, remove and status on systemd. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installService, removeService, serviceStatus } from '../../src/services/service';
import { readRecord, savedEnvPath } from '../../src/services/service-record';
import type { Answers, ServiceRig } from './service-rig';
import { openServiceRig, PROGRAM } from './service-rig';

const SECRET = 'the-key-that-nobody-may-see';

let rig: ServiceRig;
beforeEach(() => (rig = openServiceRig()));
afterEach(() => rmSync(rig.base, { recursive: true, force: true }));

function write(name: string, text: string): string {
  writeFileSync(join(rig.base, name), text, { mode: 0o600 });
  return join(rig.base, name);
}

const unit = (): string => join(rig.base, '.config', 'systemd', 'user', 'nbflow.service');

test('install writes the unit, enables and starts it; a second one changes and restarts nothing', async () => {
  const first = await installService(rig.machine('linux'), rig.home, rig.settings());
  expect(first).toMatchObject({ system: 'systemd', file: unit(), changed: true, linger: false });
  expect(rig.calls.slice(1)).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable nbflow.service',
    'systemctl --user restart nbflow.service',
  ]);
  const text = readFileSync(unit(), 'utf8');
  expect(text).toContain(`ExecStart=${PROGRAM.join(' ')} service run\n`);
  expect(text).toContain(`Environment="NBFLOW_HOME=${rig.home.root}"`);
  rig.forget();
  expect(await installService(rig.machine('linux'), rig.home, rig.settings())).toMatchObject({ changed: false });
  expect(rig.calls.at(-1)).toBe('systemctl --user start nbflow.service');
  expect(readFileSync(unit(), 'utf8')).toBe(text);
});

test('a dry run says the text and touches nothing', async () => {
  const { text } = await installService(
    rig.machine('linux'),
    rig.home,
    rig.settings({ env: { GLABS_API_KEY: SECRET } }),
    true,
  );
  expect(text).toContain('ExecStart=');
  expect(text).not.toContain(SECRET);
  expect([rig.calls, existsSync(unit()), existsSync(rig.home.root)]).toEqual([[], false, false]);
});

test('a key of the terminal that the service would lack stops the installation', async () => {
  const install = installService(rig.machine('linux'), rig.home, rig.settings({ env: { GLABS_API_KEY: SECRET } }));
  await expect(install).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('GLABS_API_KEY') as string,
  });
  expect(existsSync(unit())).toBe(false);
});

test('--save-env keeps keys in a closed file, installing again remembers it, remove deletes it', async () => {
  const saved = savedEnvPath(rig.home);
  await installService(rig.machine('linux'), rig.home, rig.settings({ env: { GLABS_API_KEY: SECRET }, saveEnv: true }));
  expect(statSync(saved).mode & 0o777).toBe(0o600);
  expect(readFileSync(saved, 'utf8')).toContain(SECRET);
  expect(readFileSync(unit(), 'utf8')).not.toContain(SECRET);
  expect(readFileSync(unit(), 'utf8')).toContain(`--env-file "${saved}"`);
  const again = rig.settings({ env: { GLABS_API_KEY: 'another' } });
  expect(again).toMatchObject({ missing: [], different: ['GLABS_API_KEY'], record: { envFile: saved } });
  const { deleted } = await removeService(rig.machine('linux'), rig.home, () => Promise.resolve());
  expect(deleted).toContain(saved);
  expect(existsSync(saved)).toBe(false);
});

test('a file of settings that somebody named is read, not copied, and outlives remove', async () => {
  const envFile = write('keys.env', `GLABS_API_KEY=${SECRET}\nGLABS_SERVER=http://localhost:2\n`);
  await installService(rig.machine('linux'), rig.home, rig.settings({ envFile }));
  const text = readFileSync(unit(), 'utf8');
  expect(text).toContain(`--env-file "${envFile}"`);
  expect(text).not.toContain(SECRET);
  // What the file says is not said a second time: a change of the file must count.
  expect(text).not.toContain('GLABS_SERVER');
  await removeService(rig.machine('linux'), rig.home, () => Promise.resolve());
  expect(existsSync(envFile)).toBe(true);
});

test("keys in the project's own .env need no file; where Temporal is, is taken from there", () => {
  write('.env', 'GLABS_API_KEY=k\nTEMPORAL_ADDRESS=team.example:7233\n');
  const { missing, plan } = rig.settings({ env: { GLABS_API_KEY: 'k' } });
  expect(missing).toEqual([]);
  expect(plan.command.slice(-2)).toEqual(['--project', rig.base]);
});

test('settings that can not be used are refused before anything is written', () => {
  expect(() => rig.settings({ env: { GLABS_SERVER: 'nowhere' } })).toThrow('GLABS_SERVER');
});

test('without a user session the answer is exit 4 with the crontab line instead', async () => {
  const answers: Answers = () => ({ code: 1, stderr: 'Failed to connect to bus: No medium found\n' });
  const install = installService(rig.machine('linux', answers), rig.home, rig.settings());
  await expect(install).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('No medium found') as string,
    next: expect.arrayContaining([expect.stringContaining('@reboot NBFLOW_HOME=')]) as string[],
  });
  expect(existsSync(unit())).toBe(false);
});

test('what systemctl refuses is told in its own words', async () => {
  const answers: Answers = (call) => (call.includes('enable') ? { code: 1, stderr: 'Unit is masked.\n' } : {});
  const install = installService(rig.machine('linux', answers), rig.home, rig.settings());
  await expect(install).rejects.toMatchObject({ message: expect.stringContaining('Unit is masked.') as string });
});

test('a unit of that name which somebody wrote by hand is left alone', async () => {
  mkdirSync(dirname(unit()), { recursive: true });
  writeFileSync(unit(), '[Service]\nExecStart=/bin/true\n');
  await expect(installService(rig.machine('linux'), rig.home, rig.settings())).rejects.toMatchObject({ exitCode: 2 });
  await expect(removeService(rig.machine('linux'), rig.home, () => Promise.resolve())).rejects.toMatchObject({
    exitCode: 2,
  });
  expect(readFileSync(unit(), 'utf8')).toContain('/bin/true');
});

test('remove stops, disables and deletes; a second one has nothing to do', async () => {
  await installService(rig.machine('linux'), rig.home, rig.settings());
  rig.forget();
  const { deleted } = await removeService(rig.machine('linux'), rig.home, () =>
    Promise.reject(new Error('not ours to stop')),
  );
  expect(rig.calls).toContain('systemctl --user disable --now nbflow.service');
  expect(deleted).toContain(unit());
  expect(existsSync(rig.home.logs)).toBe(true);
  const gone: Answers = (call) => (/is-(enabled|active)/.test(call) ? { code: 4 } : {});
  expect(await removeService(rig.machine('linux', gone), rig.home, () => Promise.resolve())).toMatchObject({
    deleted: [],
  });
});

test('remove works without a session too: the unit and the link that enabled it are deleted', async () => {
  await installService(rig.machine('linux'), rig.home, rig.settings());
  const link = join(dirname(unit()), 'default.target.wants', 'nbflow.service');
  mkdirSync(dirname(link));
  writeFileSync(link, '');
  await removeService(
    rig.machine('linux', () => ({ code: 1 })),
    rig.home,
    () => Promise.resolve(),
  );
  expect([existsSync(unit()), existsSync(link)]).toEqual([false, false]);
});

test('status says what systemd says, and when another node or installation would be started', async () => {
  expect(
    await serviceStatus(
      rig.machine('linux', () => ({ code: 3 })),
      rig.home,
      PROGRAM,
    ),
  ).toMatchObject({ installed: false });
  await installService(rig.machine('linux'), rig.home, rig.settings());
  const failed: Answers = (call) => (call.includes('is-active') ? { code: 3, stdout: 'failed\n' } : {});
  expect(await serviceStatus(rig.machine('linux', failed), rig.home, PROGRAM)).toMatchObject({
    ...{ installed: true, enabled: true, running: false, word: 'failed', current: true, refusal: null },
  });
  expect(await serviceStatus(rig.machine('linux'), rig.home, ['/other/node'])).toMatchObject({ current: false });
  expect(readRecord(rig.home)).toMatchObject({ version: 1, envFile: null });
});
