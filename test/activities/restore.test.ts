import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreFromStore } from '../../src/activities/restore';
import type { Generation } from '../../src/flow/receipt';
import { FIXTURES } from '../helpers/references';
import { entry, generator } from '../helpers/flows';

const picture = readFileSync(join(FIXTURES, 'refs', 'avatar-sheets', 'account-a.png'));
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const FILE = 'Assets/X/generated-images/v0-1/candidates/scene01-c1.png';

let server: Server;
let asked: number;
let answer: (response: ServerResponse) => void;
let base: string;
let made: Generation;
beforeEach(async () => {
  asked = 0;
  base = mkdtempSync(join(tmpdir(), 'nbflow restore '));
  server = createServer((_request, response) => {
    asked++;
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/c1.png`;
  made = entry(generator(), { file: FILE, url, sha256: sha256Of(picture), bytes: picture.length });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const restore = (overrides: Partial<Generation> = {}): ReturnType<typeof restoreFromStore> =>
  restoreFromStore(base, { ...made, ...overrides }, new AbortController().signal, [1]);

function expectNothing(): void {
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files.map(({ name }) => name)).toEqual([]);
}

test('the very same bytes come back under their recorded name', async () => {
  answer = (response) => response.end(picture);
  const { sha256, bytes, mediaType } = made;
  expect(await restore()).toEqual({ file: FILE, sha256, bytes, mediaType });
  expect(readFileSync(join(base, FILE)).equals(picture)).toBe(true);
});

test('a damaged local file is replaced', async () => {
  answer = (response) => response.end(picture);
  await restore();
  writeFileSync(join(base, FILE), picture.subarray(0, 100));
  await restore();
  expect(readFileSync(join(base, FILE)).equals(picture)).toBe(true);
});

test.each([
  ['says 404', (response: ServerResponse) => response.writeHead(404).end()],
  ['has fewer bytes', (response: ServerResponse) => response.end(picture.subarray(0, 200))],
  ['has more bytes', (response: ServerResponse) => response.end(Buffer.concat([picture, picture]))],
  ['shows a page', (response: ServerResponse) => response.end('<html>welcome</html>')],
])('a store that %s has no copy, and nothing is left on disk', async (_, answers) => {
  answer = answers;
  expect(await restore()).toBe('gone');
  expectNothing();
});

test('a store that shows another whole picture has no copy', async () => {
  const other = readFileSync(join(FIXTURES, 'refs', 'avatar-sheets', 'account-b.png'));
  answer = (response) => response.end(other);
  expect(await restore({ bytes: other.length })).toBe('gone');
  expectNothing();
});

test('recorded bytes that are no picture are no copy', async () => {
  const page = Buffer.from('<html>never a picture</html>');
  answer = (response) => response.end(page);
  expect(await restore({ sha256: sha256Of(page), bytes: page.length })).toBe('gone');
  expectNothing();
});

test.each([403, 500, 503])('a store that answers %i says nothing about its copy', async (status) => {
  answer = (response) => response.writeHead(status).end();
  expect(await restore()).toBe('unreachable');
  expectNothing();
});

test('a store that does not answer says nothing about its copy', async () => {
  server.close();
  expect(await restore()).toBe('unreachable');
});

test('a body that broke off is asked for again', async () => {
  answer = (response) => response.end(asked === 1 ? picture.subarray(0, 300) : picture);
  expect(await restore()).toMatchObject({ file: FILE });
});

test('an attempt that is told to stop stops', async () => {
  const stop = new AbortController();
  answer = () => stop.abort(new Error('told to stop'));
  await expect(restoreFromStore(base, made, stop.signal, [])).rejects.toThrow('told to stop');
  expectNothing();
});
