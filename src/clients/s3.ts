/** The adapter to Cloudflare R2 and any S3: the only file that knows the AWS SDK, which is loaded at first use. */
import { createReadStream } from 'node:fs';
import type { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject } from './object-store';
import { StoreError } from './object-store';

export interface S3Settings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly publicBaseUrl: string;
  readonly region: string;
}

interface Loaded {
  readonly client: S3Client;
  readonly Put: typeof PutObjectCommand;
}

/** A year: a key names its content's hash, so an object never changes. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';
const ATTEMPTS = 3;

export function createS3Store(settings: S3Settings): ObjectStore {
  let loaded: Promise<Loaded> | null = null;
  const publicUrl = (key: string): string =>
    `${settings.publicBaseUrl}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return {
    publicUrl,
    put: async (object, signal) => {
      loaded ??= load(settings);
      const { client, Put } = await loaded;
      const existed = await put(client, Put, settings.bucket, object, signal);
      return { url: publicUrl(object.key), existed };
    },
  };
}

async function load(settings: S3Settings): Promise<Loaded> {
  const { S3Client: Client, PutObjectCommand: Put } = await import('@aws-sdk/client-s3');
  const { endpoint, region, accessKeyId, secretAccessKey } = settings;
  const client = new Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: ATTEMPTS,
    // R2 refuses the checksums that newer SDKs add by themselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { client, Put };
}

/** Answers whether the object was there already: the same key means the same bytes. */
async function put(
  client: S3Client,
  Put: typeof PutObjectCommand,
  bucket: string,
  object: StoredObject,
  signal: AbortSignal,
): Promise<boolean> {
  const { key, path, bytes, contentType } = object;
  try {
    await client.send(
      new Put({
        Bucket: bucket,
        Key: key,
        Body: createReadStream(path),
        ContentLength: bytes,
        ContentType: contentType,
        CacheControl: CACHE_CONTROL,
        IfNoneMatch: '*',
      }),
      { abortSignal: signal },
    );
    return false;
  } catch (error) {
    if (signal.aborted) throw error;
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? null;
    if (status === 412) return true;
    throw storeError(error, status, `[bucket=${bucket}, key=${key}]`);
  }
}

const REJECTED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 411, 413, 501]);

function storeError(error: unknown, status: number | null, where: string): StoreError {
  const kind = status !== null && REJECTED.has(status) ? 'rejected' : 'unavailable';
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new StoreError(
    kind,
    `The object store ${kind === 'rejected' ? 'refused' : 'did not take'} an upload ${where}: ${text}`,
    status,
    { cause: error },
  );
}
