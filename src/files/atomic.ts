/**
 * Atomic writes: after a crash a file is wholly the old one or wholly the new one. Temporary files lie in the target's
 * own folder, because a rename is atomic within one file system only.
 */
import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, toDiskError } from './disk-errors';
import { tempPathFor } from './temps';

/** Virus scanners and indexers hold a file for some tens of milliseconds on Windows; the sum of these is about 1.5 s. */
const RENAME_PAUSES_MS = [5, 10, 20, 40, 80, 160, 320, 400, 400];
const BUSY = new Set(['EPERM', 'EBUSY', 'EACCES']);
const NO_FOLDER_SYNC = new Set(['EPERM', 'EISDIR', 'EINVAL', 'EACCES', 'ENOTSUP', 'EBADF', 'EOPNOTSUPP', 'ENOSYS']);
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL', 'EACCES']);

export interface AtomicWriteOptions {
  /** Permission bits of the new file. */
  readonly mode?: number;
  /** Asked when the new content is safe under its temporary name; false gives the write up, nothing changes. */
  readonly beforeRename?: () => Promise<boolean>;
}

/**
 * Writes a file so that it survives a power cut: temporary file, fsync, rename, fsync of the folder. Missing folders
 * are made. Answers false only when `beforeRename` refused. Throws FlowError `Disk.Full` or `Disk.ReadOnly`.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<boolean> {
  return replaceFile(path, data, { ...options, durable: true });
}

/** As writeFileAtomic without any fsync, for what can be made again: readers never see half a file. */
export async function writeFileQuick(path: string, data: string | Uint8Array): Promise<void> {
  await replaceFile(path, data, { durable: false });
}

/**
 * Creates a file with its whole content, or answers false when the name is taken. Two callers never both get true.
 * File systems without hard links (exFAT, some network disks) get a plain exclusive create.
 */
export async function createExclusive(path: string, data: string | Uint8Array, durable: boolean): Promise<boolean> {
  try {
    const temp = await writeTemp(path, data, { durable });
    try {
      await link(temp, path);
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'EEXIST') return false;
      if (!NO_HARD_LINKS.has(errno)) throw error;
      if (!(await createPlain(path, data, durable))) return false;
    } finally {
      await rm(temp, { force: true });
    }
    if (durable) await syncFolder(dirname(path));
    return true;
  } catch (error) {
    throw toDiskError(error, path);
  }
}

/** Renames, waiting out the moments in which Windows refuses because another program looks at the file. */
export async function renamePatiently(from: string, to: string): Promise<void> {
  for (const pause of RENAME_PAUSES_MS) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (process.platform !== 'win32' || !BUSY.has(errnoOf(error) ?? '')) throw error;
      await delay(pause);
    }
  }
  return rename(from, to);
}

/** Makes a rename in this folder durable, where the system can sync folders (Windows and some mounts can't). */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

async function replaceFile(
  path: string,
  data: string | Uint8Array,
  options: AtomicWriteOptions & { readonly durable: boolean },
): Promise<boolean> {
  let temp: string | null = null;
  try {
    temp = await writeTemp(path, data, options);
    const go = options.beforeRename ? await options.beforeRename() : true;
    if (!go) return false;
    await renamePatiently(temp, path);
    temp = null;
    if (options.durable) await syncFolder(dirname(path));
    return true;
  } catch (error) {
    throw toDiskError(error, path);
  } finally {
    if (temp) await rm(temp, { force: true });
  }
}

async function writeTemp(
  path: string,
  data: string | Uint8Array,
  options: { readonly durable: boolean; readonly mode?: number },
): Promise<string> {
  const temp = tempPathFor(path);
  const handle = await openInNewFolder(temp, options.durable);
  try {
    await handle.writeFile(data);
    if (options.mode !== undefined) await handle.chmod(options.mode);
    if (options.durable) await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(temp, { force: true });
    throw error;
  }
  await handle.close();
  return temp;
}

async function openInNewFolder(temp: string, durable: boolean): Promise<FileHandle> {
  try {
    return await open(temp, 'wx');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const first = await mkdir(dirname(temp), { recursive: true });
  // A new folder is durable only when its parent is synced, from the topmost new one down.
  for (let made = dirname(temp); durable && first && made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
  return open(temp, 'wx');
}

async function createPlain(path: string, data: string | Uint8Array, durable: boolean): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await handle.writeFile(data);
    if (durable) await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

/**
 * Gives a file that is complete under a temporary name its final one, so that a power cut can't undo it: its bytes are
 * synced before the rename, the folder after it.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  try {
    // Windows syncs only what is open for writing.
    const handle = await open(from, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renamePatiently(from, to);
    await syncFolder(dirname(to));
  } catch (error) {
    throw toDiskError(error, to);
  }
}
