/** A real disk of a few megabytes that a test fills and frees: a mount in memory, which only root on Linux may make. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes, in whole pages. */
  fill(leave: number): void;
  free(): void;
  close(): void;
}

/** Throws what the system says when it does not let us. */
export function mountSmallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'nbflow-small-disk-'));
  const ballast = join(path, 'ballast');
  try {
    run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'nbflow-test', path]);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return {
    path,
    fill: (leave) => {
      const { bavail, bsize } = statfsSync(path);
      const take = Math.max(0, bavail * bsize - leave);
      writeFileSync(ballast, Buffer.alloc(take), { flag: 'a' });
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => {
      run('umount', [path]);
      rmdirSync(path);
    },
  };
}

/** Why there can be no such disk here, in the system's words; null when there can. */
export function noSmallDisk(): string | null {
  try {
    mountSmallDisk(1 << 20).close();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error((error?.message ?? stderr).trim() || `${command} ended with ${status}`);
}
