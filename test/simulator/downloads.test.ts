import sharp from 'sharp';
import type { Simulator } from '../../src/simulator/simulator';
import type { Client } from './client';
import { openSimulator, until } from './client';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;
let url: string;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator());
  const { results } = await client.finish(await client.submit({ prompt: 'p' }));
  [url = ''] = results as string[];
});
afterEach(() => end());

const status = async (): Promise<number> => (await fetch(url)).status;

test('downloads are damaged in every way, and whole the next time', async () => {
  const whole = await client.download(url);
  const damaged = async (how: 'truncated' | 'empty' | 'html' | 'wrong-type'): Promise<Buffer> => {
    simulator.faults.add({ kind: 'bad-bytes', how });
    return client.download(url);
  };
  expect(await damaged('truncated')).toEqual(whole.subarray(0, Math.floor(whole.length / 2)));
  expect(await damaged('empty')).toHaveLength(0);
  expect((await damaged('html')).toString()).toContain('<!DOCTYPE html>');
  await expect(sharp(await damaged('wrong-type')).metadata()).rejects.toThrow();
  simulator.faults.add({ kind: 'bad-bytes', how: 'cut' });
  await expect(client.download(url)).rejects.toThrow('terminated');
  expect(await client.download(url)).toEqual(whole);
});

test.each([0.01, 0.99])('they break off where the fault says: %d of the file', async (part) => {
  const whole = await client.download(url);
  simulator.faults.add({ kind: 'bad-bytes', how: 'truncated', part });
  expect(await client.download(url)).toHaveLength(Math.floor(whole.length * part));
  simulator.faults.add({ kind: 'bad-bytes', how: 'cut', part });
  await expect(client.download(url)).rejects.toThrow('terminated');
});

test('a file is gone once, or for a while, and then there again', async () => {
  simulator.faults.add({ kind: 'gone' });
  expect([await status(), await status()]).toEqual([404, 200]);
  simulator.faults.add({ kind: 'gone', forMs: 100 });
  expect(await status()).toBe(404);
  await until(async () => ((await status()) === 200 ? true : null));
});

test('a file is gone for ever, whatever becomes of the fault; its task stays completed', async () => {
  simulator.faults.add({ kind: 'gone', forever: true });
  expect([await status(), await status()]).toEqual([404, 404]);
  simulator.faults.clear();
  const missing = await fetch(url);
  expect([missing.status, await missing.json()]).toEqual([404, { error: 'File not found: 001_p.png' }]);
  const { body } = await client.get('/api/tasks');
  expect(body['tasks']).toMatchObject([{ status: 'completed' }]);
});

test('a fault of bytes waits for a file that is there', async () => {
  simulator.faults.add({ kind: 'bad-bytes', how: 'empty' });
  expect((await fetch(`${client.url}/api/files/nothing.png`)).status).toBe(404);
  expect(await client.download(url)).toHaveLength(0);
});
