/** Reference pictures given as a path in the project: uploaded once, their links written back into the file (D25). */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import type { Settings } from '../config';
import { slottedSources } from '../flow/fingerprint';
import { FlowError } from '../flow/errors';
import type { Source } from '../flow/types';
import { checkMedia } from '../files/media';
import { insideProject } from '../files/inside-project';
import { referenceKey } from '../files/layout';
import type { Project } from '../project';
import type { ActivityDeps } from './deps';
import { failure } from './failures';

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
    const found = await insideProject(project.layout.root, path);
    if ('problem' in found) throw refused(path, found.problem);
    const { full } = found;
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
