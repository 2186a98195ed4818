/** Writing down what happened: always in the history of the code, and in the team's registry when that has the workflow. */
import { addHistory } from './files/history-file';
import type { ProjectLayout } from './files/layout';
import type { RegistryOutcome } from './files/version-registry';
import { readRegistryWorkflow, updateRegistry } from './files/version-registry';
import type { HistoryEntry } from './flow/history';

/** For who has a person in front: throws, before anything is written, what writing the registry would (8, 2). */
export async function checkRegistry(layout: ProjectLayout): Promise<void> {
  await readRegistryWorkflow(layout);
}

/** `currentVersion`: what the registry is to call the current one. Safe to repeat with the same entry. Errors as addHistory and updateRegistry. */
export async function record(
  layout: ProjectLayout,
  entry: HistoryEntry,
  currentVersion?: string,
): Promise<RegistryOutcome> {
  const recorded = await addHistory(layout.historyFile, entry);
  return recordInRegistry(layout, recorded, currentVersion);
}

export function recordInRegistry(
  layout: ProjectLayout,
  { id, at, version, text }: HistoryEntry,
  currentVersion?: string,
): Promise<RegistryOutcome> {
  const entry = { id, version, notes: text };
  return updateRegistry(layout, { at: new Date(at), entry, ...(currentVersion ? { currentVersion } : {}) });
}
