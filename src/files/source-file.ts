/**
 * Patching the user's file while they, and other passes, may be writing it too. Patches of one file are queued and
 * written together, under the file's lock, on the content read at that moment.
 */
import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FlowError } from '../flow/errors';
import { writeFileAtomic } from './atomic';
import { withLock } from './lock';
import type { Edit, Replacement } from './patch';
import { assertJson, overlaps, planEdits, splice } from './patch';
import type { Source } from './read-source';
import { hashOf, readSource } from './read-source';
import { sourceLockPath } from './source-lock';

export { readSource } from './read-source';
export type { Source } from './read-source';

export interface PatchResult {
  /** False when the file already said all of it. */
  readonly changed: boolean;
  /** sha256 of the file's bytes afterwards, hex. */
  readonly hash: string;
}

export interface PatchQueueOptions {
  /** Folder of the lock files. Default: the locks folder of the file's layout. */
  readonly lockDir?: string;
  /** How long another process may hold the file; default 30 s. */
  readonly waitMs?: number;
  /** How long a file may be away or half written, because an editor is saving it; default 2 s. */
  readonly settleMs?: number;
}

/** Edits for the text as it is now, computed at the moment of writing. May run more than once. */
export type MakeEdits = (text: string) => readonly Edit[];

interface Job {
  readonly makeEdits: MakeEdits;
  readonly resolve: (result: PatchResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  jobs: Job[];
  running: boolean;
}

/** A file that changes more often than this while we write it is left alone. */
const MOST_TRIES = 8;
const LOCK_WAIT_MS = 30_000;
const SETTLE_MS = 2_000;
const SETTLE_LOOK_MS = 100;

export class PatchQueue {
  private readonly options: PatchQueueOptions;
  private readonly queues = new Map<string, Queue>();

  constructor(options: PatchQueueOptions = {}) {
    this.options = options;
  }

  /**
   * Edits the file's text; every byte that no edit names stays, and an edit made meanwhile by somebody else is kept.
   * What `makeEdits` throws comes back to its caller alone. Throws FlowError `File.Changed` when the file is gone, is no
   * JSON, has lost the place to write or never holds still; `File.Busy`, `Disk.Full`, `Disk.ReadOnly`. Nothing is
   * written then.
   */
  async patch(path: string, makeEdits: MakeEdits): Promise<PatchResult> {
    const find = (): Promise<string> =>
      realpath(path).catch((error: unknown) => {
        throw changed(path, 'it can no longer be found', 2, error);
      });
    const real = await settled(find, this.settleMs);
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(real) ?? { jobs: [], running: false };
      this.queues.set(real, queue);
      queue.jobs.push({ makeEdits, resolve, reject });
      if (!queue.running) void this.drain(real, path, queue);
    });
  }

  /** Waits until nobody else writes the file, `waitMs` at most. Throws FlowError `File.Busy` (exit 7) naming who does. */
  async awaitFree(path: string, waitMs: number): Promise<void> {
    const lock = await sourceLockPath(path, await realpath(path), this.options.lockDir);
    await withLock(lock, () => Promise.resolve(), { waitMs, extra: { purpose: 'look', file: path } });
  }

  private get settleMs(): number {
    return this.options.settleMs ?? SETTLE_MS;
  }

  private async drain(real: string, named: string, queue: Queue): Promise<void> {
    queue.running = true;
    while (queue.jobs.length > 0) {
      const jobs = queue.jobs;
      queue.jobs = [];
      try {
        const lock = await sourceLockPath(named, real, this.options.lockDir);
        const waitMs = this.options.waitMs ?? LOCK_WAIT_MS;
        await withLock(lock, () => patchTogether(real, jobs, this.settleMs), {
          waitMs,
          extra: { purpose: 'patch', file: real },
        });
      } catch (error) {
        for (const job of jobs) job.reject(error);
      }
    }
    this.queues.delete(real);
  }
}

interface Planned {
  readonly job: Job;
  readonly edits: readonly Edit[];
  readonly replacements: readonly (Replacement | null)[];
}

/** Writes all jobs in as few writes as their edits allow; jobs that touch the same place go one after the other. */
async function patchTogether(real: string, jobs: readonly Job[], settleMs: number): Promise<void> {
  let waiting = [...jobs];
  for (let tries = 0; waiting.length > 0;) {
    const source = await settled(() => readNow(real), settleMs);
    const round = planRound(source.text, waiting);
    waiting = waiting.filter((job) => !round.failed.has(job));
    const text = splice(
      source.text,
      round.planned.flatMap(({ replacements }) => replacements),
    );
    let hash = source.hash;
    if (text !== source.text) {
      const bytes = Buffer.from(text);
      if (!(await writeUnlessChanged(source, bytes))) {
        if (++tries >= MOST_TRIES) throw changed(real, 'another program keeps writing it', 7);
        continue;
      }
      hash = hashOf(bytes);
    }
    for (const { job, replacements } of round.planned) {
      job.resolve({ changed: replacements.some((one) => one !== null), hash });
    }
    const done = new Set(round.planned.map(({ job }) => job));
    waiting = waiting.filter((job) => !done.has(job));
  }
}

function planRound(
  text: string,
  jobs: readonly Job[],
): { readonly planned: readonly Planned[]; readonly failed: ReadonlySet<Job> } {
  const planned: Planned[] = [];
  const failed = new Set<Job>();
  const taken: Edit[] = [];
  for (const job of jobs) {
    try {
      const edits = job.makeEdits(text);
      if (touches(edits, taken)) continue;
      planned.push({ job, edits, replacements: planEdits(text, edits) });
      taken.push(...edits);
    } catch (error) {
      failed.add(job);
      job.reject(error);
    }
  }
  return { planned, failed };
}

/** Also true when both add to the same container: where the second one goes depends on the first. */
function touches(edits: readonly Edit[], taken: readonly Edit[]): boolean {
  return edits.some(({ path }) => taken.some((other) => overlaps(path, other.path) || sameParent(path, other.path)));
}

function sameParent(a: Edit['path'], b: Edit['path']): boolean {
  return a.length === b.length && overlaps(a.slice(0, -1), b.slice(0, -1));
}

/** Tries again for a while: editors that save in place leave the file half written, or away, for a moment. */
async function settled<T>(look: () => Promise<T>, forMs: number): Promise<T> {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof FlowError) || performance.now() >= until) throw error;
    }
    await delay(SETTLE_LOOK_MS);
  }
}

async function readNow(real: string): Promise<Source> {
  let source: Source;
  try {
    source = await readSource(real);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    throw changed(real, error.message, error.exitCode, error);
  }
  assertJson(source.text);
  return source;
}

/** Looks at the file once more when the new content is ready; what somebody wrote meanwhile is never overwritten. */
function writeUnlessChanged(source: Source, bytes: Buffer): Promise<boolean> {
  return writeFileAtomic(source.realPath, bytes, {
    mode: Number(source.stat.mode & 0o7777n),
    beforeRename: async () => {
      const now = await readNow(source.realPath);
      return now.stat.ino === source.stat.ino && now.bytes.equals(source.bytes);
    },
  });
}

function changed(path: string, why: string, exitCode: number, cause?: unknown): FlowError {
  const next = [
    'The results are kept in Assets and in the receipts: run again when the file is back, nothing is paid twice.',
  ];
  return new FlowError('File.Changed', `Not written into ${path}: ${why}.`, exitCode, next, { cause });
}
