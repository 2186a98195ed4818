/** One proxy per class of work. Every number has its reason on its line. */
import { proxyActivities, ActivityCancellationType } from '@temporalio/workflow';
import type { Activities } from '../activities/index';
import { LOOK_EVERY_MS, LOOK_MS } from '../flow/gates';
import { generateQueue } from '../names';

const UNBOUNDED = { backoffCoefficient: 2, initialInterval: '1 s', maximumInterval: '10 s' } as const;

/** Reads, checks and writes files; minutes at most, even with hundreds of cached links to verify. */
export const quick = proxyActivities<Activities>({
  startToCloseTimeout: '15 min', // a 7 MB file with thousands of cached links on a slow line
  scheduleToCloseTimeout: '24 h', // a full disk or a sleeping store may take a person to mend
  heartbeatTimeout: '10 s', // a machine that vanishes is noticed by this
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: UNBOUNDED, // no maximum of attempts: a worker's death must never eat a budget; the failure's class ends a retry
});

/** Generations: the only activities that spend money. The cap on the backend is the slots of this queue's worker. */
export function generating(taskQueue: string): ReturnType<typeof proxyActivities<Activities>> {
  return proxyActivities<Activities>({
    taskQueue: generateQueue(taskQueue),
    startToCloseTimeout: '6 h', // four candidates of 10 minutes, queued behind other people's work
    scheduleToCloseTimeout: '48 h', // the bound on one node, waiting for a free slot included
    heartbeatTimeout: '10 s', // beats come every second; a worker that died on this machine is noticed sooner, by takeover
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: UNBOUNDED,
  });
}

/** The one prober at a gate: each attempt is one look, for as long as the pass may wait. */
export function prober(maxWaitMs: number): ReturnType<typeof proxyActivities<Activities>> {
  return proxyActivities<Activities>({
    startToCloseTimeout: LOOK_MS, // connect and header timeouts of a few addresses in a row
    scheduleToCloseTimeout: maxWaitMs, // a pass waits a day unless told otherwise, then ends resumable
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1 s', backoffCoefficient: 1.5, maximumInterval: LOOK_EVERY_MS },
  });
}
