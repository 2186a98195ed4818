import { connect } from 'node:net';
import { PIXEL } from './contract-data';
import type { Client } from './client';
import { KEY, openSimulator } from './client';
import type { Simulator } from '../../src/simulator/simulator';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator());
});
afterEach(() => end());

/** Sends bytes as they are and gives all that comes back. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(simulator.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('health', () => {
  test('answers without a key, with whole seconds and a Date header', async () => {
    const { status, headers, body } = await client.get('/api/health', {});
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', server: 'G-Labs Webhook', uptime: 0, tasks_pending: 0, tasks_running: 0 });
    expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(5000);
  });

  test('tolerates a trailing slash', async () => {
    expect((await client.get('/api/health/', {})).status).toBe(200);
  });

  test('does not exist under /health, nor does any other unknown route', async () => {
    for (const route of ['/health', '/', '//', '/api', '/api/image/generate', '/api/grok/generate']) {
      const { status, body } = await client.get(route);
      expect([route, status, body]).toEqual([route, 404, { error: 'Not found' }]);
    }
  });

  test('counts running and waiting tasks', async () => {
    const slow = await openSimulator({ imageMs: 60_000, parallel: 2 });
    for (let i = 0; i < 5; i++) await slow.client.submit({ prompt: `${i}` });
    const { body } = await slow.client.get('/api/health', {});
    expect(body).toMatchObject({ tasks_pending: 3, tasks_running: 2 });
    await slow.end();
  });
});

test('any web page may call it', async () => {
  const { headers } = await client.get('/api/tasks');
  expect(headers.get('access-control-allow-origin')).toBe('*');
  const preflight = await fetch(`${client.url}/api/image/generate`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('X-API-Key');
});

test('a wrong or missing key is refused everywhere but on health and downloads', async () => {
  const refused = { error: 'Invalid or missing API key' };
  for (const route of ['/api/status/12345678', '/api/result/12345678', '/api/tasks']) {
    expect(await client.get(route, {})).toMatchObject({ status: 401, body: refused });
    expect(await client.get(route, { 'x-api-key': 'wrong' })).toMatchObject({ status: 401, body: refused });
  }
  const submit = await fetch(`${client.url}/api/image/generate`, { method: 'POST', body: '{"prompt":"x"}' });
  expect(submit.status).toBe(401);
  const missing = await client.get('/api/files/nothing.png', {});
  expect(missing).toMatchObject({ status: 404, body: { error: 'File not found: nothing.png' } });
  expect(simulator.bill().paid).toBe(0);
});

test('without a key of its own it asks for none', async () => {
  const open = await openSimulator({ key: null });
  expect((await open.client.get('/api/tasks', {})).status).toBe(200);
  await open.end();
});

describe('submitting', () => {
  test('answers 202 with an id of eight hex digits and an address to poll', async () => {
    const { status, body } = await client.post('/api/image/generate', { prompt: 'a jar' });
    expect(status).toBe(202);
    expect(body).toEqual({
      task_id: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      status: 'pending',
      message: expect.any(String) as string,
      poll_url: `/api/status/${String(body['task_id'])}`,
    });
  });

  test('an empty body is refused, and so is one without a length', async () => {
    expect(await client.post('/api/image/generate', '')).toMatchObject({ status: 400, body: { error: 'Empty body' } });
    const chunked = await raw(
      `POST /api/image/generate HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nConnection: close\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    );
    expect(chunked).toContain('{"error":"Empty body"}');
  });

  test('a length that is no number is refused', async () => {
    const answer = await raw('POST /api/image/generate HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*\{"error":"Invalid Content-Length"\}$/);
  });

  test('a body over 50 MB is refused', async () => {
    const answer = await raw(
      `POST /api/image/generate HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nConnection: close\r\nContent-Length: 52428801\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 [^]*\{"error":"Payload too large \(max 52428800 bytes\)"\}$/);
  });

  test('a body that is not JSON is refused', async () => {
    expect((await client.post('/api/image/generate', '{"prompt":')).status).toBe(400);
    expect((await client.post('/api/image/generate', '[1]')).status).toBe(400);
  });

  test('a missing prompt is accepted, fails with code 0 and costs nothing', async () => {
    const task = await client.finish(await client.submit({ model: 'nano_banana_2' }));
    expect(task).toMatchObject({
      status: 'failed',
      error_code: 0,
      error: 'Missing required field: prompt',
      error_detail: '0: Missing required field: prompt',
    });
    expect(simulator.bill().paid).toBe(0);
  });

  test('what it does not know falls back in silence', async () => {
    await client.submit({ prompt: 'p', model: 'gemini-3.1', aspect_ratio: '2:3' });
    await client.submit(
      { prompt: 'p', model: 'veo9', aspect_ratio: '1:1', mode: 'frames-to-video', reference_images: [PIXEL] },
      'video',
    );
    const [image, video] = simulator.bill().entries;
    expect(image).toMatchObject({ model: 'nano_banana_2', aspect_ratio: '1:1', mode: 'image' });
    expect(video).toMatchObject({ model: 'veo_31_fast', aspect_ratio: '16:9', mode: 'text_to_video', references: [] });
  });

  test('references of every written form count, small ones are skipped, extra ones dropped', async () => {
    const tiny = Buffer.alloc(99, 1).toString('base64');
    const forms = [PIXEL, `data:image/png;base64,${PIXEL}`, { data: PIXEL, category: 'subject', name: 'a' }, tiny, 7];
    await client.submit({ prompt: 'p', reference_images: forms });
    await client.submit({ prompt: 'p', reference_images: Array<string>(14).fill(PIXEL) });
    const frames = Array<string>(5).fill(PIXEL);
    for (const mode of ['start_image', 'start_end_image', 'components']) {
      await client.submit({ prompt: 'p', mode, reference_images: frames }, 'video');
    }
    expect(simulator.bill().entries.map((entry) => entry.references.length)).toEqual([3, 10, 1, 2, 3]);
    expect(new Set(simulator.bill().entries.flatMap((entry) => entry.references)).size).toBe(1);
  });
});
