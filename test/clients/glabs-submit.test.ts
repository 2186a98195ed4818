import type { Socket } from 'node:net';
import type { GLabsClient, SubmitEnd } from '../../src/clients/glabs';
import { createGLabsClient } from '../../src/clients/glabs';
import type { RawServer } from './raw-server';
import { rawServer, response } from './raw-server';

const timeouts = { connectMs: 1_000, headersMs: 300, submitHeadersMs: 300, bodyIdleMs: 300 };
const never = new AbortController().signal;
const KEY = 'key-that-must-not-leak';

let client: GLabsClient;
let server: RawServer | null = null;
beforeEach(() => {
  client = createGLabsClient({ key: () => KEY, timeouts });
});
afterEach(async () => {
  await client.close();
  await server?.close();
  server = null;
});

async function submitTo(answer: (socket: Socket) => void, onConnect?: (socket: Socket) => void): Promise<SubmitEnd> {
  server = await rawServer(answer, onConnect);
  return client.submit(server.url, 'image', { prompt: 'a cat' }, never);
}

test('an accepted submit gives its task id, and sends key, path and body', async () => {
  const end = await submitTo((socket) => socket.end(response(202, '{"task_id":"0a1b2c3d","status":"pending"}')));
  expect(end).toEqual({ kind: 'accepted', taskId: '0a1b2c3d' });
  expect(server?.received[0]).toMatch(/^POST \/api\/image\/generate HTTP/);
  expect(server?.received[0]).toContain(`x-api-key: ${KEY}`);
  expect(server?.received[0]).toContain('{"prompt":"a cat"}');
});

test('bytes behind a complete answer do no harm', async () => {
  const end = await submitTo((socket) => socket.end(response(202, '{"task_id":"0a1b2c3d"}') + 'garbage'));
  expect(end).toEqual({ kind: 'accepted', taskId: '0a1b2c3d' });
});

test('a refused connection was surely not sent', async () => {
  server = await rawServer(() => undefined);
  const { url } = server;
  await server.close();
  server = null;
  const end = await client.submit(url, 'image', { prompt: 'a' }, never);
  expect(end).toMatchObject({ kind: 'transport', phase: 'before-sent', errno: 'ECONNREFUSED' });
});

test('a host that no name server knows was surely not sent', async () => {
  const end = await client.submit('http://nowhere.invalid:8765', 'image', { prompt: 'a' }, never);
  expect(end).toMatchObject({ kind: 'transport', phase: 'before-sent' });
});

test('a TLS handshake that fails was surely not sent', async () => {
  server = await rawServer(
    () => undefined,
    (socket) => socket.once('data', () => socket.end('this is no TLS')),
  );
  const end = await client.submit(`https://127.0.0.1:${server.port}`, 'image', { prompt: 'a' }, never);
  expect(end).toMatchObject({ kind: 'transport', phase: 'before-sent' });
});

test('a TLS server that hangs up during the handshake was surely not sent to', async () => {
  server = await rawServer(
    () => undefined,
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
  );
  const end = await client.submit(`https://127.0.0.1:${server.port}`, 'image', { prompt: 'a' }, never);
  expect(end).toMatchObject({ kind: 'transport', phase: 'before-sent' });
});

test('a reset after the body may have been sent, and is not tried again', async () => {
  const end = await submitTo((socket) => socket.resetAndDestroy());
  expect(end).toMatchObject({ kind: 'transport', phase: 'maybe-sent' });
  expect(server?.received).toHaveLength(1);
});

test('a connection closed without an answer may have been sent, and is not tried again', async () => {
  const end = await submitTo((socket) => socket.end());
  expect(end).toMatchObject({ kind: 'transport', phase: 'maybe-sent' });
  expect(server?.received).toHaveLength(1);
});

test('a reset right after connecting counts as maybe sent', async () => {
  const end = await submitTo(
    () => undefined,
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
  );
  expect(end).toMatchObject({ kind: 'transport', phase: 'maybe-sent' });
});

test('a server that never answers may have got it', async () => {
  const end = await submitTo(() => undefined);
  expect(end).toMatchObject({ kind: 'transport', phase: 'maybe-sent', errno: 'UND_ERR_HEADERS_TIMEOUT' });
  expect(server?.received).toHaveLength(1);
});

test('an abort while waiting for the answer may have been sent; one before it was not', async () => {
  const abort = new AbortController();
  server = await rawServer(() => abort.abort());
  const during = await client.submit(server.url, 'image', { prompt: 'a' }, abort.signal);
  expect(during).toMatchObject({ kind: 'transport', phase: 'maybe-sent' });
  const before = await client.submit(server.url, 'image', { prompt: 'a' }, abort.signal);
  expect(before).toMatchObject({ kind: 'transport', phase: 'before-sent' });
  expect(server.received).toHaveLength(1);
});

test.each(['not json', '{"message":"queued"}', '{"task_id":""}', ''])(
  'a 202 that says %j can not be read',
  async (body) => {
    const end = await submitTo((socket) => socket.end(response(202, body)));
    expect(end).toMatchObject({ kind: 'unreadable', status: 202 });
  },
);

test('a 202 cut off in its body can not be read', async () => {
  const end = await submitTo((socket) => socket.end(response(202, '{"task_id":', { 'Content-Length': '90' })));
  expect(end).toMatchObject({ kind: 'unreadable', status: 202 });
});

test('a refusal stays one although its words are cut off', async () => {
  const end = await submitTo((socket) => socket.end(response(401, '{"err', { 'Content-Length': '90' })));
  expect(end).toMatchObject({ kind: 'answered', status: 401 });
});

test('a wrong key is answered with the words of the backend and never with the key', async () => {
  const end = await submitTo((socket) => socket.end(response(401, '{"error":"Invalid or missing API key"}')));
  expect(end).toMatchObject({ kind: 'answered', status: 401, text: 'Invalid or missing API key' });
  expect(JSON.stringify(end)).not.toContain(KEY);
});

test('a Cloudflare page keeps its status and becomes one line', async () => {
  const page =
    '<!DOCTYPE html>\n<html><head>\n<title>x.com |\n 522: Connection timed out</title></head><body>…</body></html>';
  const end = await submitTo((socket) => socket.end(response(522, page, { 'Content-Type': 'text/html' })));
  expect(end).toMatchObject({ kind: 'answered', status: 522, text: 'x.com | 522: Connection timed out' });
});

test('a busy backend says when to come back', async () => {
  const end = await submitTo((socket) => socket.end(response(429, '{"error_code":429}', { 'Retry-After': '7' })));
  expect(end).toMatchObject({ kind: 'answered', status: 429, code: 429, retryAfterMs: 7000 });
});

test('every submit has a connection of its own', async () => {
  server = await rawServer((socket) => socket.write(response(202, '{"task_id":"0a1b2c3d"}')));
  for (let i = 0; i < 3; i++) await client.submit(server.url, 'video', Buffer.from('{}'), never);
  expect(server.received).toHaveLength(3);
  expect(server.received[0]).toMatch(/^POST \/api\/video\/generate/);
});

test('a backend that quotes the key in its refusal is not quoted with it', async () => {
  const told = `{"error":"key ${KEY} is not valid"}`;
  const end = await submitTo((socket) => socket.end(response(401, told)));
  expect(end).toMatchObject({ kind: 'answered', status: 401, text: 'key (secret) is not valid' });
  const error = await client.status(server?.url ?? '', 'abc', never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 401, text: 'key (secret) is not valid' });
  expect(String(error)).not.toContain(KEY);
});
