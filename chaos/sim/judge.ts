/**
 * What must hold, judged by the backend's own bill against the receipts on disk. The candidates of one row are made from
 * the same inputs and are interchangeable, so money is counted per inputs.
 */
import type { Generation, Receipt } from '../../src/flow/receipt';
import type { Inputs, Task } from './backend';
import type { Disk } from './disk';
import type { World } from './world';

export type BreachKind =
  | 'double'
  | 'unrecorded'
  | 'recorded-twice'
  | 'needlessly-lost'
  | 'mixed-up'
  | 'damaged'
  | 'unfinished'
  | 'stuck'
  | 'bug';

export interface Breach {
  readonly kind: BreachKind;
  readonly text: string;
}

interface Wish {
  /** By who wants it: a row of a node, and the pass where it asks for everything afresh. */
  readonly claims: Map<string, number>;
  readonly fingerprint: string;
}

const BYTES_OF = 'bytes of ';

export function bytesOf(task: Task): string {
  return BYTES_OF + task.id;
}

export function bodyOf(inputs: Inputs): string {
  return JSON.stringify(inputs);
}

export function receiptsOn(disk: Disk): readonly Receipt[] {
  return ['one', 'two'].flatMap((dir) =>
    disk.names(`${dir}/receipts/`).flatMap((path) => disk.read<Receipt>(path) ?? []),
  );
}

export class Judge {
  readonly breaches: Breach[] = [];
  private readonly wishes = new Map<string, Wish>();

  /** Somebody is about to ask for `count` results of these inputs. */
  wish(body: string, fingerprint: string, claim: string, count: number): void {
    const wish = this.wishes.get(body) ?? { claims: new Map<string, number>(), fingerprint };
    wish.claims.set(claim, Math.max(count, wish.claims.get(claim) ?? 0));
    this.wishes.set(body, wish);
  }

  breach(kind: BreachKind, text: string): void {
    this.breaches.push({ kind, text });
  }

  /**
   * No more is paid for than is wanted, except to replace what is surely gone: failed at the backend; forgotten there, or its
   * file removed, before the bytes were with us; hidden in each list while nobody knew its id; every copy destroyed.
   */
  paid(world: World, body: string): void {
    const wanted = [...(this.wishes.get(body)?.claims.values() ?? [])].reduce((sum, one) => sum + one, 0);
    const bill = world.backend.all.filter((task) => task.body === body);
    if (bill.length <= wanted) return;
    const owned = ownedTasks(receiptsOn(world.disk));
    const gone = bill.filter((task) => isGone(world, task) || (task.unlisted && !owned.has(task.id)));
    if (bill.length - gone.length <= wanted) return;
    const ids = bill.map(({ id }) => (gone.some((task) => task.id === id) ? `${id} (gone)` : id));
    this.breach('double', `${wanted} wanted, paid for ${ids.join(', ')}: ${body.slice(0, 160)}`);
  }

  /** What must hold when everything has ended. */
  verdict(world: World): void {
    const receipts = receiptsOn(world.disk);
    const entries = receipts.flatMap(({ generations }) => generations);
    const ours = world.backend.all.filter(({ body }) => body !== null);
    const owners = new Map<string, number>();
    for (const { taskId } of entries) if (taskId !== null) owners.set(taskId, (owners.get(taskId) ?? 0) + 1);
    for (const [id, count] of owners) if (count > 1) this.breach('recorded-twice', `task ${id} is in ${count} entries`);
    this.judgeOrphans(
      world,
      entries,
      ours.filter(({ id }) => !owners.has(id)),
    );
    const mistaken = entries.filter(({ taskId }) => taskId !== null && isForeign(world, taskId));
    for (const entry of entries) this.judgeEntry(world, entry, mistaken);
  }

