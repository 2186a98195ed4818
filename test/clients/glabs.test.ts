import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GLabsClient } from '../../src/clients/glabs';
import { createGLabsClient } from '../../src/clients/glabs';
import { BackendError } from '../../src/clients/backend-error';
import type { RawServer } from './raw-server';
import { rawServer, response } from './raw-server';

const timeouts = { connectMs: 1_000, headersMs: 300, bodyIdleMs: 300 };
const never = new AbortController().signal;

let client: GLabsClient;
let server: RawServer;
let folder: string;
beforeEach(async () => {
  client = createGLabsClient({ key: () => 'secret-key', timeouts });
  folder = await mkdtemp(join(tmpdir(), 'glabs-'));
});
afterEach(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true });
});

async function serve(answers: Record<string, string>): Promise<void> {
  server = await rawServer((socket, request) => {
    const path = request.split(' ')[1] ?? '';
    socket.write(answers[path] ?? response(404, '{"error":"Not found"}'));
  });
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('health', () => {
  test('the documented path is asked first, without the key', async () => {
    const body = '{"status":"ok","uptime":42,"tasks_pending":1,"tasks_running":2}';
    await serve({ '/api/health': response(200, body, { Date: new Date(Date.now() + 90_000).toUTCString() }) });
    const health = await client.health(server.url, never);
    expect(health).toMatchObject({ path: '/api/health', uptime: 42, tasksPending: 1, tasksRunning: 2 });
    expect(Math.abs(health.skewMs - 90_000)).toBeLessThan(2_000);
    expect(server.received.join()).not.toContain('secret-key');
  });

  test('a 404 there leads to the other path', async () => {
    await serve({ '/health': response(200, '{}') });
    expect(await client.health(server.url, never)).toEqual({
      path: '/health',
      uptime: null,
      tasksPending: null,
      tasksRunning: null,
      skewMs: 0,
    });
  });

  test('another program at that address is not G-Labs', async () => {
    await serve({});
    const error = await failureOf(client.health(server.url, never));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ status: 404, text: expect.stringContaining('not G-Labs') as string });
  });

  test('a tunnel page is an error with its status', async () => {
    await serve({ '/api/health': response(530, '<html><title>Error 1033</title></html>') });
    const error = await failureOf(client.health(server.url, never));
    expect(error).toMatchObject({ status: 530, errno: null, text: 'Error 1033' });
  });

  test('a server that hangs is an error with the reason', async () => {
    server = await rawServer(() => undefined);
    expect(await failureOf(client.health(server.url, never))).toMatchObject({
      status: null,
      errno: 'UND_ERR_HEADERS_TIMEOUT',
    });
  });

  test('an abort comes back as its own reason', async () => {
    const abort = new AbortController();
    const reason = new Error('stop');
    server = await rawServer(() => abort.abort(reason));
    expect(await failureOf(client.health(server.url, abort.signal))).toBe(reason);
  });
});

