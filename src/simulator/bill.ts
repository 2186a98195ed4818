/**
 * The bill: what every accepted generation cost, in a file that outlives a killed simulator. It is the other side's
 * account of the money, so that nobody has to believe the runner's own.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { GenerationType, Job } from './contract';
import { wholeLines } from './json-lines';

const PROMPT_CHARACTERS = 200;

const entrySchema = z.object({
  n: z.int().positive(),
  at: z.string(),
  task_id: z.string(),
  type: z.enum(['image', 'video']),
  model: z.string(),
  aspect_ratio: z.string(),
  mode: z.string(),
  prompt_sha256: z.string(),
  prompt: z.string(),
  references: z.array(z.string()),
  /** Another client asked for it, so it is not our money. */
  foreign: z.literal(true).optional(),
});
const outcomeSchema = z.object({
  event: z.literal('outcome'),
  n: z.int().positive(),
  at: z.string(),
  task_id: z.string(),
  status: z.enum(['completed', 'failed']),
  error_code: z.int().optional(),
});
const lineSchema = z.union([outcomeSchema, entrySchema]);

export type BillOutcome = z.infer<typeof outcomeSchema>;
/** One accepted generation; `at` is ISO time, hashes are 64 hex, `outcome` is null while it runs or was forgotten. */
export type BillEntry = z.infer<typeof entrySchema> & { readonly outcome: BillOutcome | null };

/** `paid` counts every accepted generation, whatever became of it; what other clients asked for stands apart. */
export interface BillSummary {
  readonly paid: number;
  readonly images: number;
  readonly videos: number;
  readonly completed: number;
  readonly failed: number;
  readonly entries: readonly BillEntry[];
  readonly foreign: readonly BillEntry[];
}

/** One generation to be put on the bill. */
export interface Charge {
  readonly n: number;
  readonly taskId: string;
  readonly job: Job;
  readonly at: Date;
  readonly foreign?: boolean;
}

interface Waiting {
  readonly text: string;
  readonly done: (error: Error | null) => void;
}

/** An open bill. Lines written at the same moment share one fsync, as a burst of submits would else queue for the disk. */
export class Bill {
  private readonly file: FileHandle;
  private readonly entries: Map<number, BillEntry>;
  private readonly asked = new Map<string, number>();
  private queue: Waiting[] = [];
  private writing: Promise<void> | null = null;
  private lastNumber: number;

  private constructor(file: FileHandle, entries: Map<number, BillEntry>) {
    this.file = file;
    this.entries = entries;
    this.lastNumber = Math.max(0, ...entries.keys());
    for (const { prompt_sha256: hash, foreign } of entries.values()) if (!foreign) this.nextTake(hash);
  }

  /** Opens or creates `bill.jsonl` in a folder; a last line torn by a kill is cut off. */
  static async open(dir: string): Promise<Bill> {
    await mkdir(dir, { recursive: true });
    const name = path.join(dir, 'bill.jsonl');
    const entries = readEntries(await wholeLines(name));
    return new Bill(await open(name, 'a'), entries);
  }

  /** Reserves the next number; numbers go on after a restart, so result names never collide. */
  nextNumber(): number {
    this.lastNumber += 1;
    return this.lastNumber;
  }

  /** Charges one generation; resolved once the line is on the disk, with how often exactly this prompt was asked for. */
  async charge({ n, taskId, job, at, foreign = false }: Charge): Promise<number> {
    const prompt = job.prompt ?? '';
    const hash = sha256(prompt);
    // Counted before the disk is waited for: candidates asked for together are takes 1 to 4.
    const take = foreign ? 1 : this.nextTake(hash);
    const line = {
      n,
      at: at.toISOString(),
      task_id: taskId,
      type: job.type,
      model: job.model,
      aspect_ratio: job.aspectRatio,
      mode: job.mode,
      prompt_sha256: hash,
      prompt: Array.from(prompt).slice(0, PROMPT_CHARACTERS).join(''),
      references: job.references.map(sha256),
      ...(foreign ? { foreign: true as const } : {}),
    };
    await this.append(line);
    this.entries.set(n, { ...line, outcome: null });
    return take;
  }

  /** Notes how a generation ended. */
  async settle(n: number, taskId: string, at: Date, errorCode: number | null): Promise<void> {
    const entry = this.entries.get(n);
    if (!entry) return;
    const status = errorCode === null ? ('completed' as const) : ('failed' as const);
    const outcome: BillOutcome = {
      event: 'outcome',
      n,
      at: at.toISOString(),
      task_id: taskId,
      status,
      ...(errorCode === null ? {} : { error_code: errorCode }),
    };
    this.entries.set(n, { ...entry, outcome });
    await this.append(outcome);
  }

  summary(): BillSummary {
    const all = [...this.entries.values()].sort((a, b) => a.n - b.n);
    const entries = all.filter(({ foreign }) => !foreign);
    const count = (type: GenerationType): number => entries.filter((entry) => entry.type === type).length;
    const ended = (status: string): number => entries.filter((entry) => entry.outcome?.status === status).length;
    return {
      paid: entries.length,
      images: count('image'),
      videos: count('video'),
      completed: ended('completed'),
      failed: ended('failed'),
      entries,
      foreign: all.filter(({ foreign }) => foreign),
    };
  }

  async close(): Promise<void> {
    while (this.writing) await this.writing;
    await this.file.close();
  }

  private nextTake(promptHash: string): number {
    const take = (this.asked.get(promptHash) ?? 0) + 1;
    this.asked.set(promptHash, take);
    return take;
  }

  private append(line: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ text: JSON.stringify(line) + '\n', done: (error) => (error ? reject(error) : resolve()) });
      this.writing ??= this.write().finally(() => (this.writing = null));
    });
  }

  private async write(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      const error = await this.writeBatch(batch.map((line) => line.text).join(''));
      for (const line of batch) line.done(error);
    }
  }

  private async writeBatch(text: string): Promise<Error | null> {
    try {
      await this.file.appendFile(text);
      await this.file.datasync();
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

function readEntries(lines: readonly string[]): Map<number, BillEntry> {
  const entries = new Map<number, BillEntry>();
  for (const line of lines) {
    const parsed = lineSchema.parse(JSON.parse(line));
    if (!('event' in parsed)) {
      entries.set(parsed.n, { ...parsed, outcome: null });
      continue;
    }
    const entry = entries.get(parsed.n);
    if (entry) entries.set(parsed.n, { ...entry, outcome: parsed });
  }
  return entries;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
