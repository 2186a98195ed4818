/** `nbflow tracker sync` as people type it: CSV files and a Google spreadsheet, from files alone and from the team's registry. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliEnd } from '../helpers/cli';
import { jsonOf, startCli } from '../helpers/cli';
import type { GoogleStandIn } from '../helpers/google';
import { googleStandIn, SPREADSHEET } from '../helpers/google';
import { EMAIL, HOSTS } from '../helpers/google-keys';
import { neutralEnv } from '../helpers/machine';
import { FIXTURES } from '../helpers/references';
import { recordsOf } from '../helpers/sheets';
import { parseCsv } from '../../src/files/csv-rows';

let base: string;
let root: string;
let env: Record<string, string>;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'nbflow tracker '));
  root = join(base, 'project');
  env = { ...neutralEnv(), NBFLOW_HOME: join(base, 'home') };
  addFlow('testing', 'XYZG3-V0-1');
  mkdirSync(join(root, 'reference'));
});
afterEach(() => rmSync(base, { recursive: true }));

function addFlow(stage: string, name: string): void {
  const folder = join(root, 'projects', 'may', 'xyz-wellness', stage);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.nbflow`), readFileSync(join(FIXTURES, 'XYZG3-V0-1.nbflow')));
}

function register(workflow: object): void {
  const workflows = {
    'xyz-wellness': { XYZG3: { fanned_out_to_accounts: ['A', 'B'], last_updated: '2026-11-20', ...workflow } },
  };
  writeFileSync(join(root, 'reference', 'version-registry.json'), JSON.stringify({ workflows }, null, 2));
}

const type = (...args: string[]): Promise<CliEnd> => startCli(args, { cwd: root, env }).ended;
const sync = (...args: string[]): Promise<CliEnd> => type('tracker', 'sync', ...args);
const folder = (): string => join(root, 'reference', 'tracker');
const rows = (tab: string): Record<string, string>[] =>
  recordsOf(parseCsv(readFileSync(join(folder(), `${tab}.csv`), 'utf8'), tab).rows.map(({ cells }) => cells));

test('CSV files from the files and their history: shown first, then written, then nothing to do', async () => {
  expect((await type('note', 'XYZG3-V0-1', '=avatar replaced')).code).toBe(0);
  const dry = await sync('--dry-run');
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing was written, this would change:') as string,
  });
  expect(readdirSync(join(root, 'reference'))).toEqual([]);
  const first = await sync();
  expect(first.stdout).toMatch(/added +XYZG3 +Testing Workflows/);
  expect(rows('Testing Workflows')).toEqual([
    expect.objectContaining({
      Workflow: 'XYZG3',
      'Current version': 'V0-1',
      Status: 'testing',
      Notes: "'=avatar replaced",
    }),
  ]);
  expect(rows('Version History')).toEqual([expect.objectContaining({ Workflow: 'XYZG3', Version: 'V0-1' })]);
  const inodes = (): number[] => readdirSync(folder()).map((name) => statSync(join(folder(), name)).ino);
  const before = inodes();
  expect((await sync()).stdout).toMatch(/^Nothing to do: the tracker says it all already \(1 workflow\)\./);
  expect(inodes()).toEqual(before);
});

test("from the team's registry: approval moves the row, what the registry does not have is named", async () => {
  register({
    current_version: 'V0-1',
    status: 'testing',
    history: [{ version: 'V0-1', date: '2026-11-19', notes: 'first' }],
  });
  await sync();
  addFlow('approved', 'XYZG3-V1');
  addFlow('testing', 'XYZS9-V0-1');
  register({
    current_version: 'V1',
    status: 'approved',
    history: [{ version: 'V1', date: '2026-11-20', notes: 'Ann said yes' }],
  });
  const end = await sync();
  expect(end.stdout).toContain(
    'moved    XYZG3  Testing Workflows → Approved Workflows: Current version V0-1 → V1; Status testing → approved',
  );
  expect(end.stderr).toContain('Not in the registry, so without a row: XYZS9.');
  expect(rows('Testing Workflows')).toEqual([]);
  expect(rows('Approved Workflows')).toEqual([
    expect.objectContaining({
      'Fan-out': '2 accounts: A, B',
      File: 'projects/may/xyz-wellness/approved/XYZG3-V1.nbflow',
      Notes: 'Ann said yes',
    }),
  ]);
  expect(rows('Version History').map((row) => row['Notes'])).toEqual(['first', 'Ann said yes']);
  const json = jsonOf(await sync('--json'));
  expect(json).toMatchObject({ version: 1, upToDate: true, dryRun: false, tracker: { kind: 'csv', where: folder() } });
  expect(json['workflows']).toEqual([
    expect.objectContaining({ code: 'XYZG3', outcome: 'unchanged', tab: 'Approved Workflows' }),
  ]);
  const stranger = await sync('XYZS9-V0-1');
  expect(stranger).toMatchObject({ code: 2, stderr: expect.stringContaining('XYZS9 is not in') as string });
});

test('two syncs at once make one row', async () => {
  register({ current_version: 'V0-1', history: [{ version: 'V0-1', date: '2026-11-19', notes: 'first' }] });
  const ends = await Promise.all([sync(), sync()]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(rows('Testing Workflows')).toHaveLength(1);
  expect(rows('Version History')).toHaveLength(1);
});

test('a folder without workflows gets nothing, and says what to do', async () => {
  const end = await startCli(['tracker', 'sync'], { cwd: base, env }).ended;
  expect(end).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no \.nbflow files[\s\S]*→ Type it in the folder of the project/) as string,
  });
  expect(readdirSync(base)).not.toContain('tracker');
});

describe('a Google spreadsheet', () => {
  let google: GoogleStandIn;
  beforeEach(async () => {
    google = await googleStandIn();
    // The program talks to Google's own addresses; only where they lead is changed.
    const preload = join(base, 'preload.cjs');
    const to = `url => ${JSON.stringify(HOSTS)}.reduce((at, host) => at.replace(host, ${JSON.stringify(google.url)}), url)`;
    writeFileSync(
      preload,
      `const real = fetch; globalThis.fetch = (input, init) => real((${to})(String(input.url ?? input)), init);`,
    );
    const keyFile = join(base, 'key.json');
    const key = { type: 'service_account', client_email: EMAIL, private_key: google.keys.privateKey };
    writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
    const address = `https://docs.google.com/spreadsheets/d/${SPREADSHEET}/edit#gid=0`;
    writeFileSync(join(root, '.env'), `NBFLOW_TRACKER_SPREADSHEET=${address}\nNBFLOW_TRACKER_KEY_FILE=../key.json\n`);
    env = { ...env, NODE_OPTIONS: `--require "${preload}"` };
  });
  afterEach(() => google.close());

  test('is written, then has nothing to do, and is never written by --dry-run', async () => {
    register({
      current_version: 'V0-1',
      status: 'testing',
      history: [{ version: 'V0-1', date: '2026-11-19', notes: '=first' }],
    });
    expect((await sync('--dry-run')).code).toBe(0);
    expect(google.calls.filter((call) => call.includes('batchUpdate'))).toEqual([]);
    const end = await sync();
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining(`/spreadsheets/d/${SPREADSHEET}`) as string });
    const tab = google.tabs.find(({ title }) => title === 'Testing Workflows');
    expect(recordsOf(tab?.values ?? [])).toEqual([expect.objectContaining({ Workflow: 'XYZG3', Notes: '=first' })]);
    const written = google.calls.filter((call) => call.includes('batchUpdate')).length;
    expect((await sync()).stdout).toContain('Nothing to do');
    expect(google.calls.filter((call) => call.includes('batchUpdate'))).toHaveLength(written);
    expect(readdirSync(join(root, 'reference'))).toEqual(['version-registry.json']);
  });

  test('that is not shared is refused with the address to share it with; the key is never shown', async () => {
    google.fail({
      path: /spreadsheets/,
      status: 403,
      body: { error: { message: 'The caller does not have permission' } },
      times: 9,
    });
    const end = await sync('--verbose');
    expect(end.code).toBe(6);
    expect(end.stderr).toContain(`add ${EMAIL} as an editor`);
    expect(end.stdout + end.stderr).not.toMatch(/PRIVATE KEY|token-of-the-tests/);
  });

  test('needs a key that only its owner can read', async () => {
    writeFileSync(join(root, '.env'), `NBFLOW_TRACKER_SPREADSHEET=${SPREADSHEET}\n`);
    expect(await sync()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NBFLOW_TRACKER_KEY_FILE') as string,
    });
    const open = join(base, 'open.json');
    writeFileSync(open, '{}', { mode: 0o644 });
    env = { ...env, GOOGLE_APPLICATION_CREDENTIALS: open };
    expect(await sync()).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 '${open}'`) as string });
  });
});
