/** The model of src/files/receipts.ts: changes of one file share a write, and each resolves when that write is synced. */
import { FlowError } from '../../src/flow/errors';
import type { Receipt } from '../../src/flow/receipt';
import type { ReceiptPort } from '../../src/money/ports';
import type { Host, Job } from './host';
import type { World } from './world';

export function receiptPath(dir: string, key: string): string {
  return `${dir}/receipts/${key}`;
}

/** The receipts of one folder, as one process reads and writes them. */
export function receiptsIn(world: World, host: Host, dir: string): ReceiptPort {
  return {
    read: (key) => world.schedule.call(host, 'read receipt', 1, () => current(world, host, receiptPath(dir, key))),
    update: (key, change) =>
      new Promise((resolve, reject) => {
        const path = receiptPath(dir, key);
        const job: Job = { change, resolve, reject };
        const queue = host.jobs.get(path);
        if (queue) {
          queue.push(job);
          return;
        }
        host.jobs.set(path, [job]);
        void drain(world, host, path);
      }),
  };
}

function current({ disk }: World, host: Host, path: string): Receipt | null {
  return host.unwritten.get(path) ?? disk.read<Receipt>(path) ?? null;
}

async function drain(world: World, host: Host, path: string): Promise<void> {
  const { schedule } = world;
  for (;;) {
    const begun = await schedule.call(host, 'read receipt', 1, () => {
      const jobs = host.jobs.get(path) ?? [];
      host.jobs.set(path, []);
      return { jobs, before: current(world, host, path) };
    });
    await write(world, host, path, begun);
    if ((host.jobs.get(path) ?? []).length > 0) continue;
    host.jobs.delete(path);
    return;
  }
}

async function write(
  world: World,
  host: Host,
  path: string,
  { jobs, before }: { readonly jobs: readonly Job[]; readonly before: Receipt | null },
): Promise<void> {
  const applied: Job[] = [];
  let receipt = before;
  for (const job of jobs) {
    try {
      receipt = job.change(receipt);
      applied.push(job);
    } catch (error) {
      job.reject(error);
    }
  }
  try {
    if (receipt !== before && receipt !== null) await store(world, host, path, receipt);
  } catch (error) {
    for (const job of applied) job.reject(error);
    return;
  }
  for (const job of applied) job.resolve(receipt as Receipt);
}

async function store(world: World, host: Host, path: string, made: Receipt): Promise<void> {
  const { schedule, disk, weak, say } = world;
  const receipt = weak.noSeen
    ? { ...made, generations: made.generations.map((one) => ({ ...one, seen: null })) }
    : made;
  if (weak.noIntent && receipt.generations.some(({ state }) => state === 'intent')) {
    host.unwritten.set(path, receipt);
    return;
  }
  host.unwritten.delete(path);
  refuse(world, 'not written');
  await schedule.call(host, 'write receipt', 1, () => {
    disk.write(path, receipt);
    say(() => `${host.name} writes ${path}: ${stateLine(receipt)}`);
  });
  refuse(world, 'not synced');
  await schedule.call(host, 'sync receipt', 2, () => disk.sync(path));
}

/** A disk that says no for once: everybody whose change was in that write is told so. */
function refuse({ choices, weather, count }: World, what: string): void {
  if (!choices.chance(what, weather.diskFaults)) return;
  count(`receipt ${what}`);
  throw new FlowError('Disk.Full', `the receipt was ${what}`, 6);
}

function stateLine({ generations }: Receipt): string {
  return generations
    .map(
      ({ row, candidate, state, taskId, superseded }) =>
        `r${row}c${candidate} ${state}${taskId === null ? '' : ` ${taskId}`}${superseded ? ' (replaced)' : ''}`,
    )
    .join(', ');
}
