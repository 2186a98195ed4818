/** Everything that ends before a pass starts: a plain message, the right exit code, nothing sent, nothing touched. */
import { readdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { jsonOf } from '../helpers/cli';
import { FIXTURES } from '../helpers/references';

let rig: Rig;
let backend: Backend;
beforeAll(async () => {
  rig = await openRig();
  backend = await rig.simulate();
});
afterAll(() => rig.close());
afterEach(() => {
  expect(backend.paid()).toBe(0);
  // No servers, no worker: nothing was started for a run that can't begin.
  expect(rig.pid('worker')).toBeNull();
});

const server = (): string[] => ['--server', backend.url];
const broken = readdirSync(join(FIXTURES, 'broken')).map((name) => name.replace('.nbflow', ''));

/** The rule that each broken file breaks. */
const RULES: Readonly<Record<string, string>> = {
  'avatar-missing': 'Reference.Missing',
  'base64-embedded': 'Reference.Base64',
  cycle: 'Graph.Cycle',
  'dangling-link': 'R8',
  'duplicate-ids': 'Graph.DuplicateId',
  'dynamic-name-mismatch': 'R3',
  'missing-model': 'R1',
  'negative-prompt-missing': 'R4',
  'object-rows': 'R6',
  'output-count-one': 'R2',
  'stale-link-refs': 'R9',
  'template-slot-name': 'R7',
  truncated: 'not valid JSON',
  'veo-missing-slot': 'R5',
  'wrong-model': 'R1',
};

describe.each(broken)('%s', (name) => {
  test('is refused by check and by run, with the reason, and stays byte for byte what it was', async () => {
    const project = rig.project(`broken/${name}`);
    const expected = name === 'truncated' ? 8 : 3;
    const [check, run] = await Promise.all([
      rig.cli(project, ['check', project.file]),
      rig.cli(project, ['run', project.file, ...server()]),
    ]);
    expect([check.code, run.code]).toEqual([expected, expected]);
    expect(check.stdout + check.stderr).toContain(RULES[name]);
    expect(run.stderr).toContain(RULES[name]);
    expect(run.stderr).toMatch(/[Nn]othing was (sent|spent)/);
    expect(run.stderr).toMatch(/→/);
    expect(project.text()).toBe(project.original);
    expect(readdirSync(project.folder)).toEqual([`${name}.nbflow`]);
  });
});

test('check says rule, place and cure as JSON', async () => {
  const project = rig.project('broken/cycle');
  const answer = jsonOf<{ errors: number; findings: Record<string, unknown>[] }>(
    await rig.cli(project, ['check', project.file, '--json']),
  );
  expect(answer.errors).toBeGreaterThan(0);
  const error = answer.findings.find(({ severity }) => severity === 'error');
  for (const field of ['rule', 'tab', 'account', 'node', 'title', 'message', 'fix'])
    expect(error).toHaveProperty(field);
});

test('a file that is not there ends with 2 and says where it was looked for', async () => {
  const project = rig.project('XYZG3-V0-1');
  const end = await rig.cli(project, ['run', 'no-such-file.nbflow', ...server()]);
  expect(end.code).toBe(2);
  expect(end.stderr).toContain(join(project.folder, 'no-such-file.nbflow'));
});

test('a folder ends with 2 and names the files in it', async () => {
  const project = rig.project('XYZG3-V0-1');
  const end = await rig.cli(project, ['run', project.folder, ...server()]);
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(/is a folder.*\n.*XYZG3-V0-1\.nbflow/);
});

test('a file without generators ends with 0 and says that there is nothing to generate', async () => {
  const project = rig.project('XYZG3-V0-1', (text) => {
    const document = JSON.parse(text) as { tabs: { graphData: { nodes: unknown[]; links: unknown[] } }[] };
    for (const tab of document.tabs) Object.assign(tab.graphData, { nodes: [], links: [] });
    return JSON.stringify(document);
  });
  const end = await rig.cli(project, ['run', project.file, ...server()]);
  expect([end.code, end.stdout]).toEqual([0, expect.stringContaining('Nothing to generate')]);
  expect(project.text()).toBe(project.original);
});

test('a wrong key, and no key, end with 4 and say how to set it', async () => {
  const project = rig.project('XYZG3-V0-1');
  const wrong = await rig.cli(project, ['run', project.file, ...server()], { GLABS_API_KEY: 'wrong-key' });
  expect(wrong.code).toBe(4);
  expect(wrong.stderr).toMatch(/refuses the API key[^]*GLABS_API_KEY/);
  expect(wrong.stderr + wrong.stdout).not.toContain('wrong-key');
  const none = await rig.cli(project, ['run', project.file, ...server()], { GLABS_API_KEY: '' });
  expect(none.code).toBe(4);
  expect(none.stderr).toMatch(/wants an API key/);
});

test('no server ends with 4 and says how to start G-Labs, for people and as JSON', async () => {
  const project = rig.project('XYZG3-V0-1');
  const end = await rig.cli(project, ['run', project.file, '--server', 'http://127.0.0.1:9']);
  expect(end.code).toBe(4);
  expect(end.stderr).toMatch(/G-Labs does not answer[^]*127\.0\.0\.1:9[^]*→ Start G-Labs/);
  const json = await rig.cli(project, ['run', project.file, '--server', 'http://127.0.0.1:9', '--json']);
  expect(jsonOf(json)).toMatchObject({ exitCode: 4, error: { type: 'Backend.Unreachable' } });
});

test('addresses that all refuse are each asked and named; no pass begins, and the project is untouched', async () => {
  const project = rig.project('XYZG3-V0-1');
  const dead = ['http://127.0.0.1:9', 'http://localhost:11'];
  const end = await rig.cli(project, ['run', project.file, ...dead.flatMap((url) => ['--server', url])]);
  expect(end.code).toBe(4);
  for (const url of dead) expect(end.stderr).toContain(`${url}: `);
  expect(end.stderr).toMatch(/nothing was started and nothing was spent[^]*→ Start G-Labs/);
  const pass = (await rig.client()).workflow.getHandle(project.workflowId);
  await expect(pass.describe()).rejects.toBeInstanceOf(WorkflowNotFoundError);
  expect(readdirSync(project.folder)).toEqual(['XYZG3-V0-1.nbflow']);
  expect(project.text()).toBe(project.original);
});

test.each<[string, RequestListener]>([
  ['a tunnel without its G-Labs', (_, response) => response.writeHead(530).end('error code: 1033')],
  ['a program that hangs up', (request) => request.socket.destroy()],
])('%s is asked for its health alone, and not waited for', async (_, listener) => {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const project = rig.project('XYZG3-V0-1');
  const end = await rig.cli(project, ['run', project.file, '--server', url]);
  server.close();
  expect([end.code, end.stderr]).toEqual([4, expect.stringContaining('nothing was spent')]);
  // A connection that breaks may be tried once more.
  expect(paths.length).toBeLessThanOrEqual(2);
  expect(new Set(paths)).toEqual(new Set(['/api/health']));
});

test('wrong usage ends with 2', async () => {
  const project = rig.project('XYZG3-V0-1');
  const ends = await Promise.all([
    rig.cli(project, ['run', project.file, ...server(), '--concurrency', '9']),
    rig.cli(project, ['run', project.file, ...server(), '--mode', 'sound']),
    rig.cli(project, ['rum', project.file]),
  ]);
  expect(ends.map(({ code }) => code)).toEqual([2, 2, 2]);
});
