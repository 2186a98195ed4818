import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Which of the recorded files are not on disk with the recorded size. Paths are relative to `base`. */
export async function statSizes(
  base: string,
  files: readonly { readonly file: string | null; readonly bytes: number | null }[],
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  await Promise.all(
    files.map(async ({ file, bytes }) => {
      if (file === null) return;
      const found = await stat(join(base, file)).catch(() => null);
      if (!found?.isFile() || (bytes !== null && found.size !== bytes)) missing.add(file);
    }),
  );
  return missing;
}
