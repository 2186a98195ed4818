/** `nbflow tracker sync [FILE…]`: the team's tracker says what the workflows are. */
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Settings } from '../config';
import { loadSettings } from '../config';
import { findProjectRoot } from '../files/layout';
import { withLock } from '../files/lock';
import { FlowError } from '../flow/errors';
import type { TrackerPlan, TrackerStore } from '../flow/tracker-types';
import { homeFolders, makeHome } from '../services/home';
import { readServiceAccount, trackerFolder } from '../tracker-settings';
import { syncTracker } from '../tracker-sync';
import { trackedWorkflows } from '../tracker-workflows';
import { projectRootOf, resolveFile } from './context';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';
import { planJson, planLines } from './tracker-words';

export interface TrackerOptions extends OutputOptions {
  readonly dryRun?: boolean;
}

interface OpenTracker {
  readonly kind: 'csv' | 'sheets';
  readonly store: TrackerStore;
  /** Two syncs at once would each add the same rows. */
  readonly lock: string;
}

const LOCK_WAIT_MS = 60_000;

/** Throws FlowError: 2 (nothing to track, settings), 4 (Google), 6 (Google refuses, a full disk), 7, 8 (a damaged file). */
export async function trackerSyncCommand(names: readonly string[], options: TrackerOptions): Promise<number> {
  const files = names.map((name) => resolveFile(name, process.cwd()));
  const root = oneRoot(files);
  const settings = loadSettings(root, process.env);
  const { workflows, remarks } = await trackedWorkflows({ root, brand: settings.brand, files });
  const { kind, store, lock } = await openTracker(root, settings);
  const dryRun = options.dryRun ?? false;
  const sync = (): Promise<TrackerPlan> => syncTracker(store, workflows, { dryRun });
  const plan = dryRun
    ? await sync()
    : await withLock(lock, sync, { waitMs: LOCK_WAIT_MS, extra: { purpose: 'tracker' } });
  const told = {
    plan,
    kind,
    dryRun,
    where: kind === 'csv' ? relative(process.cwd(), store.where) || '.' : store.where,
    remarks,
  };
  if (options.json) {
    jsonResult({ tracker: { kind, where: store.where }, ...planJson(told) });
    return 0;
  }
  const { lines, notes, next } = planLines(told);
  for (const line of lines) result(line);
  for (const note of notes) say(`  note: ${note}`);
  for (const step of next) say(`  → ${step}`);
  return 0;
}

function oneRoot(files: readonly string[]): string {
  const [first, second] = new Set(files.map((file) => findProjectRoot(file)));
  if (first !== undefined && second !== undefined) {
    throw new FlowError(
      'Usage',
      `These files belong to several projects: ${first}, ${second}. Nothing was written.`,
      2,
      ['Type it once for each project.'],
    );
  }
  return first ?? projectRootOf(process.cwd());
}

async function openTracker(root: string, { tracker }: Settings): Promise<OpenTracker> {
  const { spreadsheet, keyFile } = tracker;
  if (spreadsheet === null) {
    const { CsvTracker } = await import('../files/tracker-csv.js');
    const folder = trackerFolder(root, tracker);
    return { kind: 'csv', store: new CsvTracker(folder), lock: join(folder, '.sync.lock') };
  }
  const account = readServiceAccount(keyFile);
  const [{ GoogleTracker }, { GoogleSheets }] = await Promise.all([
    import('../tracker-sheets.js'),
    import('../clients/google-sheets.js'),
  ]);
  const identity = { spreadsheet, email: account.email, keyFile: keyFile ?? '' };
  const home = homeFolders();
  await makeHome(home);
  const id = createHash('sha256').update(spreadsheet).digest('hex').slice(0, 12);
  const store = new GoogleTracker(identity, () => GoogleSheets.open(spreadsheet, account));
  return { kind: 'sheets', store, lock: join(home.run, `tracker-${id}.lock`) };
}
