import { readFile, realpath, stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { FlowError } from '../flow/errors';
import { writeFileAtomic } from './atomic';
import { withLock } from './lock';
import { sourceLockPath } from './source-lock';

const LOCK_WAIT_MS = 10_000;

/**
 * Puts other content in the place of a user's file, whatever it holds; a file that is gone is made again. `instead`: only if
 * the file still holds this. Throws FlowError `File.Changed` when somebody writes it at this very moment, or has since, and
 * `File.Busy`, `Disk.Full`, `Disk.ReadOnly`; nothing is written then.
 */
export async function replaceSource(path: string, bytes: Buffer, instead?: Buffer): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const now = (): Promise<Buffer | null> => readFile(real).catch(() => null);
  const work = async (): Promise<void> => {
    const before = await now();
    if (instead && !isDeepStrictEqual(before, instead)) throw changed(`${path} was changed since it was looked at`);
    const facts = await stat(real).catch(() => null);
    const written = await writeFileAtomic(real, bytes, {
      ...(facts ? { mode: facts.mode & 0o7777 } : {}),
      beforeRename: async () => isDeepStrictEqual(await now(), before),
    });
    if (written) return;
    throw changed(`another program wrote ${path} at this very moment`);
  };
  const lock = await sourceLockPath(path, real);
  await withLock(lock, work, { waitMs: LOCK_WAIT_MS, extra: { purpose: 'replace', file: real } });
}

function changed(why: string): FlowError {
  return new FlowError('File.Changed', `Not written: ${why}.`, 7, ['Type it again when the other program is done.']);
}
