import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { slug } from '../flow/scene';
import { projectLayout } from './layout';

/**
 * The lock of a user's file, as all that write it name it. `named` is its path as given, `real` with links followed.
 * `lockDir`: the locks folder of the file's layout unless given; it is made.
 */
export async function sourceLockPath(named: string, real: string, lockDir?: string): Promise<string> {
  const folder = lockDir ?? projectLayout(named).locksDir;
  await mkdir(folder, { recursive: true });
  // Relative, so that machines that mount a shared folder at different places agree on the name.
  const where = relative(await realpath(folder), real)
    .split(sep)
    .join('/');
  const id = createHash('sha256').update(process.platform === 'win32' ? where.toLowerCase() : where);
  return join(folder, `file-${slug(basename(real), 'file')}-${id.digest('hex').slice(0, 12)}.lock`);
}
