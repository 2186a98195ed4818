/** The model of the words port: locks and the index of this machine, receipts wherever they lie. */
import { FlowError } from '../../src/flow/errors';
import type { OwnedTask } from '../../src/flow/protocol';
import type { Receipt } from '../../src/flow/receipt';
import type { Place, WordsPort } from '../../src/money/ports';
import { hasOpen, openRows } from '../../src/money/words';
import type { Host, Lock } from './host';
import { acquireNodeLock } from './node-lock';
import { receiptPath, receiptsIn } from './receipts';
import type { World } from './world';

const PATIENCE_MS = 150_000;

export interface WordsOwner {
  readonly place: Place;
  readonly attempt: number;
  readonly activity: string;
  readonly signal: AbortSignal;
}

export function lockPath({ dir, key }: Place): string {
  return `${dir}/locks/${key}`;
}

export function wordsPort(world: World, host: Host, owner: WordsOwner): WordsPort {
  const { place, signal } = owner;
  const others = async (words: string): Promise<readonly Place[]> => {
    if (world.weak.noGate) return [];
    const found = await foundIn(world, host, place.dir);
    const noted = await world.schedule.call(
      host,
      'read index',
      1,
      () => world.disk.read<readonly Place[]>(`words/${words}`) ?? [],
    );
    const open = found
      .filter((receipt) => openRows(receipt, words).length > 0)
      .map(({ key }) => ({ dir: place.dir, key }));
    const named = new Map([...noted, ...open].map((one) => [lockPath(one), one]));
    named.delete(lockPath(place));
    return [...named.values()];
  };
  return {
    alone: (words, work) => (world.weak.noGate ? work() : alone(world, host, { words, signal }, work)),
    note: (words) => note(world, host, words, place),
    others,
    receiptsAt: ({ dir }) => receiptsIn(world, host, dir),
    fileOf: ({ dir }) => (dir === place.dir ? null : dir),
    lock: (other) =>
      acquireNodeLock(world, host, lockPath(other), {
        activity: `${owner.activity} for ${lockPath(other)}`,
        attempt: owner.attempt,
        stop: () => undefined,
        signal,
      }),
    owned: async (words) => owned(world, host, place, await others(words)),
  };
}

async function alone<T>(
  world: World,
  host: Host,
  { words, signal }: { readonly words: string; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  return host.queues.alone(words, async () => {
    const path = `words/${words}.lock`;
    const lock = await waitFor(world, host, path, signal);
    return work().finally(() => world.locks.release(path, lock));
  });
}

async function waitFor(world: World, host: Host, path: string, signal: AbortSignal): Promise<Lock> {
  const until = world.schedule.now + PATIENCE_MS;
  for (;;) {
    const lock = await world.locks.take(host, path);
    if (lock) return lock;
    if (world.schedule.now > until) throw new FlowError('Node.Held', 'another process waits for an answer', 7);
    await world.schedule.pause(host, 250, signal);
  }
}

async function note({ schedule, disk }: World, host: Host, words: string, place: Place): Promise<void> {
  const path = `words/${words}`;
  const places = await schedule.call(host, 'read index', 1, () => disk.read<readonly Place[]>(path) ?? []);
  if (places.some(({ dir, key }) => dir === place.dir && key === place.key)) return;
  await schedule.call(host, 'write index', 1, () => {
    const kept = places.filter(({ dir, key }) => disk.read(receiptPath(dir, key)) !== undefined);
    disk.write(path, [...kept, place]);
  });
  await schedule.call(host, 'sync index', 2, () => disk.sync(path));
}

/** What the process found open in a folder when it first looked there. */
function foundIn({ schedule, disk }: World, host: Host, dir: string): Promise<readonly Receipt[]> {
  return schedule.call(host, 'list receipts', 1, () => {
    const known = host.foundOpen.get(dir);
    if (known) return known;
    const found = disk.names(`${dir}/receipts/`).flatMap((path) => disk.read<Receipt>(path) ?? []);
    host.foundOpen.set(dir, found.filter(hasOpen));
    return host.foundOpen.get(dir) ?? [];
  });
}

function owned(
  { schedule, disk }: World,
  host: Host,
  { dir }: Place,
  places: readonly Place[],
): Promise<readonly OwnedTask[]> {
  return schedule.call(host, 'read receipts', 2, () => {
    const paths = new Set([...disk.names(`${dir}/receipts/`), ...places.map((one) => receiptPath(one.dir, one.key))]);
    return [...paths].flatMap((path) =>
      (disk.read<Receipt>(path)?.generations ?? []).flatMap(({ taskId, intentAt, submittedAt, skewMs }) =>
        taskId === null ? [] : [{ taskId, intentAt, submittedAt, skewMs }],
      ),
    );
  });
}
