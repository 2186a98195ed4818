/**
 * The keys of G-Labs and of the store are in no history, log, receipt, output or command line, whatever went wrong. Only
 * the files that a person put them into hold them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CliEnd } from '../helpers/cli';
import { expectBillInReceipts } from '../helpers/judge';
import type { Place } from '../helpers/leaks';
import { commandLines, environmentOf, filesBelow, histories, leaks } from '../helpers/leaks';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig } from '../helpers/rig';
import { KEY, openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

const setting = (name: string): string => process.env[`S3_TEST_${name}`] ?? '';
const WRONG = { glabs: 'refused-key-of-a-person', id: 'refused-id-of-a-person', secret: 'refused-secret/of+a=person' };
const SECRETS = [KEY, setting('ACCESS_KEY_ID'), setting('SECRET_ACCESS_KEY'), ...Object.values(WRONG)];
const onLinux = process.platform === 'linux';

let rig: Rig;
let backend: Backend;
let project: TestProject;
let keys: string;
/** What every command printed. */
let said: Place[];

beforeAll(async () => {
  // A Temporal server of its own, so that its database can be searched as well.
  rig = await openRig({ ownServers: true });
  keys = mkdtempSync(join(tmpdir(), 'nbflow-keys-'));
  // The tests' own settings of the store would be inherited by every process.
  for (const name of Object.keys(rig.env)) if (name.startsWith('S3_TEST_')) delete rig.env[name];
  Object.assign(rig.env, {
    R2_ENDPOINT: setting('ENDPOINT'),
    R2_BUCKET: setting('BUCKET'),
    R2_PUBLIC_BASE_URL: setting('PUBLIC_BASE_URL'),
    ...settings(),
    GLABS_API_KEY: '',
  });
});
beforeEach(async () => {
  backend = await rig.simulate({ imageMs: 150, videoMs: 200 });
  project = rig.project('XYZG3-V0-1');
  said = [];
});
afterAll(async () => {
  await rig.close();
  rmSync(keys, { recursive: true, force: true });
});

function keyFile(name: string, value: string): string {
  const path = join(keys, name);
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return path;
}

interface Keys {
  readonly glabs?: string;
  readonly id?: string;
  readonly secret?: string;
}

/** All keys come from files of their owner's. */
function settings({ glabs = KEY, id = setting('ACCESS_KEY_ID'), secret = setting('SECRET_ACCESS_KEY') }: Keys = {}) {
  return {
    GLABS_API_KEY_FILE: keyFile(`glabs-${glabs === KEY}`, glabs),
    R2_ACCESS_KEY_ID_FILE: keyFile(`id-${id === setting('ACCESS_KEY_ID')}`, id),
    R2_SECRET_ACCESS_KEY_FILE: keyFile(`secret-${secret === setting('SECRET_ACCESS_KEY')}`, secret),
  };
}

function heard(what: string, { stdout, stderr }: CliEnd): void {
  said.push({ name: `stdout of ${what}`, content: stdout }, { name: `stderr of ${what}`, content: stderr });
}

async function cli(args: readonly string[], keysGiven?: Keys): Promise<CliEnd> {
  const end = await rig.cli(project, [...args, '--verbose'], { ...settings(keysGiven), GLABS_SERVER: backend.url });
  heard(args[0] ?? '', end);
  return end;
}

/** Everything that a person, a colleague or a backup could come across. */
async function everywhere(): Promise<readonly Place[]> {
  const lines = onLinux ? [...commandLines(), environmentOf(rig.pid('worker') as number)] : [];
  // What the stand-in for G-Labs notes down of the faults that it was given is nobody else's to see.
  const files = filesBelow(dirname(rig.home)).filter(({ name }) => !/^simulator-\d+\/faults\.jsonl$/.test(name));
  return [...said, ...(await histories(await rig.client())), ...files, ...lines];
}

async function expectNowhere(): Promise<void> {
  const places = await everywhere();
  const names = places.map(({ name }) => name).join('\n');
  // What is searched is really there.
  for (const kind of [/^history of /m, /temporal.*\.db/m, /worker\.jsonl$/m, /receipts\/.*\.json$/m, /worker\.log$/m])
    expect(names).toMatch(kind);
  expect(leaks(places, SECRETS)).toEqual([]);
}

test('a pass that fails in part, meets refused keys and loses its worker tells no key to anybody', async () => {
  const quoting = `the key ${KEY} may not make this`;
  backend.faults.add({ kind: 'fail', code: 403, message: quoting, count: 4, match: { promptContains: 'take 2.1' } });
  backend.faults.add({
    kind: 'status',
    status: 401,
    message: `revoked: ${KEY}`,
    count: 4,
    match: { route: 'submit', promptContains: 'take 3.1' },
  });
  const refused = await cli(['run', project.file], { glabs: WRONG.glabs });
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringMatching(/refuses the API key/)]);

  const run = rig.startRun(project, backend, ['--scene', '1,2,3', '--verbose']);
  await until('pictures on the bill', () => backend.paid() >= 3);
  await rig.strike('worker', 'SIGKILL');
  if (onLinux) expect(leaks(commandLines(), SECRETS)).toEqual([]);
  const end = await run.ended;
  heard('run', end);
  expect([end.code, end.stdout]).toEqual([1, expect.stringMatching(/done-with-failures/)]);
  for (const args of [['status', project.file], ['bill', project.file], ['plan', project.file], ['list']])
    await cli(args);
  // Both were quoted by G-Labs, and both are told without the key.
  const errors = readFileSync(project.layout.errorsFile, 'utf8');
  expect(errors).toMatch(/the key \(secret\) may not make this/);
  expect(errors).toMatch(/revoked: \(secret\)/);
  await expectNowhere();
  expectBillInReceipts(project, backend);
});

test('a store that refuses its keys fails the node without telling them; with the right ones nothing is paid again', async () => {
  const args = ['run', project.file, '--scene', '1', '--mode', 'images', '--json'];
  const { id, secret } = WRONG;
  const unknown = await cli(args, { id, secret });
  expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringMatching(/"failed": 1/)]);
  const unsigned = await cli(args, { secret });
  expect(unsigned.code).toBe(1);
  await expectNowhere();
  const mended = await cli(args);
  expect([mended.code, backend.paid()]).toEqual([0, 4]);
  await expectNowhere();
});

test('the search finds a key that is put into a file, a history or a command line', async () => {
  const waiting = spawn(process.execPath, ['-e', 'process.stdin.resume()', KEY], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(waiting, 'spawn');
  const client = await rig.client();
  const workflowId = `planted-${project.workflowId}`;
  const handle = await client.workflow.start('nobody', {
    taskQueue: 'nobody',
    workflowId,
    args: [{ note: `x ${KEY}` }],
  });
  const file = join(project.folder, 'planted.bin');
  writeFileSync(file, Buffer.concat([Buffer.of(0, 255), Buffer.from(Buffer.from(`ab${KEY}`).toString('base64'))]));
  try {
    await cli(['run', project.file, '--scene', '1', '--mode', 'images']);
    const found = leaks(await everywhere(), SECRETS).join('\n');
    expect(found).toMatch(/planted\.bin$/m);
    expect(found).toMatch(new RegExp(`^history of ${workflowId}$`, 'm'));
    expect(found).toMatch(/temporal.*\.db/);
    if (onLinux) expect(found).toMatch(new RegExp(`^cmdline of ${waiting.pid}$`, 'm'));
  } finally {
    waiting.kill();
    rmSync(file);
    await handle.terminate();
  }
});
