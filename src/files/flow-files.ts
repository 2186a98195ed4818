import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOT_SEARCHED = new Set(['node_modules', 'Generations', 'backups', 'Assets', 'dist']);

/** Every .nbflow file that people work on, in a project. */
export function findFlows(folder: string): string[] {
  const found: string[] = [];
  const queue = [folder];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const here = next;
    for (const entry of readdirSync(here, { withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith('.nbflow')) found.push(join(here, entry.name));
      if (entry.isDirectory() && !entry.name.startsWith('.') && !NOT_SEARCHED.has(entry.name))
        queue.push(join(here, entry.name));
    }
  }
  return found;
}
