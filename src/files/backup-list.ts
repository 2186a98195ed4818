/** The backups of a file: ours and those of other tools, by the one naming that all of them have. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Backup {
  readonly path: string;
  readonly name: string;
  /** `2026-11-24`, as the name says. */
  readonly day: string;
  /** `pre-run`, `pre-cache-wipe`, `pre-fanout`… */
  readonly reason: string;
  readonly bytes: number;
  /** Epoch milliseconds of its last change. */
  readonly madeAt: number;
}

/** `{file}.bak-{YYYY-MM-DD}-{reason}`, newest first; empty where there is no folder. */
export async function listBackups(file: string, backupsDir: string): Promise<readonly Backup[]> {
  const start = `${basename(file)}.bak-`;
  const names = (await readdir(backupsDir).catch(() => [])).filter((name) => name.startsWith(start));
  const found = await Promise.all(
    names.map(async (name): Promise<Backup | null> => {
      const [, day, reason] = /^(\d{4}-\d{2}-\d{2})-(.+)$/.exec(name.slice(start.length)) ?? [];
      const path = join(backupsDir, name);
      const facts = await stat(path).catch(() => null);
      if (!day || !reason || !facts?.isFile()) return null;
      return { path, name, day, reason, bytes: facts.size, madeAt: facts.mtimeMs };
    }),
  );
  const known = found.filter((one) => one !== null);
  return known.sort((a, b) => b.madeAt - a.madeAt || (a.name < b.name ? 1 : -1));
}
