import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configuredTemporal } from '../../src/services/configured';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nbflow-profile-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function profile(text: string): { TEMPORAL_CONFIG_FILE: string } {
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, text);
  return { TEMPORAL_CONFIG_FILE: file };
}

test('the address comes from the variable, else from the profile, else there is none', async () => {
  const file = profile('[profile.default]\naddress = "team.example:7233"\n');
  expect(await configuredTemporal({ ...file, TEMPORAL_ADDRESS: 'here:1' })).toBe('here:1');
  expect(await configuredTemporal(file)).toBe('team.example:7233');
  expect(await configuredTemporal({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') })).toBeNull();
});

test('a profile file that can not be used is named', async () => {
  await expect(configuredTemporal(profile(''))).rejects.toMatchObject({
    type: 'Usage',
    exitCode: 2,
    message: expect.stringContaining('temporal.toml') as string,
  });
});
