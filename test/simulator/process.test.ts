import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from './client';

const ENTRY = path.resolve(__dirname, '../../src/simulator/process.ts');
/** Lets a plain Node process read our TypeScript, so that no build is needed first. */
const HOOK = `
const { transformFileSync } = require(${JSON.stringify(require.resolve('@swc/core'))});
const jsc = { parser: { syntax: 'typescript' }, target: 'es2022' };
require.extensions['.ts'] = (m, file) => m._compile(transformFileSync(file, { jsc, module: { type: 'commonjs' } }).code, file);
`;

let dir: string;
let children: ChildProcess[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'nbflow-sim-process-'));
  await writeFile(path.join(dir, 'hook.js'), HOOK);
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  await rm(dir, { recursive: true, force: true });
});

function start(...args: readonly string[]): ChildProcess {
  const command = ['-r', path.join(dir, 'hook.js'), ENTRY, '--dir', path.join(dir, 'data'), ...args];
  const child = spawn(process.execPath, command, { stdio: 'pipe' });
  children.push(child);
  return child;
}

async function text(child: ChildProcess, stream: 'stdout' | 'stderr', enough: RegExp): Promise<string> {
  let said = '';
  for await (const chunk of child[stream] ?? []) {
    said += String(chunk);
    if (enough.test(said)) break;
  }
  return said;
}

async function startServing(
  ...args: readonly string[]
): Promise<{ child: ChildProcess; client: Client; port: string }> {
  const child = start('--image-ms', '60000', '--plain', ...args);
  const line = await text(child, 'stdout', /\n/);
  const [, port = ''] = /^G-Labs simulator: http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(line) ?? [];
  return { child, client: new Client(`http://127.0.0.1:${port}`), port };
}

test('killed in the middle of submits, it has billed all that it answered; started again, it has forgotten the tasks', async () => {
  const first = await startServing('--port', '0', '--verbose');
  const answered: string[] = [];
  const submits = Array.from({ length: 30 }, async (_, i) => {
    answered.push(await first.client.submit({ prompt: `p${i}` }));
    if (answered.length === 10) first.child.kill('SIGKILL');
  });
  await Promise.allSettled(submits);
  expect(answered.length).toBeGreaterThanOrEqual(10);

  const second = await startServing('--port', first.port);
  expect(second.port).toBe(first.port);
  const { body } = await second.client.get('/_control/bill');
  const billed = (body['entries'] as { task_id: string }[]).map((entry) => entry.task_id);
  expect(billed).toEqual(expect.arrayContaining(answered));
  expect(new Set(billed).size).toBe(billed.length);
  expect((await second.client.get(`/api/status/${String(answered[0])}`)).status).toBe(404);
  expect(billed).not.toContain(await second.client.submit({ prompt: 'p0' }));
});

test('with a seed it plans faults, and what struck outlives a kill', async () => {
  const plan = ['--faults-seed', '4', '--faults-rate', '0.5', '--faults-kinds', 'cloudflare,slow'];
  const { child, client } = await startServing('--port', '0', ...plan);
  expect((await client.get('/_control/plan', {})).body).toEqual({
    plan: { seed: 4, rate: 0.5, kinds: ['cloudflare', 'slow'] },
  });
  for (let i = 0; i < 12; i++) await client.get('/api/health');
  const { body } = await client.get('/_control/faults', {});
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lines = (await readFile(path.join(dir, 'data', 'faults.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(body['struck']);
});

test('told to remember, it goes on after a kill with what it had accepted, and still knows what was finished', async () => {
  const first = await startServing('--port', '0', '--remember');
  const id = await first.client.submit({ prompt: 'p' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const lived = async (): Promise<unknown> => {
    const { child, client } = await startServing('--port', first.port, '--remember', '--image-ms', '20');
    const ended = await client.finish(id);
    expect((await client.get('/_control/bill')).body).toMatchObject({ paid: 1, completed: 1 });
    const [result] = ended['results'] as string[];
    expect((await fetch(result ?? '')).status).toBe(200);
    child.kill('SIGKILL');
    await once(child, 'exit');
    return ended['status'];
  };
  expect([await lived(), await lived()]).toEqual(['completed', 'completed']);
});

test('told to stop, it ends by itself', async () => {
  const { child, client } = await startServing('--port', '0');
  await client.submit({ prompt: 'p' });
  child.kill('SIGTERM');
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  // Windows has no signals to answer to: there the process is just ended.
  expect(process.platform === 'win32' ? signal : code).toBe(process.platform === 'win32' ? 'SIGTERM' : 0);
});

test('a taken port and wrong flags are told in a line, and end it with 2', async () => {
  const { port } = await startServing('--port', '0');
  const taken = start('--port', port);
  expect(await text(taken, 'stderr', /\n/)).toMatch(/^port \d+ is taken/);
  const wrong = start('--port', 'many');
  expect(await text(wrong, 'stderr', /\n.*\n/)).toContain('port');
  const unknown = start('--colour', 'red');
  expect(await text(unknown, 'stderr', /\n/)).toContain('--colour');
  const seedless = start('--faults-rate', '0.2');
  expect(await text(seedless, 'stderr', /\n/)).toContain('--faults-seed');
  for (const child of [taken, wrong, unknown, seedless]) {
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(2);
  }
});
