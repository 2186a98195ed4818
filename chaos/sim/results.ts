/** The model of the result port: files on the machine's disk, copies in the object store, and what may be wrong with bytes. */
import { BackendError } from '../../src/clients/backend-error';
import { FlowError } from '../../src/flow/errors';
import type { CandidateId } from '../../src/flow/ledger';
import type { Generation, Receipt } from '../../src/flow/receipt';
import type { Fetched, Place, ReceiptPort, Restored, ResultPort } from '../../src/money/ports';
import type { Host } from './host';
import { bytesOf } from './judge';
import { SERVER } from './network';
import { wallNow } from './clocks';
import { receiptPath } from './receipts';
import type { World } from './world';

interface FileBytes {
  readonly sha256: string;
  readonly bytes: number;
}

interface KeptFile extends FileBytes {
  readonly writtenAt: number;
}

type Damage = 'none' | 'cut' | 'damaged';

export function filePath(dir: string, file: string): string {
  return `${dir}/files/${file}`;
}

export function resultPort(
  world: World,
  host: Host,
  place: Place,
  receipts: ReceiptPort,
  downloaded: () => void,
): ResultPort {
  const { schedule, disk } = world;
  const files = new ResultFiles(world, host, place, receipts);
  return {
    isHere: (entry) =>
      schedule.call(host, 'look for file', 1, () => entry.file !== null && isWhole(world, place.dir, entry)),
    fetch: async (id, url, signal) => {
      const got = await download(world, host, url, signal);
      downloaded();
      const file = `${place.key}-r${id.row}-c${id.candidate}`;
      await files.setAside(file, got.sha256);
      return files.keep(file, got);
    },
    found: (id, entry) => findUnrecorded(world, host, place, { id, entry, receipts }),
    restore: (entry, signal) => restore(world, host, files, entry, signal),
    store: async (_id, entry, signal) => {
      const path = filePath(place.dir, entry.file as string);
      const bytes = await schedule.call(host, 'read file', 1, () => disk.read<FileBytes>(path));
      if (!bytes) throw new FlowError('Store.Unavailable', 'its file is gone', 1);
      const url = storeUrl(place.dir, entry.file, bytes.sha256);
      await toStore(world, host, signal, () => world.store.put(url, bytes.sha256));
      return url;
    },
    keepAside: async (entry, taskId, url, signal) => {
      const got = await download(world, host, url, signal);
      return files.keep(`replaced/${taskId}-r${entry.row}-c${entry.candidate}`, got);
    },
  };
}

/** Whether the recorded file is there with the recorded size. */
export function isWhole({ disk }: World, dir: string, { file, bytes }: Pick<Generation, 'file' | 'bytes'>): boolean {
  return file !== null && disk.read<FileBytes>(filePath(dir, file))?.bytes === bytes;
}

/** The same bytes have the same name there, whoever asks. */
function storeUrl(dir: string, file: string | null, sha256: string | null): string {
  return `store/${dir}/${file}-${sha256}`;
}

class ResultFiles {
  private readonly world: World;
  private readonly host: Host;
  private readonly place: Place;
  private readonly receipts: ReceiptPort;

  constructor(world: World, host: Host, place: Place, receipts: ReceiptPort) {
    this.world = world;
    this.host = host;
    this.place = place;
    this.receipts = receipts;
  }

  get dir(): string {
    return this.place.dir;
  }

  /** To its final name; there for good once synced. */
  async keep(file: string, got: FileBytes): Promise<Fetched> {
    const { schedule, disk, backend } = this.world;
    const path = filePath(this.place.dir, file);
    await schedule.call(this.host, 'rename file', 2, () =>
      disk.write(path, { ...got, writtenAt: wallNow(this.world) } satisfies KeptFile),
    );
    await schedule.call(this.host, 'sync file', 2, () => {
      disk.sync(path);
      // An id that only a page cache knows may be gone with it, and nothing tells then whose the bytes are.
      if (!disk.isSynced(receiptPath(this.place.dir, this.place.key))) return;
      for (const task of backend.all) task.home ||= bytesOf(task) === got.sha256;
    });
    return { file, ...got, mediaType: 'image/png' };
  }

