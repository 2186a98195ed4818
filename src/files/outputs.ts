/** The `-generated.nbflow` files of a version, ours and those of other runners. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectLayout } from './layout';

/** Paths, oldest first by the stamp in the name; one without a stamp is the oldest. */
export async function listOutputs({
  generationsDir,
  code,
  version,
}: Pick<ProjectLayout, 'generationsDir' | 'code' | 'version'>): Promise<readonly string[]> {
  const stem = `${code}-${version}-generated`.toLowerCase();
  const isOurs = (name: string): boolean => {
    const low = name.toLowerCase();
    return low.endsWith('.nbflow') && (low === `${stem}.nbflow` || low.startsWith(`${stem}-`));
  };
  const names = (await readdir(generationsDir).catch(() => [])).filter(isOurs);
  const stampOf = (name: string): string => name.slice(stem.length, -'.nbflow'.length);
  return names.sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1)).map((name) => join(generationsDir, name));
}
