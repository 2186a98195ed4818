/** Files that a storyboard names by a path inside its project. */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

/** As for pictures that are fetched. */
const MAX_BYTES = 50 * 1024 * 1024;

/**
 * The whole path of a file that is really inside the project, or what is wrong with it (`is not in the project folder`). A
 * link in the folder may point anywhere: what it leads to must lie in the project too, for it gets published.
 */
export async function insideProject(
  root: string,
  path: string,
): Promise<{ readonly full: string } | { readonly problem: string }> {
  const full = await realpath(join(root, path)).catch(() => null);
  const info = full === null ? null : await stat(full).catch(() => null);
  if (full === null || !info?.isFile()) return { problem: 'is not in the project folder' };
  const below = relative(await realpath(root), full);
  if (below.split(sep)[0] === '..' || isAbsolute(below)) return { problem: 'is a link that leads out of the project' };
  if (info.size > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES >> 20} MB` };
  return { full };
}
