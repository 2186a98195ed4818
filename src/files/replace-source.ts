import { readFile, realpath, stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { FlowError } from '../flow/errors';
import { writeFileAtomic } from './atomic';
import { withLock } from './lock';
import { sourceLockPath } from './source-lock';

const LOCK_WAIT_MS = 10_000;

/**
 * Puts other content in the place of a user's file, whatever it holds; a file that is gone is made again. Throws FlowError
 * `File.Changed` when somebody writes it at this very moment, `File.Busy`, `Disk.Full`, `Disk.ReadOnly`; nothing is written then.
 */
export async function replaceSource(path: string, bytes: Buffer): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const now = (): Promise<Buffer | null> => readFile(real).catch(() => null);
  const work = async (): Promise<void> => {
    const before = await now();
    const facts = await stat(real).catch(() => null);
    const written = await writeFileAtomic(real, bytes, {
      ...(facts ? { mode: facts.mode & 0o7777 } : {}),
      beforeRename: async () => isDeepStrictEqual(await now(), before),
    });
    if (written) return;
    throw new FlowError('File.Changed', `Not written: another program wrote ${path} at this very moment.`, 7, [
      'Type it again when the other program is done.',
    ]);
  };
  const lock = await sourceLockPath(path, real);
  await withLock(lock, work, { waitMs: LOCK_WAIT_MS, extra: { purpose: 'replace', file: real } });
}
