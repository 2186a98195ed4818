/** The tests' object store from behind: what somebody else puts there, replaces or deletes. */
import { DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export interface TestStore {
  /** Answers the link, which is public as those of a pass are. */
  put(key: string, body: Buffer): Promise<string>;
  /** What lies behind a link is something else now. */
  replace(url: string | null, body: Buffer): Promise<void>;
  remove(urls: readonly (string | null)[]): Promise<void>;
  close(): void;
}

export function openStore(): TestStore {
  const setting = (name: string): string => process.env[name] ?? '';
  const Bucket = setting('S3_TEST_BUCKET');
  const client = new S3Client({
    endpoint: setting('S3_TEST_ENDPOINT'),
    region: 'auto',
    credentials: {
      accessKeyId: setting('S3_TEST_ACCESS_KEY_ID'),
      secretAccessKey: setting('S3_TEST_SECRET_ACCESS_KEY'),
    },
    forcePathStyle: true,
  });
  /** The link is the store's public address, the bucket and the key. */
  const keyOf = (url: string | null): string =>
    decodeURIComponent(new URL(url ?? '').pathname.split(`/${Bucket}/`)[1] ?? '');
  const send = async (Key: string, Body: Buffer): Promise<void> =>
    void (await client.send(new PutObjectCommand({ Bucket, Key, Body })));
  return {
    put: async (key, body) => {
      await send(key, body);
      return `${setting('S3_TEST_PUBLIC_BASE_URL')}/${key}`;
    },
    replace: (url, body) => send(keyOf(url), body),
    remove: async (urls) =>
      void (await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: urls.map((url) => ({ Key: keyOf(url) })) } }),
      )),
    close: () => client.destroy(),
  };
}
