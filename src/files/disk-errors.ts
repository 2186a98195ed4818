/** Turns what the operating system says about a disk into words for a person. */
import { FlowError } from '../flow/errors';

export function errnoOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

/** Whether an error says that a disk is full, in whatever call it came up. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has(errnoOf(error) ?? '');
}

/**
 * ENOSPC, EDQUOT and EFBIG become `Disk.Full`; EROFS, EACCES and EPERM become `Disk.ReadOnly` (both exit code 6: a
 * person has to act). Anything else comes back as it is.
 */
export function toDiskError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (errno && FULL.has(errno)) {
    const next = ['Free some space on that disk; the pass goes on from there.'];
    return new FlowError('Disk.Full', `No space left to write ${path} (${errno}).`, 6, next, { cause: error });
  }
  if (errno && READ_ONLY.has(errno)) {
    const next = ['Check that the folder may be written to, and that no program holds the file open.'];
    return new FlowError('Disk.ReadOnly', `Not allowed to write ${path} (${errno}).`, 6, next, { cause: error });
  }
  return error;
}
