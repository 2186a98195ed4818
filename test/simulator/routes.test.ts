import type { Simulator } from '../../src/simulator/simulator';
import { decodeName } from './contract-data';
import type { Client } from './client';
import { openSimulator } from './client';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator());
});
afterEach(() => end());

describe('a task', () => {
  test('goes from pending to running to completed, with times in seconds and its result', async () => {
    const slow = await openSimulator({ imageMs: 60_000, parallel: 1 });
    const [first, second] = [await slow.client.submit({ prompt: 'a' }), await slow.client.submit({ prompt: 'b' })];
    expect((await slow.client.get(`/api/status/${first}`)).body).toMatchObject({ task_id: first, status: 'running' });
    expect((await slow.client.get(`/api/status/${second}`)).body).toMatchObject({ status: 'pending' });
    const unfinished = { task_id: first, status: 'running', message: 'Task not yet completed' };
    expect(await slow.client.get(`/api/result/${first}`)).toMatchObject({ status: 200, body: unfinished });
    await slow.end();

    const id = await client.submit({ prompt: 'a' });
    const task = await client.finish(id);
    expect(Number(task['completed_at'])).toBeGreaterThanOrEqual(Number(task['created_at']));
    expect(Math.abs(Number(task['created_at']) - Date.now() / 1000)).toBeLessThan(5);
    const { body } = await client.get(`/api/result/${id}`);
    expect(body).toEqual({ task_id: id, status: 'completed', results: task['results'] });
  });

  test('that is unknown answers 404 in words', async () => {
    const error = { error: 'Task deadbeef not found' };
    expect(await client.get('/api/status/deadbeef')).toMatchObject({ status: 404, body: error });
    expect(await client.get('/api/result/deadbeef')).toMatchObject({ status: 404, body: error });
  });

  test('that failed has its code, but in the result looks unfinished', async () => {
    simulator.faults.add({ kind: 'fail', code: 429, message: 'Daily quota spent for a@example.test' });
    const id = await client.submit({ prompt: 'a' });
    expect(await client.finish(id)).toMatchObject({
      error_code: 429,
      error: 'Daily quota spent for a@example.test',
      error_detail: '429: Daily quota spent for a@example.test',
    });
    const { body } = await client.get(`/api/result/${id}`);
    expect(body).toEqual({ task_id: id, status: 'failed', message: 'Task not yet completed' });
  });

  test('can be stopped, and stays on the bill', async () => {
    const slow = await openSimulator({ imageMs: 60_000 });
    const id = await slow.client.submit({ prompt: 'a' });
    expect((await slow.client.post(`/api/stop/${id}`, {})).body).toEqual({ stopped: [id], skipped: [], count: 1 });
    expect(await slow.client.finish(id)).toMatchObject({ error_code: 499, error: 'STOPPED_BY_CLIENT' });
    expect((await slow.client.post(`/api/stop/${id}`, {})).body).toEqual({ stopped: [], skipped: [id], count: 0 });
    expect(slow.simulator.bill()).toMatchObject({ paid: 1, failed: 1 });
    await slow.end();
  });

  test('is forgotten when 200 newer ones have finished, though its file stays', async () => {
    const first = await client.submit({ prompt: 'the first' });
    const { results } = await client.finish(first);
    const later: string[] = [];
    for (let i = 0; i < 200; i++) later.push(await client.submit({ prompt: `later ${i}` }));
    await Promise.all(later.map((id) => client.finish(id)));
    expect((await client.get(`/api/status/${first}`)).status).toBe(404);
    expect((await client.get(`/api/status/${String(later[0])}`)).status).toBe(200);
    expect((await client.download((results as string[])[0] ?? '')).length).toBeGreaterThan(0);
  });
});

describe('the listing', () => {
  test('shows the newest fifty first, prompts cut to fifty characters', async () => {
    const prompt = '😀'.repeat(30) + 'x'.repeat(60);
    for (let i = 0; i < 51; i++) await client.submit({ prompt: `${i} ${prompt}` });
    const tasks = (await client.get('/api/tasks')).body['tasks'] as Record<string, unknown>[];
    expect(tasks).toHaveLength(50);
    expect(Object.keys(tasks[0] ?? {}).sort()).toEqual(['created_at', 'prompt', 'status', 'task_id', 'type']);
    expect(tasks[0]?.['prompt']).toBe(`50 ${'😀'.repeat(30)}${'x'.repeat(17)}`);
    expect(tasks[49]?.['prompt']).toMatch(/^1 /);
  });

  test('puts dots behind cut prompts by option, never behind whole ones', async () => {
    const dotted = await openSimulator({ promptDots: true });
    await dotted.client.submit({ prompt: 'x'.repeat(50) });
    await dotted.client.submit({ prompt: 'x'.repeat(51) });
    const tasks = (await dotted.client.get('/api/tasks')).body['tasks'] as Record<string, unknown>[];
    expect(tasks.map((task) => task['prompt'])).toEqual([`${'x'.repeat(50)}...`, 'x'.repeat(50)]);
    await dotted.end();
  });
});

describe('result addresses', () => {
  test('carry the name percent-encoded, and only the exact name finds the file', async () => {
    const { results } = await client.finish(await client.submit({ prompt: "100% organic, (it's) a/b?" }));
    const [url = ''] = results as string[];
    expect(url).toBe(`${client.url}/api/files/001_100%25_organic%2C_%28it%27s%29_a_b_.png`);
    expect((await fetch(url)).headers.get('content-type')).toBe('image/png');
    expect((await fetch(client.url + decodeName(url))).status).toBe(404);
    expect((await fetch(`${client.url}/api/files/..%2fbill.jsonl`)).status).toBe(404);
  });

  test('carry the advertised origin where there is one', async () => {
    const far = await openSimulator({ advertise: 'http://192.168.7.7:8765/' });
    const { results } = await far.client.finish(await far.client.submit({ prompt: 'a' }));
    expect(results).toEqual(['http://192.168.7.7:8765/api/files/001_a.png']);
    await far.end();
  });

  test('are one per asked resolution or upscale', async () => {
    const film = await client.finish(await client.submit({ prompt: 'f', resolution: ['720p', '4K'] }, 'video'));
    const still = await client.finish(await client.submit({ prompt: 's', upscale: ['2K'] }));
    const names = [...(film['results'] as string[]), ...(still['results'] as string[])].map((url) =>
      url.split('/').pop(),
    );
    expect(names).toEqual(['001_f.mp4', '001_f_4K.mp4', '002_s.png', '002_s_2K.png']);
  });
});