  /** A picture of an earlier generation under the same name is kept. */
  async setAside(file: string, sha256: string): Promise<void> {
    const { schedule, disk } = this.world;
    const isOlder = (one: Generation): boolean =>
      one.superseded && one.file === file && one.sha256 !== null && one.sha256 !== sha256;
    const older = (await this.receipts.read(this.place.key))?.generations.filter(isOlder) ?? [];
    const newest = older.at(-1);
    if (!newest) return;
    const placeOf = (one: Generation): string => `replaced/${one.sha256}-${file}`;
    const isThere = (one: Generation): boolean => disk.read(filePath(this.place.dir, placeOf(one))) !== undefined;
    const moved = await schedule.call(this.host, 'move file', 1, () => {
      const bytes = disk.read(filePath(this.place.dir, file));
      if (bytes !== undefined && !isThere(newest)) {
        disk.write(filePath(this.place.dir, placeOf(newest)), bytes);
        disk.write(filePath(this.place.dir, file), undefined);
      }
      return older.filter(isThere).map((one) => one.sha256);
    });
    if (moved.length === 0) return;
    await this.receipts.update(this.place.key, (before) => ({
      ...(before as Receipt),
      generations: (before as Receipt).generations.map((one) =>
        isOlder(one) && moved.includes(one.sha256) ? { ...one, file: placeOf(one) } : one,
      ),
    }));
  }
}

async function findUnrecorded(
  { schedule, disk }: World,
  host: Host,
  { dir, key }: Place,
  { id, entry, receipts }: { readonly id: CandidateId; readonly entry: Generation; readonly receipts: ReceiptPort },
): Promise<Fetched | null> {
  const file = `${key}-r${id.row}-c${id.candidate}`;
  const receipt = await receipts.read(key);
  const kept = await schedule.call(host, 'look for file', 1, () => disk.read<KeptFile>(filePath(dir, file)));
  if (!kept || kept.writtenAt < Date.parse(entry.submittedAt as string)) return null;
  const others = (receipt?.generations ?? []).filter(({ taskId }) => taskId !== entry.taskId);
  if (others.some(({ sha256 }) => sha256 === kept.sha256)) return null;
  return { file, sha256: kept.sha256, bytes: kept.bytes, mediaType: 'image/png' };
}

async function restore(
  world: World,
  host: Host,
  files: ResultFiles,
  entry: Generation,
  signal: AbortSignal,
): Promise<Restored> {
  const url = entry.url ?? storeUrl(files.dir, entry.file, entry.sha256);
  const sha256 = await world.schedule.call(
    host,
    'object store',
    5,
    () => (world.store.down ? 'unreachable' : world.store.get(url)),
    { signal },
  );
  if (sha256 === 'unreachable') return 'unreachable';
  if (sha256 === null || sha256 !== entry.sha256 || entry.file === null) return 'gone';
  return files.keep(entry.file, { sha256, bytes: sizeOf(sha256) });
}

async function toStore<T>({ schedule, store }: World, host: Host, signal: AbortSignal, effect: () => T): Promise<T> {
  return schedule.call(
    host,
    'object store',
    5,
    () => {
      if (store.down) throw new FlowError('Store.Unavailable', 'the store is down', 1);
      return effect();
    },
    { signal },
  );
}

async function download(world: World, host: Host, url: string, signal: AbortSignal): Promise<FileBytes> {
  const { network, backend, choices, weather, count, weak } = world;
  const damage = choices.one<Damage>('fault download', ['none', 'cut', 'damaged'], weather.downloadFaults);
  if (damage !== 'none') count(`download ${damage}`);
  const task = await network.ask(host, 'download', signal, () => backend.file(url));
  if (!task) throw new BackendError({ server: SERVER, status: 404, text: `File not found: ${url}` });
  if (damage === 'cut') throw new BackendError({ server: SERVER, errno: 'SHORT_BODY', text: 'cut short' });
  if (damage === 'damaged' && !weak.noContentCheck) throw new FlowError('Media.Damaged', 'no picture', 8);
  const sha256 = damage === 'damaged' ? 'damaged bytes' : bytesOf(task);
  return { sha256, bytes: sizeOf(sha256) };
}

/** Two results never have the same size. */
function sizeOf(sha256: string): number {
  return 1_000 + (Number.parseInt(sha256.slice(-6), 16) || 0);
}
