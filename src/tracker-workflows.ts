/** What the tracker is to say: from the team's registry, or from the files and their histories where there is none. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { dayOf } from './files/backups';
import { findFlows } from './files/flow-files';
import { readHistory } from './files/history-file';
import type { ProjectLayout } from './files/layout';
import { projectLayout } from './files/layout';
import type { RegistryWorkflow } from './files/registry-schema';
import { findPlace, readRegistry, registryFile } from './files/version-registry';
import { FlowError } from './flow/errors';
import type { TrackerNote, TrackerWorkflow } from './flow/tracker-types';
import { compareVersions, isInTesting } from './flow/versions';

export interface TrackedWorkflows {
  readonly workflows: readonly TrackerWorkflow[];
  /** What a person may want to put right. */
  readonly remarks: readonly string[];
}

export interface WantedWorkflows {
  readonly root: string;
  /** Of the project's settings. */
  readonly brand: string | null;
  /** Only the workflows of these files, unless there are none. */
  readonly files: readonly string[];
}

/** Throws FlowError `Usage` (exit 2) when there is nothing to track, `File.Damaged` (8) for a damaged registry. */
export async function trackedWorkflows({ root, brand, files }: WantedWorkflows): Promise<TrackedWorkflows> {
  const layoutOf = (file: string): ProjectLayout => projectLayout(file, { root, ...(brand ? { brand } : {}) });
  const layouts = flowsOf(root).map(layoutOf);
  const wanted = files.map(layoutOf);
  const registry = await readRegistry(root);
  const all = registry ? fromRegistry(registry, layouts, wanted) : await fromFiles(layouts, wanted);
  if (all.workflows.length > 0) return all;
  const where = registry ? `${registryFile(root)} has no workflows` : `There are no .nbflow files in ${root}`;
  throw new FlowError('Usage', `${where}, so there is nothing to track. Nothing was written.`, 2, [
    'Type it in the folder of the project (with nbflow.config.json or reference in it), or name a file.',
  ]);
}

/** Only a marked root is searched through: any folder may be the other kind. */
function flowsOf(root: string): readonly string[] {
  if (['nbflow.config.json', 'reference'].some((name) => existsSync(join(root, name)))) return findFlows(root);
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.nbflow'))
    .map(({ name }) => join(root, name));
}

function fromRegistry(
  registry: readonly RegistryWorkflow[],
  layouts: readonly ProjectLayout[],
  wanted: readonly ProjectLayout[],
): TrackedWorkflows {
  const named = wanted.map((layout) => {
    const workflow = findPlace(registry, layout);
    if (workflow) return workflow;
    throw new FlowError(
      'Usage',
      `${layout.code} is not in ${registryFile(layout.root)}, so it has no row in the tracker.`,
      2,
      [`Add ${layout.code} to the registry, then type the same command again.`],
    );
  });
  const chosen = named.length > 0 ? registry.filter((workflow) => named.includes(workflow)) : registry;
  const remarks: string[] = [];
  const workflows = chosen.map((workflow) => {
    const own = layouts.filter((layout) => findPlace(registry, layout) === workflow);
    const newest = newestOf(own);
    if (newest && workflow.currentVersion !== null && compareVersions(newest.version, workflow.currentVersion) > 0)
      remarks.push(
        `${workflow.code}: the registry says ${workflow.currentVersion}, but there is ${newest.version} in the project.`,
      );
    return registered(workflow, own);
  });
  const strangers = layouts.filter((layout) => findPlace(registry, layout) === null).map(({ code }) => code);
  if (wanted.length === 0 && strangers.length > 0)
    remarks.push(`Not in the registry, so without a row: ${[...new Set(strangers)].sort().join(', ')}.`);
  return { workflows, remarks };
}

function registered(workflow: RegistryWorkflow, own: readonly ProjectLayout[]): TrackerWorkflow {
  const { code, brand, currentVersion, status, lastUpdated, driveLink, history } = workflow;
  const current = own.find(({ version }) => version.toLowerCase() === currentVersion?.toLowerCase()) ?? newestOf(own);
  const notes = history
    .map(({ date, version, notes: text }): TrackerNote => ({
      date: date ?? '',
      version: version ?? '',
      notes: text ?? '',
    }))
    .filter(({ date, version, notes: text }) => date + version + text !== '');
  const latest = latestOf(notes);
  return {
    code,
    brand,
    version: currentVersion ?? current?.version ?? null,
    status: status ?? (current ? stageOf(current) : null),
    fanOut: fanOutWords(workflow),
    updated: lastUpdated ?? (latest?.date || null),
    file: current ? pathOf(current) : null,
    link: driveLink,
    notes: latest?.notes ?? null,
    history: notes,
  };
}

function fanOutWords({ fannedOutTo, testAccount }: RegistryWorkflow): string {
  const [first, ...others] = fannedOutTo;
  if (first === undefined) return testAccount ? `not yet (test account ${testAccount})` : 'not yet';
  return others.length === 0 ? `1 account: ${first}` : `${fannedOutTo.length} accounts: ${fannedOutTo.join(', ')}`;
}

async function fromFiles(
  layouts: readonly ProjectLayout[],
  wanted: readonly ProjectLayout[],
): Promise<TrackedWorkflows> {
  const keyOf = ({ brand, code }: ProjectLayout): string => `${brand}/${code}`;
  const chosen =
    wanted.length > 0 ? layouts.filter((layout) => wanted.some((one) => keyOf(one) === keyOf(layout))) : layouts;
  const all = [...chosen, ...wanted];
  const keys = [...new Set(all.map(keyOf))];
  const found = await Promise.all(keys.map((key) => unregistered(all.filter((layout) => keyOf(layout) === key))));
  return { workflows: found.filter((one) => one !== null), remarks: [] };
}

async function unregistered(own: readonly ProjectLayout[]): Promise<TrackerWorkflow | null> {
  const newest = newestOf(own);
  if (!newest) return null;
  const files = [...new Set(own.map(({ historyFile }) => historyFile))];
  const entries = (await Promise.all(files.map(readHistory))).flatMap((read) => read.entries);
  const ordered = entries.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  const notes = ordered.map(({ at, version, text }): TrackerNote => ({
    date: dayOf(new Date(at)),
    version,
    notes: text,
  }));
  const latest = notes.at(-1);
  return {
    code: newest.code,
    brand: newest.brand,
    version: newest.version,
    status: stageOf(newest),
    fanOut: null,
    updated: latest?.date ?? dayOf(statSync(newest.file).mtime),
    file: pathOf(newest),
    link: null,
    notes: latest?.notes ?? null,
    history: notes,
  };
}

function newestOf(layouts: readonly ProjectLayout[]): ProjectLayout | undefined {
  return layouts.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1);
}

/** By date; of one day the last in the list. */
function latestOf(notes: readonly TrackerNote[]): TrackerNote | undefined {
  return notes.reduce<TrackerNote | undefined>(
    (best, note) => (best && best.date > note.date ? best : note),
    undefined,
  );
}

/** Where the file lies says it; else its version. */
function stageOf(layout: ProjectLayout): 'testing' | 'approved' {
  const folders = pathOf(layout).toLowerCase().split('/');
  if (folders.includes('approved')) return 'approved';
  return folders.includes('testing') || isInTesting(layout.version) ? 'testing' : 'approved';
}

function pathOf({ root, file }: ProjectLayout): string {
  return relative(root, file).split(sep).join('/');
}
