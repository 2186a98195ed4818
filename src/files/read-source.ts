/** Reading the user's file, strictly: bytes are kept as they are, and what is no text is refused with words. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { FlowError } from '../flow/errors';
import { errnoOf } from './disk-errors';

export interface Source {
  /** Where the file really lies, symlinks followed. */
  readonly realPath: string;
  readonly bytes: Buffer;
  /** Decoded; a BOM is kept as its first character. */
  readonly text: string;
  /** sha256 of the bytes, hex. */
  readonly hash: string;
  readonly stat: BigIntStats;
}

/** D32. */
export const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

/** Throws FlowError `Usage` (exit 2: missing, a folder, unreadable) or `File.Damaged` (8: too big, not UTF-8, a NUL). */
export async function readSource(path: string): Promise<Source> {
  try {
    const realPath = await realpath(path);
    const info = await stat(realPath, { bigint: true });
    if (!info.isFile())
      throw new FlowError('Usage', `${path} is ${info.isDirectory() ? 'a folder' : 'not a file'}.`, 2);
    if (info.size > MAX_SOURCE_BYTES) throw damaged(path, `is over ${MAX_SOURCE_BYTES >> 20} MB`);
    const bytes = await readFile(realPath);
    return { realPath, bytes, text: decode(path, bytes), hash: hashOf(bytes), stat: info };
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof FlowError || errno === null) throw error;
    const why = errno === 'ENOENT' || errno === 'ENOTDIR' ? 'There is no file' : `Not able to read (${errno})`;
    throw new FlowError('Usage', `${why} ${path}.`, 2, [], { cause: error });
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function decode(path: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw damaged(path, 'holds a NUL byte');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw damaged(path, 'is not UTF-8 text', error);
  }
}

function damaged(path: string, why: string, cause?: unknown): FlowError {
  return new FlowError(
    'File.Damaged',
    `${path} ${why}.`,
    8,
    ['Take its newest copy from the folder backups beside it.'],
    {
      cause,
    },
  );
}
