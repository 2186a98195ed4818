/**
 * The team's `reference/version-registry.json`: read loosely, written as text edits that leave every other byte alone.
 * A project without one is fine.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FlowError } from '../flow/errors';
import { issueText, syntaxText } from '../flow/parse';
import { slug } from '../flow/scene';
import { dayOf } from './backups';
import type { ProjectLayout } from './layout';
import type { Edit } from './patch';
import { readSource } from './read-source';
import type { Place, RegistryWorkflow } from './registry-schema';
import { placesOf, readWorkflow, registrySchema } from './registry-schema';
import { PatchQueue } from './source-file';

/** What tells which workflow of the registry a file is. */
export type Identity = Pick<ProjectLayout, 'root' | 'workflowId' | 'code' | 'brand'>;

export interface RegistryChange {
  /** When it happened; the registry is told the day, or the full time where it has such times. */
  readonly at: Date;
  /** Added at the end of the history. */
  readonly entry?: {
    readonly version: string;
    readonly notes: string;
    /**
     * An entry with this id is there once, and stays as it is, also when a person has edited it. Without an id, one with the
     * same version, day and notes counts as this one.
     */
    readonly id?: string;
  };
  readonly currentVersion?: string;
}

/** `absent`: there is no registry, or it does not have this workflow. `same`: it said all of this already. */
export type RegistryOutcome = 'changed' | 'same' | 'absent';

export function registryFile(root: string): string {
  return join(root, 'reference', 'version-registry.json');
}

/**
 * All workflows, in the order of the file; null when there is no registry. Throws FlowError `File.Damaged` (exit 8) that
 * names the path inside, `Usage` (2) when it can't be read.
 */
export async function readRegistry(root: string): Promise<readonly RegistryWorkflow[] | null> {
  const file = registryFile(root);
  if (!existsSync(file)) return null;
  const text = (await readSource(file)).text;
  return places(text, file).map((place) => workflowAt(place, text, file));
}

/** The registry's view of one file's workflow, null where it has none. Errors as readRegistry, of this workflow alone. */
export async function readRegistryWorkflow(identity: Identity): Promise<RegistryWorkflow | null> {
  const file = registryFile(identity.root);
  if (!existsSync(file)) return null;
  const text = (await readSource(file)).text;
  const place = findPlace(places(text, file), identity);
  return place ? workflowAt(place, text, file) : null;
}

/**
 * Writes a change into the registry, atomically and under its lock; edits that a person or another pass makes meanwhile
 * are kept. Safe to repeat. Throws FlowError `File.Damaged` (exit 8), `File.Changed`, `File.Busy` (7), `Disk.Full`,
 * `Disk.ReadOnly`; nothing is written then.
 */
export async function updateRegistry(identity: Identity, change: RegistryChange): Promise<RegistryOutcome> {
  const file = registryFile(identity.root);
  if (!existsSync(file)) return 'absent';
  let found = false;
  const makeEdits = (text: string): readonly Edit[] => {
    const place = findPlace(places(text, file), identity);
    found = place !== null;
    return place ? editsFor(place, workflowAt(place, text, file), change) : [];
  };
  // What is wrong with it from the start is told as it is, not as something that happened while writing.
  makeEdits((await readSource(file)).text);
  const { changed } = await queueOf(identity.root).patch(file, makeEdits);
  return changed ? 'changed' : found ? 'same' : 'absent';
}

/** One queue per project, so that changes of one process that come together are one write. */
const queues = new Map<string, PatchQueue>();

function queueOf(root: string): PatchQueue {
  const queue = queues.get(root) ?? new PatchQueue({ lockDir: join(root, 'reference', '.nbflow', 'locks') });
  queues.set(root, queue);
  return queue;
}

function editsFor({ path }: Place, workflow: RegistryWorkflow, change: RegistryChange): readonly Edit[] {
  const { at, entry, currentVersion } = change;
  const isNew = entry !== undefined && !hasEntry(workflow, entry, dayOf(at));
  const bumped = currentVersion !== undefined && currentVersion !== workflow.currentVersion;
  if (!isNew && !bumped) return [];
  const edits: Edit[] = [];
  if (bumped) edits.push({ path: [...path, 'current_version'], value: currentVersion });
  const updated = stamp(at, workflow.lastUpdated);
  if (!isLater(workflow.lastUpdated, updated)) edits.push({ path: [...path, 'last_updated'], value: updated });
  if (!isNew) return edits;
  const { version, notes, id } = entry;
  const date = stamp(at, workflow.history.at(-1)?.date ?? null);
  const value = { version, date, notes, ...(id === undefined ? {} : { id }) };
  const history = workflow.history.length;
  edits.push(
    history > 0 ? { path: [...path, 'history', history], value } : { path: [...path, 'history'], value: [value] },
  );
  return edits;
}

function hasEntry(
  { history }: RegistryWorkflow,
  { version, notes, id }: NonNullable<RegistryChange['entry']>,
  day: string,
): boolean {
  if (id !== undefined) return history.some((one) => one.id === id);
  return history.some((one) => one.version === version && one.notes === notes && one.date?.slice(0, 10) === day);
}

/** Another machine's clock may be ahead; a date in words can't be compared. */
function isLater(date: string | null, than: string): boolean {
  return date !== null && /^\d{4}-\d\d-\d\d/.test(date) && date > than;
}

/** `2026-11-27`, or with the time when the file writes its times so. */
function stamp(at: Date, like: string | null): string {
  return like?.includes('T') ? at.toISOString() : dayOf(at);
}

/**
 * By brand and code; by the code alone where the file's path names no brand, or the registry none, and only one workflow
 * has this code. Never another brand's.
 */
export function findPlace<T extends Pick<Place, 'brand' | 'code'>>(
  all: readonly T[],
  { code, brand, workflowId }: Omit<Identity, 'root'>,
): T | null {
  const same = all.filter((place) => place.code === code);
  const named = same.find((place) => place.brand !== null && slug(place.brand, '') === brand);
  if (named) return named;
  const [projects, , inPath, ...rest] = workflowId.split('/');
  const isTold = projects === 'projects' && inPath !== undefined && rest.length > 0;
  const possible = isTold ? same.filter((place) => place.brand === null) : same;
  return possible.length === 1 ? (possible[0] ?? null) : null;
}

function places(text: string, file: string): readonly Place[] {
  const body = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw damaged(file, `it is not valid JSON: ${syntaxText(body)}`, error);
  }
  const parsed = registrySchema.safeParse(value);
  if (!parsed.success) throw damaged(file, issueText(value, parsed.error), parsed.error);
  return placesOf(parsed.data);
}

function workflowAt(place: Place, text: string, file: string): RegistryWorkflow {
  try {
    return readWorkflow(place);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issues = error.issues.map((issue) => ({ ...issue, path: [...place.path, ...issue.path] }));
    throw damaged(file, issueText(JSON.parse(text.replace(/^\uFEFF/, '')), new z.ZodError(issues)), error);
  }
}

function damaged(file: string, what: string, cause: unknown): FlowError {
  return new FlowError(
    'File.Damaged',
    `${file} can't be used: ${what}. Nothing was written into it.`,
    8,
    ['Correct that place in the file, then type the same command again.'],
    { cause },
  );
}
