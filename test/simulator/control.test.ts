import type { Simulator } from '../../src/simulator/simulator';
import { request } from 'node:http';
import type { Client } from './client';
import { openSimulator } from './client';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator());
});
afterEach(() => end());

async function control(method: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${client.url}/_control/faults`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Status of a control request with headers of our own, which fetch would not let through. */
function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port: simulator.port, path: '/_control/bill', headers };
    request(options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('faults are set one by one or together, listed, and cleared', async () => {
  expect(await control('POST', { kind: 'drop', match: { route: 'status' } })).toEqual({
    status: 201,
    body: { ids: [1], at_once: [] },
  });
  expect((await control('POST', [{ kind: 'stall' }, { kind: 'cloudflare', match: { nth: 9 } }])).body).toEqual({
    ids: [2, 3],
    at_once: [],
  });
  expect((await control('GET')).body).toMatchObject({
    faults: [{ id: 1 }, { id: 2, fault: { kind: 'stall' } }, { id: 3, fault: { status: 522 }, seen: 0, fired: 0 }],
  });
  expect((await control('DELETE')).body).toEqual({ faults: [] });
  expect(simulator.faults.list()).toEqual([]);
});

test('what is no fault is refused in words, and changes nothing', async () => {
  const { status, body } = await control('POST', [{ kind: 'drop' }, { kind: 'fail', code: 'x' }]);
  expect(status).toBe(400);
  expect(String(body['error'])).not.toBe('');
  expect(simulator.faults.list()).toEqual([]);
});

test('the bill is told over HTTP as in the process', async () => {
  await client.generate({ prompt: 'p' });
  await client.generate({ prompt: 'q' }, 'video');
  const { body } = await client.get('/_control/bill', {});
  expect(body).toMatchObject({ paid: 2, images: 1, videos: 1, completed: 2, failed: 0 });
  expect(body).toEqual(JSON.parse(JSON.stringify(simulator.bill())));
});

test('what came through a tunnel, or for another host, does not reach it', async () => {
  expect(await statusWith({})).toBe(200);
  expect(await statusWith({ host: `localhost:${simulator.port}` })).toBe(200);
  expect(await statusWith({ 'cf-connecting-ip': '203.0.113.7' })).toBe(403);
  expect(await statusWith({ 'x-forwarded-for': '203.0.113.7' })).toBe(403);
  expect(await statusWith({ host: 'evil.example.test' })).toBe(403);
});

test('the newest requests are told with their time and task, and counted by route', async () => {
  await fetch(`${client.url}/api/health`);
  await fetch(`${client.url}/api/status/0badf00d`);
  const response = await fetch(`${client.url}/_control/requests`);
  expect(await response.json()).toMatchObject({
    counts: { health: 1, status: 1 },
    newest: [
      { route: 'health', at: expect.stringMatching(/^\d{4}-/) as string },
      { route: 'status', argument: '0badf00d' },
    ],
  });
});

test('how much was asked for at once is told: what runs, and the most there was', async () => {
  simulator.faults.add({ kind: 'stall', count: 3 });
  const stuck = [await client.submit({ prompt: 'p' }), await client.submit({ prompt: 'p' })];
  await client.submit({ prompt: 'q' });
  await client.generate({ prompt: 'r' });
  for (const id of stuck) await client.post(`/api/stop/${id}`, {});
  const { body } = await client.get('/_control/load', {});
  expect(body).toEqual({ now: { tasks: 1, prompts: 1 }, most: { tasks: 4, prompts: 3 } });
});