  /**
   * A task that was paid for and is in no receipt: allowed only where the backend hid or forgot it before anybody could know
   * its id, and then an entry of the same inputs says `lost` (or waits for a person). Where our own clock was set as well,
   * what G-Labs forgot may be called `withdrawn`: its uptime then proves what is not so. Nothing more is paid for that.
   */
  private judgeOrphans(world: World, entries: readonly Generation[], orphans: readonly Task[]): void {
    for (const body of new Set(orphans.map((task) => task.body as string))) {
      const those = orphans.filter((task) => task.body === body);
      const fingerprint = this.wishes.get(body)?.fingerprint;
      const forgotten = those.every((task) => task.forgotten);
      const same = entries.filter((entry) => entry.fingerprint === fingerprint);
      const told = same.filter(
        ({ taskId, state }) =>
          (taskId === null && (state === 'lost' || state === 'unknown')) ||
          (state === 'withdrawn' && world.wall.offsetMs !== 0 && forgotten) ||
          (taskId !== null && isForeign(world, taskId)),
      );
      for (const { id } of those.slice(told.length))
        this.breach('unrecorded', `task ${id} was paid for and is in no receipt`);
      const seen = those.filter((task) => !task.unlisted && !task.forgotten);
      const waiting = same.some(({ state }) => state === 'unknown');
      if (seen.length > 0 && !waiting && !told.some(({ taskId }) => taskId !== null)) {
        this.breach('needlessly-lost', `task ${seen[0]?.id} was listed all the time and not found`);
      }
    }
  }

  /**
   * What is recorded was made from the entry's own inputs, and is whole. Where another client's task was taken for one of ours
   * that was late (which nothing can tell apart), that very one may turn up as that of a neighbour with the same words.
   */
  private judgeEntry(world: World, entry: Generation, mistaken: readonly Generation[]): void {
    if (entry.taskId !== null && !mistaken.includes(entry)) {
      const task = world.backend.all.find(({ id }) => id === entry.taskId);
      if (!task || ![entry, ...mistaken].some((one) => fits(one, task, this.wishes))) {
        this.breach(
          'mixed-up',
          `row ${entry.row} candidate ${entry.candidate} has task ${entry.taskId}: ${task?.body?.slice(0, 160)}`,
        );
      }
    }
    if (entry.sha256 !== null && entry.sha256 !== BYTES_OF + entry.taskId) {
      this.breach(
        'damaged',
        `row ${entry.row} candidate ${entry.candidate} of task ${entry.taskId} holds ${entry.sha256}`,
      );
    }
  }
}

function ownedTasks(receipts: readonly Receipt[]): ReadonlySet<string> {
  return new Set(receipts.flatMap(({ generations }) => generations.flatMap(({ taskId }) => taskId ?? [])));
}

export function isForeign(world: World, taskId: string): boolean {
  return world.backend.all.some(({ id, body }) => id === taskId && body === null);
}

/** A file that no receipt knows yet is found again by its time: where our clock was set, only the written record counts. */
function isHome({ wall, disk }: World, task: Task): boolean {
  if (!task.home || wall.offsetMs === 0) return task.home;
  return receiptsOn(disk).some(({ generations }) => generations.some(({ sha256 }) => sha256 === bytesOf(task)));
}

function isGone(world: World, task: Task): boolean {
  const { disk, store } = world;
  if (task.failure !== null) return true;
  if (!isHome(world, task)) return task.forgotten || task.fileGone;
  const bytes = bytesOf(task);
  const local = ['one', 'two'].some((dir) =>
    disk.names(`${dir}/files/`).some((path) => disk.read<{ sha256: string }>(path)?.sha256 === bytes),
  );
  return !local && !store.holds(bytes) && (task.fileGone || task.forgotten);
}

function fits(entry: Generation, task: Task, wishes: ReadonlyMap<string, Wish>): boolean {
  if (task.body === null || wishes.get(task.body)?.fingerprint !== entry.fingerprint) return false;
  const { references } = JSON.parse(task.body) as Inputs;
  const made = [...entry.references, ...entry.stills].map(({ sha256 }) => sha256);
  return JSON.stringify(made) === JSON.stringify(references);
}
