/** Bytes count as a result only when they are a whole picture or film, whatever the backend called them. */
import { open, stat } from 'node:fs/promises';
import { FlowError } from '../flow/errors';
import { checkMp4 } from './mp4';

export interface MediaFacts {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp' | 'video/mp4';
  /** Without a dot. */
  readonly ext: 'png' | 'jpg' | 'webp' | 'mp4';
  readonly width: number | null;
  readonly height: number | null;
}

type Kind = Pick<MediaFacts, 'mediaType' | 'ext'>;

const PNG: Kind = { mediaType: 'image/png', ext: 'png' };
const JPEG: Kind = { mediaType: 'image/jpeg', ext: 'jpg' };
const WEBP: Kind = { mediaType: 'image/webp', ext: 'webp' };
const MP4: Kind = { mediaType: 'video/mp4', ext: 'mp4' };

/**
 * Decodes a picture down to its last pixel, or walks a film's boxes. Throws FlowError `Media.Damaged` (exit 8) for
 * anything cut off, empty or of another kind.
 */
export async function checkMedia(path: string): Promise<MediaFacts> {
  const kind = sniff(await readStart(path));
  if (!kind) throw damaged(path, 'it is no PNG, JPEG, WebP or MP4 file');
  try {
    if (kind === WEBP) await refuseShortWebp(path);
    return { ...kind, ...(kind === MP4 ? await checkMp4(path) : await decodePicture(path)) };
  } catch (error) {
    throw damaged(path, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error);
  }
}

/**
 * Why bytes in memory are no whole picture, in words that follow a name (`leads to a page (text/html), not to a picture`);
 * null when they are one. `contentType`: what a server called them.
 */
export async function pictureProblem(bytes: Buffer, contentType: string | null): Promise<string | null> {
  const kind = sniff(bytes.subarray(0, 12));
  if (kind === MP4) return 'is a film, not a picture';
  if (kind === null && contentType && /html|json|xml/i.test(contentType))
    return `leads to a page (${contentType.split(';')[0]}), not to a picture`;
  if (kind === null) return 'is not a whole picture: it is no PNG, JPEG or WebP file';
  const isShort = kind === WEBP && bytes.length < bytes.readUInt32LE(4) + 8;
  return !isShort && (await decodePicture(bytes).catch(() => null)) ? null : 'is not a whole picture: it is cut off';
}

/** A WebP decoder forgives missing last bytes; the RIFF header knows how many there must be. */
async function refuseShortWebp(path: string): Promise<void> {
  const { size } = await stat(path);
  const told = (await readStart(path)).readUInt32LE(4) + 8;
  if (size < told) throw new Error(`${size} of ${told} bytes`);
}

async function decodePicture(picture: string | Buffer): Promise<{ readonly width: number; readonly height: number }> {
  // Loaded at first use: sharp takes 50 ms that most commands never need.
  const { default: sharp } = await import('sharp');
  const { info } = await sharp(picture, { failOn: 'error', sequentialRead: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height };
}

async function readStart(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const start = Buffer.alloc(12);
    const { bytesRead } = await handle.read(start, 0, 12, 0);
    return start.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function sniff(start: Buffer): Kind | null {
  const word = (from: number, to: number): string => start.toString('latin1', from, to);
  if (word(0, 8) === '\x89PNG\r\n\x1a\n') return PNG;
  if (word(0, 3) === '\xff\xd8\xff') return JPEG;
  if (word(0, 4) === 'RIFF' && word(8, 12) === 'WEBP') return WEBP;
  return word(4, 8) === 'ftyp' ? MP4 : null;
}

function damaged(path: string, why: string, cause?: unknown): FlowError {
  return new FlowError('Media.Damaged', `${path} is not a whole picture or film: ${why}.`, 8, [], { cause });
}
