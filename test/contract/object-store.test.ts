/** The S3 adapter against a real store, the one that the global set-up started. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredObject } from '../../src/clients/object-store';
import { checkUrls, fetchReference } from '../../src/clients/references';
import { createS3Store } from '../../src/clients/s3';

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this suite with the project "servers"`);
  return value;
};
const settings = {
  endpoint: setting('S3_TEST_ENDPOINT'),
  bucket: setting('S3_TEST_BUCKET'),
  accessKeyId: setting('S3_TEST_ACCESS_KEY_ID'),
  secretAccessKey: setting('S3_TEST_SECRET_ACCESS_KEY'),
  publicBaseUrl: setting('S3_TEST_PUBLIC_BASE_URL'),
  region: 'auto',
};
const store = createS3Store(settings);
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function object(name: string, content: Buffer): Promise<StoredObject> {
  const path = join(folder, 'object');
  await writeFile(path, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key: `contract/${process.pid}/${name}`, path, bytes: content.length, sha256, contentType: 'image/png' };
}

test.each([
  ['small', 1_000],
  ['film sized', 9 * 1024 * 1024],
])('a %s object opens under its public address', async (_, size) => {
  const wanted = await object(`${size} ü/a b%25.png`, Buffer.alloc(size, 'x'));
  const { url, existed } = await store.put(wanted, never);
  expect(existed).toBe(false);
  expect(await fetchReference(url)).toMatchObject({ sha256: wanted.sha256, contentType: 'image/png' });
  expect(await store.head(wanted.key, never)).toEqual({ bytes: size, contentType: 'image/png' });
});

test('a second put under the same key changes nothing', async () => {
  const first = await object('twice.png', Buffer.from('first'));
  await store.put(first, never);
  const second = await object('twice.png', Buffer.from('other'));
  const { url, existed } = await store.put(second, never);
  expect(existed).toBe(true);
  expect((await fetchReference(url)).bytes.toString()).toBe('first');
});

test('an object of another size under the same key is a damaged one, and is replaced', async () => {
  await store.put(await object('damaged.png', Buffer.from('fir')), never);
  const whole = await object('damaged.png', Buffer.from('first'));
  const { url, existed } = await store.put(whole, never);
  expect(existed).toBe(false);
  expect((await fetchReference(url)).bytes.toString()).toBe('first');
});

test('a link is alive after the put and dead without one', async () => {
  const { url } = await store.put(await object('alive.png', Buffer.from('x')), never);
  const missing = store.publicUrl(`contract/${process.pid}/never-put.png`);
  const states = await checkUrls([url, missing], { concurrency: 2 });
  expect([states.get(url), states.get(missing)]).toEqual(['alive', 'dead']);
  expect(await store.head(`contract/${process.pid}/never-put.png`, never)).toBeNull();
});

test('a wrong secret is rejected', async () => {
  const stranger = createS3Store({ ...settings, secretAccessKey: 'wrong' });
  await expect(stranger.put(await object('stranger.png', Buffer.from('x')), never)).rejects.toMatchObject({
    kind: 'rejected',
  });
});
