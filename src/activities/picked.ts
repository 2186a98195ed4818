/**
 * `scene01.png` beside its candidates: the picked one, or the first until somebody picks. Convenience copies for people
 * who look into the folder; what counts are the candidates and the receipts, so copies are not synced.
 */
import { copyFile, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pickedPath } from '../files/layout';
import { pickOf } from '../flow/cached';
import type { CandidateStates, Usable } from '../flow/candidates';
import { pickedUsable } from '../flow/candidates';
import type { CompiledFlow, Generator, Pick } from '../flow/types';
import type { Project } from '../project';

/** Copies what people list for one node; a copy that is up to date is left alone. */
export async function copyPicked(
  project: Project,
  flow: CompiledFlow,
  generator: Generator,
  states: CandidateStates,
): Promise<void> {
  const { layout } = project;
  for (const { row } of generator.rows) {
    const file = chosen(flow, generator, states, row)?.file;
    if (!file) continue;
    const ext = file.slice(file.lastIndexOf('.'));
    const target = join(layout.baseDir, pickedPath(layout, generator, row, ext));
    // A convenience: a viewer that holds the old copy open must not hold up the pass.
    await copyUnlessSame(join(layout.baseDir, file), target).catch(() => rm(`${target}.part`, { force: true }));
  }
}

function chosen(flow: CompiledFlow, generator: Generator, states: CandidateStates, row: number): Usable | null {
  const pick = picks(flow, generator)[0] ?? null;
  const picked = pickedUsable(generator, states, { kind: 'generated', from: generator.key, pick });
  return picked?.file
    ? picked
    : (states.places.find((place) => place.row === row && place.usable?.file)?.usable ?? null);
}

function picks(flow: CompiledFlow, generator: Generator): readonly Pick[] {
  return generator.gates.flatMap((gate) => {
    const node = flow.document.tabs[gate.tab]?.nodes.find(({ id }) => id === gate.id);
    const pick = node ? pickOf(node, gate, generator.kind) : null;
    return pick ? [pick] : [];
  });
}

/** The copy carries the time of its original, by which it is known again. */
async function copyUnlessSame(from: string, to: string): Promise<void> {
  const [source, copy] = await Promise.all([stat(from).catch(() => null), stat(to).catch(() => null)]);
  if (!source || (copy?.size === source.size && Math.abs(copy.mtimeMs - source.mtimeMs) < 2_000)) return;
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.part`;
  await copyFile(from, part);
  await utimes(part, source.atime, source.mtime);
  await rename(part, to);
}
