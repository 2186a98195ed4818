import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore, StoredObject } from '../../src/clients/object-store';
import { StoreError } from '../../src/clients/object-store';
import { createS3Store } from '../../src/clients/s3';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

let server: Server;
let store: ObjectStore;
let folder: string;
let answer: Handler;
let requests: IncomingMessage[];
const never = new AbortController().signal;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(request);
      answer(request, response, Buffer.concat(chunks));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  store = createS3Store({
    endpoint,
    bucket: 'nbflow',
    accessKeyId: 'id',
    secretAccessKey: 'very-secret',
    publicBaseUrl: 'https://pub.example/',
    region: 'auto',
  });
  folder = await mkdtemp(join(tmpdir(), 's3-'));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function object(content: Buffer): Promise<StoredObject> {
  const path = join(folder, 'a.png');
  await writeFile(path, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key: 'brand/A b/v0-1/ü.png', path, bytes: content.length, sha256, contentType: 'image/png' };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

test.each([
  ['small', 1_000],
  ['streamed', 9 * 1024 * 1024],
])('a %s object is put whole, once, signed with its hash', async (_, size) => {
  let got: Buffer | null = null;
  answer = (_request, response, body) => {
    got = body;
    response.end();
  };
  const content = Buffer.alloc(size, 'x');
  const wanted = await object(content);
  expect(await store.put(wanted, never)).toEqual({
    url: 'https://pub.example/brand/A%20b/v0-1/%C3%BC.png',
    existed: false,
  });
  expect(content.equals(got ?? Buffer.alloc(0))).toBe(true);
  const [request] = requests;
  expect(request?.url).toMatch(/^\/nbflow\/brand\/A%20b\/v0-1\/%C3%BC\.png/);
  expect(request?.headers).toMatchObject({
    'if-none-match': '*',
    'content-type': 'image/png',
    'content-length': String(size),
    'x-amz-content-sha256': wanted.sha256,
  });
  expect(Object.keys(request?.headers ?? {}).join()).not.toMatch(/checksum|content-encoding/);
});

test('an object that is there already is a success', async () => {
  answer = ({ method }, response) =>
    response.writeHead(method === 'HEAD' ? 200 : 412, method === 'HEAD' ? { 'content-length': '1' } : {}).end();
  expect(await store.put(await object(Buffer.from('x')), never)).toMatchObject({ existed: true });
});

test.each([
  ['a damaged one is replaced', 200, false, ['PUT *', 'HEAD', 'PUT']],
  ['one that we may not look at is believed', 403, true, ['PUT *', 'HEAD']],
])('of what is there already, %s', async (_, seen, existed, calls) => {
  const called: string[] = [];
  answer = ({ method = '', headers }, response) => {
    const condition = headers['if-none-match'];
    called.push(condition ? `${method} ${condition}` : method);
    if (method === 'HEAD') response.writeHead(seen, { 'content-length': '7' }).end();
    else response.writeHead(condition ? 412 : 200).end();
  };
  expect(await store.put(await object(Buffer.from('x')), never)).toMatchObject({ existed });
  expect(called).toEqual(calls);
});

test('a store that stumbles once is asked again', async () => {
  answer = (_request, response) => response.writeHead(requests.length === 1 ? 503 : 200).end();
  expect(await store.put(await object(Buffer.from('x')), never)).toMatchObject({ existed: false });
  expect(requests).toHaveLength(2);
});

test.each([
  [403, 'rejected'],
  [404, 'rejected'],
  [503, 'unavailable'],
])('a %d is %s, and says nothing secret', async (status, kind) => {
  answer = (_request, response) => response.writeHead(status).end('<Error><Code>Nope</Code></Error>');
  const error = await failureOf(store.put(await object(Buffer.from('x')), never));
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ kind, status, message: expect.stringContaining('bucket=nbflow') as string });
  expect(String(error)).not.toContain('very-secret');
});

test('a store that is not there is unavailable', async () => {
  server.close();
  await once(server, 'close');
  const error = await failureOf(store.put(await object(Buffer.from('x')), never));
  expect(error).toMatchObject({ name: 'StoreError', kind: 'unavailable', status: null });
});

test('an abort comes back as its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('stop');
  answer = () => abort.abort(reason);
  expect(await failureOf(store.put(await object(Buffer.from('x')), abort.signal))).toBe(reason);
});

test('what is there is told, and what is not', async () => {
  answer = (_request, response) => response.writeHead(200, { 'content-length': 5, 'content-type': 'video/mp4' }).end();
  expect(await store.head('a', never)).toEqual({ bytes: 5, contentType: 'video/mp4' });
  answer = (_request, response) => response.writeHead(404).end();
  expect(await store.head('a', never)).toBeNull();
  answer = (_request, response) => response.writeHead(403).end();
  expect(await failureOf(store.head('a', never))).toMatchObject({ kind: 'rejected', status: 403 });
});

test('a store that quotes a secret in its refusal is not quoted with it', async () => {
  answer = (_request, response) =>
    response
      .writeHead(403, { 'content-type': 'application/xml' })
      .end('<Error><Code>InvalidAccessKeyId</Code><Message>very-secret is not known</Message></Error>');
  const error = await failureOf(store.put(await object(Buffer.from('x')), never));
  expect(String(error)).toContain('(secret) is not known');
  expect(String(error)).not.toContain('very-secret');
});