describe('status', () => {
  const ask = async (answer: string): Promise<unknown> => {
    await serve({ '/api/status/abcd1234': answer });
    return failureOf(client.status(server.url, 'abcd1234', never));
  };

  test.each(['pending', 'running'])('%s is told', async (state) => {
    expect(await ask(response(200, JSON.stringify({ task_id: 'abcd1234', status: state })))).toEqual({ state });
  });

  test('results move to the asked server with their path letter for letter', async () => {
    const results = ['http://192.168.0.7:8765/api/files/001_100%25_a%2Cb%20c.jpg', { url: '/api/files/x.png' }];
    expect(await ask(response(200, JSON.stringify({ status: 'completed', results, completed_at: 1.5 })))).toEqual({
      state: 'completed',
      results: [`${server.url}/api/files/001_100%25_a%2Cb%20c.jpg`, `${server.url}/api/files/x.png`],
      completedAt: 1.5,
    });
  });

  test('a failed task tells its code and words', async () => {
    const body = JSON.stringify({
      status: 'failed',
      error_code: 403,
      error: 'PERMISSION_DENIED',
      error_detail: { a: 1 },
    });
    expect(await ask(response(200, body))).toEqual({
      state: 'failed',
      code: 403,
      error: 'PERMISSION_DENIED',
      detail: '{"a":1}',
    });
  });

  test('a task that the backend forgot is gone', async () => {
    expect(await ask(response(404, '{"error":"Task abcd1234 not found"}'))).toEqual({ state: 'gone' });
  });

  test.each(['{"error":"Not found"}', '<html><title>404</title></html>', 'tunnel for task not found'])(
    'a 404 that says %j does not mean that the task is gone',
    async (body) => {
      expect(await ask(response(404, body))).toMatchObject({ name: 'BackendError', status: 404 });
    },
  );

  test.each(['', '[]', '{"status":"mystery"}', '{"status":7}'])('the answer %j is an error', async (body) => {
    expect(await ask(response(200, body))).toBeInstanceOf(BackendError);
  });
});

test('the listing is read whole or not at all', async () => {
  const task = { task_id: 'a', type: 'image', status: 'running', prompt: 'p', created_at: 1.25 };
  await serve({ '/api/tasks': response(200, JSON.stringify({ tasks: [task] })) });
  expect(await client.tasks(server.url, never)).toEqual([
    { taskId: 'a', type: 'image', status: 'running', prompt: 'p', createdAt: 1.25 },
  ]);
  await server.close();
  await serve({ '/api/tasks': response(200, JSON.stringify({ tasks: [task, { task_id: 'b' }] })) });
  expect(await failureOf(client.tasks(server.url, never))).toBeInstanceOf(BackendError);
});

test('an idle connection that the server closed does not fail the next call', async () => {
  let calls = 0;
  server = await rawServer((socket) => {
    calls += 1;
    if (calls === 2) socket.resetAndDestroy();
    else socket.write(response(200, '{"tasks":[]}'));
  });
  await client.tasks(server.url, never);
  expect(await client.tasks(server.url, never)).toEqual([]);
  expect(calls).toBe(3);
});

describe('download', () => {
  test('bytes are written and hashed', async () => {
    const bytes = randomBytes(200_000);
    server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: ${bytes.length}\r\n\r\n`);
      socket.write(bytes);
    });
    const to = join(folder, 'a.part');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await client.download(`${server.url}/api/files/a%20b.png`, to, never)).toEqual({
      bytes: bytes.length,
      sha256,
      contentType: 'image/png',
    });
    expect((await readFile(to)).equals(bytes)).toBe(true);
    expect(server.received[0]).toMatch(/^GET \/api\/files\/a%20b\.png /);
  });

  test('a body cut short leaves no file', async () => {
    server = await rawServer((socket) => socket.end(response(200, 'half', { 'Content-Length': '1000' })));
    const to = join(folder, 'a.part');
    expect(await failureOf(client.download(`${server.url}/api/files/a`, to, never))).toBeInstanceOf(BackendError);
    expect(existsSync(to)).toBe(false);
  });

  test('a disk that refuses is not mistaken for the backend', async () => {
    await serve({ '/api/files/a': response(200, 'x') });
    const error = await failureOf(client.download(`${server.url}/api/files/a`, join(folder, 'no', 'a.part'), never));
    expect(error).toMatchObject({ code: 'ENOENT' });
  });

  test('the key goes only to servers that were asked before', async () => {
    await serve({ '/api/files/a': response(200, 'x'), '/api/tasks': response(200, '{"tasks":[]}') });
    await client.download(`${server.url}/api/files/a`, join(folder, 'a'), never);
    expect(server.received.join()).not.toContain('secret-key');
    await client.tasks(server.url, never);
    await client.download(`${server.url}/api/files/a`, join(folder, 'a'), never);
    expect(server.received.join().split('secret-key')).toHaveLength(3);
  });
});
