/** Where the embedded servers live on this machine: binaries, data, logs, and the state of what runs. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Env } from '../config';
import { defaultHome } from '../config';

export interface Home {
  readonly root: string;
  /** Cached binaries, named with their version. */
  readonly bin: string;
  readonly logs: string;
  /** State of what runs now; may be deleted when nothing does. */
  readonly run: string;
  /** Temporal's database, the store's objects, its keys, the remembered ports. */
  readonly data: string;
}

/** The folders under `NBFLOW_HOME` or the system's usual place; nothing is made. */
export function homeFolders(env: Env = process.env): Home {
  const root = resolve(defaultHome(env));
  return { root, bin: join(root, 'bin'), logs: join(root, 'logs'), run: join(root, 'run'), data: join(root, 'data') };
}

/** Makes the folders, closed to other users: they hold keys and pictures. */
export async function makeHome(home: Home): Promise<void> {
  for (const folder of [home.root, home.bin, home.logs, home.run, home.data]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
}
