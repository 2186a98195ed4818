/** What a person does between two passes: edits, undoes an edit, tidies up folders, loses objects. */
import { linksPath } from './story';
import type { FlowFile } from './story';
import type { World } from './world';

export function tamper(world: World, file: FlowFile): void {
  const { choices, disk, store, say, count } = world;
  const does = (what: string, rate: number): boolean => {
    if (!choices.chance(what, rate)) return false;
    say(() => `-- ${what}`);
    count(what);
    return true;
  };
  if (does('prompts edited', 0.3)) file.edition += 1;
  else if (file.edition > 0 && does('edit undone', 0.5)) file.edition -= 1;
  if (does('local files deleted', 0.2)) {
    for (const path of disk.names(`${file.dir}/files/`)) if (!choices.chance('file kept', 0.3)) remove(world, path);
  }
  if (does('objects lost', 0.2)) {
    for (const url of store.urls())
      if (url.includes(`/${file.dir}/`) && !choices.chance('object kept', 0.3)) store.lose(url);
  }
  if (does('links removed from the file', 0.05)) {
    for (const path of disk.names(linksPath(file.dir, 0).slice(0, -1))) remove(world, path);
  }
}

function remove({ disk }: World, path: string): void {
  disk.write(path, undefined);
  disk.sync(path);
}
