import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../src/config';
import { readServiceAccount, trackerFolder } from '../src/tracker-settings';
import { EMAIL, keyPair } from './helpers/google-keys';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracker-settings-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('without settings the tracker is in reference/tracker, and beside the files where there is no project', () => {
  const { tracker } = loadSettings(root, {});
  expect(tracker).toEqual({ folder: null, spreadsheet: null, keyFile: null });
  // Making `reference` there would make the folder a project, and results would be looked for elsewhere.
  expect(trackerFolder(root, tracker)).toBe(join(root, 'tracker'));
  mkdirSync(join(root, 'reference'));
  expect(trackerFolder(root, tracker)).toBe(join(root, 'reference', 'tracker'));
});

test('a spreadsheet is named by its id or its address, in the config, .env or the environment', () => {
  writeFileSync(
    join(root, 'nbflow.config.json'),
    JSON.stringify({ tracker: { spreadsheet: 'of-the-config', folder: 'team' } }),
  );
  expect(loadSettings(root, {}).tracker).toEqual({
    folder: join(root, 'team'),
    spreadsheet: 'of-the-config',
    keyFile: null,
  });
  const address = 'https://docs.google.com/spreadsheets/d/1AbC_d-e/edit#gid=0';
  writeFileSync(
    join(root, '.env'),
    `NBFLOW_TRACKER_SPREADSHEET=${address}\nNBFLOW_TRACKER_KEY_FILE=keys/tracker.json\n`,
  );
  expect(loadSettings(root, {}).tracker).toMatchObject({
    spreadsheet: '1AbC_d-e',
    keyFile: join(root, 'keys', 'tracker.json'),
  });
  expect(loadSettings(root, { NBFLOW_TRACKER_SPREADSHEET: 'of-the-shell' }).tracker.spreadsheet).toBe('of-the-shell');
});

test.each([
  ['NBFLOW_TRACKER_SPREADSHEET', 'https://example.com/sheet'],
  ['NBFLOW_TRACKER_SPREADSHEET', 'short'],
])('%s=%s is refused', (name, value) => {
  expect(() => loadSettings(root, { [name]: value })).toThrow(/NBFLOW_TRACKER_SPREADSHEET: must be the id/);
});

describe('the key of the service account', () => {
  const put = (content: string, mode = 0o600): string => {
    const file = join(root, 'key.json');
    writeFileSync(file, content, { mode });
    return file;
  };
  const refusal = (file: string | null): { message: string } => {
    try {
      readServiceAccount(file);
    } catch (error) {
      return error as { message: string };
    }
    throw new Error('not refused');
  };

  test('is read from a file of its owner alone', () => {
    const { privateKey } = keyPair();
    const content = JSON.stringify({ type: 'service_account', client_email: EMAIL, private_key: privateKey });
    expect(readServiceAccount(put(content))).toEqual({ email: EMAIL, privateKey });
  });

  test.each([
    ['no file named', () => null, /no file is named/],
    ['a file that is not there', () => join(root, 'none.json'), /there is no file/],
    ['a file that others can read', () => put('{}', 0o644), /chmod 600/],
    ['no JSON', () => put('-----BEGIN hush-hush'), /not the JSON key of a service account/],
    [
      'a key of another kind',
      () => put(JSON.stringify({ client_email: EMAIL, private_key: 'hush-hush' })),
      /not the JSON key/,
    ],
  ])('%s is refused without quoting it', (_, make, words) => {
    const error = refusal(make());
    expect(error).toMatchObject({ type: 'Usage', exitCode: 2, message: expect.stringMatching(words) as string });
    expect(error.message).not.toContain('hush-hush');
  });
});
