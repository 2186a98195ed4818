import { FlowError } from './flow/errors';
import { isUpToDate, planTracker } from './flow/tracker';
import type { TrackerPlan, TrackerStore, TrackerWorkflow } from './flow/tracker-types';

/** Who changes the tracker more often than this while it is written keeps it. */
const MOST_TRIES = 5;

/**
 * Makes the tracker say what the workflows are, and answers what that takes; nothing is written with `dryRun`, or when it says
 * so already. Throws FlowError: as the store, and `File.Changed` (exit 7).
 */
export async function syncTracker(
  store: TrackerStore,
  workflows: readonly TrackerWorkflow[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<TrackerPlan> {
  const first = planTracker(workflows, await store.read());
  if (dryRun || isUpToDate(first)) return first;
  let plan = first;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (await store.write(plan)) return first;
    plan = planTracker(workflows, await store.read());
  }
  throw new FlowError(
    'File.Changed',
    `Another program keeps changing the tracker (${store.where}), so it is not up to date.`,
    7,
    ['Type it again when the other program is done.'],
  );
}
