import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Strike } from '../../src/simulator/fault-log';
import type { PlanInput } from '../../src/simulator/fault-plan';
import type { SimulatorOptions } from '../../src/simulator/simulator';
import { KEY, openSimulator, until } from './client';

const ends: (() => Promise<void>)[] = [];
const open = async (options: Partial<SimulatorOptions> = {}): ReturnType<typeof openSimulator> => {
  const opened = await openSimulator(options);
  ends.push(opened.end);
  return opened;
};
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Kinds whose effect on the client is the same each time, and that leave the port open. */
const PLAN: PlanInput = {
  seed: 11,
  rate: 0.5,
  kinds: ['status', 'cloudflare', 'drop', 'drop-after-accept', 'accept-then-status', 'backwards', 'listing', 'fail'],
};

async function strikes(dir: string): Promise<readonly Strike[]> {
  const text = await readFile(path.join(dir, 'faults.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Strike);
}

/** The status of an answer that came whole. */
async function see(url: string, init: RequestInit): Promise<number | 'cut'> {
  try {
    const answer = await fetch(url, init);
    await answer.text();
    return answer.status;
  } catch {
    return 'cut';
  }
}

/** One request after the other, each on a connection of its own; what the client saw of each. */
async function rehearse(url: string, requests = 60): Promise<readonly (number | string)[]> {
  const seen: (number | string)[] = [];
  const headers = { 'x-api-key': KEY, connection: 'close' };
  for (let i = 0; i < requests; i++) {
    const [route, init] =
      i % 3 === 0
        ? ['/api/image/generate', { method: 'POST', body: JSON.stringify({ prompt: `p${i}` }), headers }]
        : [i % 3 === 1 ? '/api/health' : '/api/tasks', { headers }];
    seen.push(await see(url + route, init));
  }
  return seen;
}

test('the same plan and the same requests: the client sees the same, and the same strikes are on the disk', async () => {
  const runs = [];
  for (let i = 0; i < 2; i++) {
    const { simulator, dir } = await open({ plan: PLAN });
    const seen = await rehearse(simulator.url);
    const struck = await strikes(dir);
    expect(simulator.faults.struck()).toEqual(struck);
    runs.push({ seen, paid: simulator.bill().paid, struck: struck.map(({ at: _at, ...strike }) => strike) });
  }
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.struck.length).toBeGreaterThan(10);
  expect(new Set(runs[0]?.seen).size).toBeGreaterThan(2);
});

test('a strike is on record with its request, its task and its fault', async () => {
  const { simulator, client, dir } = await open();
  simulator.faults.add({ kind: 'slow', delayMs: 0, accepted: true, match: { route: 'submit' } });
  const id = await client.submit({ prompt: 'p' });
  simulator.faults.add({ kind: 'backwards' });
  await client.get(`/api/status/${id}`);
  simulator.faults.add({ kind: 'clock', offsetMs: 5 });
  const [submitted, polled, atOnce] = await strikes(dir);
  expect(submitted).toMatchObject({ request: 1, route: 'submit', type: 'image', task_id: id, by: 'hand' });
  expect(polled).toMatchObject({ request: 2, route: 'status', argument: id, task_id: id, fault: { says: 'running' } });
  expect(atOnce).toMatchObject({ request: null, task_id: null, fault: { kind: 'clock', offsetMs: 5 } });
});

test('a plan is started, shown and ended over the control route, and a wrong one is refused in words', async () => {
  const { simulator, client } = await open();
  const control = async (method: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    return (await fetch(`${client.url}/_control/plan`, init)).json();
  };
  expect(await control('GET')).toEqual({ plan: null });
  const plan = { seed: 5, rate: 0.5, kinds: ['cloudflare'], routes: ['health'] };
  expect(await control('POST', plan)).toEqual({ plan });
  await until(async () => ((await client.get('/api/health')).status === 200 ? null : true));
  const { body } = await client.get('/_control/faults', {});
  expect(body).toMatchObject({ faults: [], plan, struck: [{ by: 'plan', route: 'health' }] });
  expect(await control('POST', { seed: 1, rate: 2 })).toEqual({ error: expect.stringContaining('rate') as string });
  expect(await control('GET')).toEqual({ plan });
  expect(await control('DELETE')).toEqual({ plan: null });
  const before = simulator.faults.struck().length;
  for (let i = 0; i < 20; i++) expect((await client.get('/api/health')).status).toBe(200);
  expect(simulator.faults.struck()).toHaveLength(before);
});

test('started again in its folder it goes on with the plan where it stood, behind a line torn by a kill', async () => {
  const { simulator, dir } = await open({ plan: PLAN });
  await rehearse(simulator.url, 30);
  const first = await strikes(dir);
  await simulator.dropEverything();
  await appendFile(path.join(dir, 'faults.jsonl'), '{"at":"2026-0');
  const again = await open({ dir, plan: PLAN });
  await rehearse(again.simulator.url, 30);
  const all = await strikes(dir);
  const last = first.at(-1)?.request ?? Infinity;
  expect(all.slice(0, first.length)).toEqual(first);
  const later = all.slice(first.length).map(({ request }) => request ?? 0);
  expect(later.length).toBeGreaterThan(0);
  expect(Math.min(...later)).toBeGreaterThan(last);
});
