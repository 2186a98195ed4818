/** The adapter to Cloudflare R2 and any S3: the only file that knows the AWS SDK, which is loaded at first use. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type * as Sdk from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject } from './object-store';
import { withoutSecrets } from './error-text';
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
  /** Never quoted, whatever the store says. */
  readonly secrets: readonly string[];
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** A year: a key names its content's hash, so an object never changes. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';
const ATTEMPTS = 3;
/** The SDK tries again only what it can read again; larger files (films) are streamed and left to the caller's retry. */
const IN_MEMORY_BYTES = 8 * 1024 * 1024;

/** The SDK is loaded at the first call. Errors are StoreErrors, or the signal's reason when aborted. */
export function createS3Store(settings: S3Settings): ObjectStore {
  let loaded: Promise<Loaded> | null = null;
  const load = (): Promise<Loaded> => (loaded ??= loadSdk(settings));
  const publicUrl = (key: string): string =>
    `${settings.publicBaseUrl.replace(/\/+$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return {
    publicUrl,
    put: async (object, signal) => {
      const existed = await put(await load(), settings.bucket, object, signal);
      return { url: publicUrl(object.key), existed };
    },
    head: async (key, signal) => head(await load(), settings.bucket, key, signal),
  };
}

async function loadSdk(settings: S3Settings): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, accessKeyId, secretAccessKey } = settings;
  const client = new sdk.S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
    // R2 refuses the checksums that newer SDKs add by themselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client, secrets: [secretAccessKey, accessKeyId] };
}

/**
 * Answers whether the object was there already: a key names its content, so the same key means the same bytes. One of
 * another size is a damaged one, and is replaced. Keys that may only write are not asked to look.
 */
async function put(loaded: Loaded, bucket: string, object: StoredObject, signal: AbortSignal): Promise<boolean> {
  const ifAbsent = object.replace !== true;
  if (await putOnce(loaded, bucket, object, { ifAbsent, signal })) return false;
  const there = await head(loaded, bucket, object.key, signal).catch((error: unknown) => {
    if (error instanceof StoreError) return null;
    throw error;
  });
  if (there === null || there.bytes === object.bytes) return true;
  await putOnce(loaded, bucket, object, { ifAbsent: false, signal });
  return false;
}

/** False when something is there already and nothing was put. */
async function putOnce(
  { sdk, client, secrets }: Loaded,
  bucket: string,
  object: StoredObject,
  { ifAbsent, signal }: { readonly ifAbsent: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  const { key, path, bytes, contentType, sha256 } = object;
  signal.throwIfAborted();
  const command = new sdk.PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: bytes <= IN_MEMORY_BYTES ? await readFile(path) : createReadStream(path),
    ContentLength: bytes,
    ContentType: contentType,
    CacheControl: CACHE_CONTROL,
    ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
  });
  command.middlewareStack.add(signContentHash(sha256), { step: 'build' });
  try {
    await client.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const status = statusOf(error);
    if (ifAbsent && status === 412) return false;
    throw storeError(error, secrets, `did not take an upload [bucket=${bucket}, key=${key}]`);
  }
}

/** The hash is signed with the request, so that the store itself refuses bytes that are not the ones we recorded. */
function signContentHash(
  sha256: string,
): <A extends { request: unknown }, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R> {
  return (next) => (args) => {
    const { headers } = args.request as { headers: Record<string, string> };
    headers['x-amz-content-sha256'] = sha256;
    return next(args);
  };
}

async function head(
  { sdk, client, secrets }: Loaded,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly bytes: number; readonly contentType: string | null } | null> {
  try {
    const found = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return { bytes: found.ContentLength ?? 0, contentType: found.ContentType ?? null };
  } catch (error) {
    signal.throwIfAborted();
    const status = statusOf(error);
    if (status === 404) return null;
    throw storeError(error, secrets, `did not answer [bucket=${bucket}, key=${key}]`);
  }
}

function statusOf(error: unknown): number | null {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? null;
}

const REJECTED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 411, 413, 501]);

function storeError(error: unknown, secrets: readonly string[], what: string): StoreError {
  const status = statusOf(error);
  const kind = status !== null && REJECTED.has(status) ? 'rejected' : 'unavailable';
  const { name, message } = error as { name?: string; message?: string };
  const said = withoutSecrets(`${name ?? 'Error'}: ${message ?? ''}`, secrets);
  return new StoreError(kind, `The object store ${what}: ${said}`, status, { cause: error });
}
