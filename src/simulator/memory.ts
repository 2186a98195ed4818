/**
 * A memory that outlives the process, for a simulator that is told to remember: the real program keeps its tasks in memory
 * only, but a kill with and without forgetting are two things to rehearse. One file per task; what became of it is in the
 * bill.
 */
import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Job } from './contract';

const noteSchema = z.object({
  n: z.int().positive(),
  id: z.string(),
  createdAt: z.number(),
  foreign: z.boolean(),
  job: z.object({
    type: z.enum(['image', 'video']),
    prompt: z.string().nullable(),
    model: z.string(),
    aspectRatio: z.string(),
    mode: z.string(),
    references: z.array(z.string().transform((text) => Buffer.from(text, 'base64'))),
    variants: z.array(z.string()),
    seconds: z.number(),
  }),
});

/** An accepted task, with all that it takes to go on with it. */
export interface Note {
  readonly n: number;
  readonly id: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly foreign: boolean;
  readonly job: Job;
}

export class Memory {
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = path.join(dir, 'memory');
  }

  /** Resolved once a kill can't undo it. */
  async note(note: Note): Promise<void> {
    const references = note.job.references.map((bytes) => bytes.toString('base64'));
    const text = JSON.stringify({ ...note, job: { ...note.job, references } });
    const target = path.join(this.dir, `${note.id}.json`);
    await mkdir(this.dir, { recursive: true });
    await writeFile(`${target}.part`, text);
    await rename(`${target}.part`, target);
  }

  /** In the order of their numbers. */
  async recall(): Promise<readonly Note[]> {
    const names = await readdir(this.dir).catch(() => []);
    const notes = names.filter((name) => name.endsWith('.json')).map((name) => readNote(path.join(this.dir, name)));
    return (await Promise.all(notes)).sort((a, b) => a.n - b.n);
  }

  /** At once: nothing that is noted from now on may be lost with it. */
  forget(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function readNote(file: string): Promise<Note> {
  return noteSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}
