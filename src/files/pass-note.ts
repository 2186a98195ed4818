/** Which pass was the newest over a file version. A pass that reuses everything leaves no other trace. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeFileQuick } from './atomic';

const noteSchema = z.object({ version: z.literal(1), pass: z.string().min(1), at: z.string() });

/** `receiptsDir` names the file version; `at` is ISO time. */
export async function notePass(receiptsDir: string, pass: string, at: string): Promise<void> {
  await writeFileQuick(notePath(receiptsDir), `${JSON.stringify({ version: 1, pass, at })}\n`);
}

/** Null when there is no note, or none that can be read: it is a convenience, not a record of money. */
export async function readPassNote(receiptsDir: string): Promise<string | null> {
  try {
    const parsed = noteSchema.safeParse(JSON.parse(await readFile(notePath(receiptsDir), 'utf8')));
    return parsed.success ? parsed.data.pass : null;
  } catch {
    return null;
  }
}

function notePath(receiptsDir: string): string {
  return join(dirname(receiptsDir), 'newest-pass.json');
}
