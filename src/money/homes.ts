/**
 * Which G-Labs a task is at. Addresses change: a tunnel has a new one at each start, and a person may name another
 * computer. Whoever is asked now need not be the one that was paid, and "not found" from a stranger says nothing.
 */
import { BackendError } from '../clients/backend-error';
import { FlowError } from '../flow/errors';
import { CLOCK_SLACK_MS } from '../flow/protocol';
import type { ListedTask } from '../flow/protocol';
import type { Generation } from '../flow/receipt';
import type { Ended } from './poll';
import { awaitTask } from './poll';
import type { NodeWork } from './ports';

/**
 * How a task ended: as the attempt's own G-Labs says, or, when that does not know it and it was sent to another address, as
 * that one says. Throws FlowError `Generation.Elsewhere` when the other one is silent and ours surely is not the same.
 */
export async function awaitAtHome(work: NodeWork, entry: Generation): Promise<Ended> {
  const { backend } = work.ports;
  const here = await awaitTask(work, entry);
  if (here.state !== 'gone' || entry.server === null || entry.server === backend.server) return here;
  try {
    return await awaitTask(work, entry, backend.at(entry.server));
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if ((await startedSince(work, entry)) || (await goesOn(work, entry))) return here;
    throw new FlowError(
      'Generation.Elsewhere',
      `${work.generator.title}: task ${entry.taskId} was sent to G-Labs at ${entry.server}, which does not answer, and the one at ${backend.server} is another`,
      1,
    );
  }
}

/** One that started after the task was sent may be the same G-Labs, which forgets its tasks at a restart. */
async function startedSince({ ports, signal }: NodeWork, { submittedAt, intentAt }: Generation): Promise<boolean> {
  const { uptime } = await ports.backend.health(signal);
  const sent = Date.parse(submittedAt ?? intentAt ?? '');
  return uptime !== null && ports.clock.now() - uptime * 1000 > sent + CLOCK_SLACK_MS;
}

/** One whose list has what stood on the list before the task was sent, or others of the node's tasks, is the same. */
async function goesOn({ ports, signal, receiptKey }: NodeWork, { seen, server }: Generation): Promise<boolean> {
  const listing = await ports.backend.tasks(signal);
  const receipt = await ports.receipts.read(receiptKey);
  const siblings = (receipt?.generations ?? []).filter((one) => one.server === server).map(({ taskId }) => taskId);
  const known = new Set([seen?.newest, ...(seen?.same ?? []), ...siblings]);
  return listing.some(({ taskId }) => known.has(taskId));
}

/** The list of tasks where something was sent; where that is silent, the list of the attempt's own G-Labs. */
export async function lookAtHome(
  { ports: { backend }, signal }: NodeWork,
  sentTo: string,
): Promise<{
  readonly listing: readonly ListedTask[];
  readonly health: { readonly uptime: number | null; readonly skewMs: number };
  readonly isHome: boolean;
}> {
  const isHome = sentTo === backend.server;
  try {
    const home = isHome ? backend : backend.at(sentTo);
    // Ordered: a start time read before the list can't hide a restart between the two.
    const listing = await home.tasks(signal);
    return { listing, health: await home.health(signal), isHome: true };
  } catch (error) {
    if (isHome || !(error instanceof BackendError)) throw error;
    const listing = await backend.tasks(signal);
    return { listing, health: await backend.health(signal), isHome: false };
  }
}
