/** Reference pictures given as a path in the project: uploaded once, their links written back into the file (D25). */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, posix, relative, sep } from 'node:path';
import type { Settings } from '../config';
import { slottedSources } from '../flow/fingerprint';
import { FlowError } from '../flow/errors';
import type { Source } from '../flow/types';
import { checkMedia } from '../files/media';
import { referenceKey } from '../files/layout';
import type { Project } from '../project';
import type { ActivityDeps } from './deps';
import { failure } from './failures';

/** As for references that are fetched. */
const MAX_BYTES = 50 * 1024 * 1024;

type Local = Extract<Source, { kind: 'local' }>;

/** Answers whether the file was changed. Throws FlowError `Reference.Missing` (3) for a path that is not there. */
export async function uploadLocalReferences(
  deps: ActivityDeps,
  settings: Settings,
  project: Project,
  signal: AbortSignal,
): Promise<boolean> {
  const locals = localSources(project);
  if (locals.length === 0) return false;
  if (!settings.store) throw failure('Store.Rejected', 'No object store is configured: set R2_* or run: nbflow up');
  const store = deps.storeFor(settings.store);
  const urls = new Map<string, string>();
  for (const path of new Set(locals.map((local) => local.path))) {
    const full = await insideProject(project.layout.root, path);
    const bytes = await readFile(full);
    const { mediaType } = await checkMedia(full);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = referenceKey(project.layout, sha256, basename(posix.normalize(path)));
    urls.set(
      path,
      (await store.put({ key, path: full, sha256, bytes: bytes.length, contentType: mediaType }, signal)).url,
    );
  }
  await deps.patches.patch(project.layout.file, (text) => {
    const { document } = deps.flows.compile(text, project.layout.file);
    return locals.flatMap(({ node, path }) => {
      const found = document.tabs[node.tab]?.nodes.find(({ id }) => id === node.id);
      if (found?.properties['imageData'] !== path) return [];
      return [
        {
          path: ['tabs', node.tab, 'graphData', 'nodes', found.index, 'properties', 'imageData'],
          value: urls.get(path),
        },
      ];
    });
  });
  return true;
}

/** A link in the folder may point anywhere: what it leads to must lie in the project too, for it gets published. */
async function insideProject(root: string, path: string): Promise<string> {
  const full = await realpath(join(root, path)).catch(() => null);
  const info = full === null ? null : await stat(full).catch(() => null);
  if (full === null || !info?.isFile()) throw refused(path, 'is not in the project folder');
  const below = relative(await realpath(root), full);
  if (below.split(sep)[0] === '..' || isAbsolute(below)) throw refused(path, 'is a link that leads out of the project');
  if (info.size > MAX_BYTES) throw refused(path, `is larger than ${MAX_BYTES >> 20} MB`);
  return full;
}

function refused(path: string, why: string): FlowError {
  return new FlowError('Reference.Missing', `The reference picture ${path} ${why}; nothing was spent.`, 3);
}

/** One per Media node, however many generators it feeds. */
function localSources(project: Project): readonly Local[] {
  const byNode = new Map<string, Local>();
  for (const generator of project.flow.generators) {
    for (const row of generator.rows) {
      for (const { source } of slottedSources(generator, row)) {
        if (source.kind === 'local') byNode.set(`${source.node.tab}:${source.node.id}`, source);
      }
    }
  }
  return [...byNode.values()];
}
