/** How the last few passes over a file version ended, beside its receipts. A convenience for advice, not a record of money. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { PassEnd } from '../flow/giving-up';
import { writeFileQuick } from './atomic';

const endSchema = z.object({
  pass: z.string().min(1),
  at: z.string(),
  state: z.enum(['done', 'done-with-failures', 'needs-person', 'over-budget', 'cancelled']),
  failures: z.array(z.object({ label: z.string(), type: z.string() })),
}) satisfies z.ZodType<PassEnd>;
const fileSchema = z.object({ version: z.literal(1), ends: z.array(endSchema) });

/** Two are compared; passes that a person ended may lie between them. */
const KEPT = 8;

/** Oldest first; empty where there is nothing, or nothing that can be read. `receiptsDir` names the file version. */
export async function readPassEnds(receiptsDir: string): Promise<readonly PassEnd[]> {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(pathOf(receiptsDir), 'utf8')));
    return parsed.success ? parsed.data.ends : [];
  } catch {
    return [];
  }
}

/** May be repeated: of one pass there is one end, the newest. */
export async function notePassEnd(receiptsDir: string, end: PassEnd): Promise<void> {
  const others = (await readPassEnds(receiptsDir)).filter(({ pass }) => pass !== end.pass);
  const ends = [...others, end].slice(-KEPT);
  await writeFileQuick(pathOf(receiptsDir), `${JSON.stringify({ version: 1, ends })}\n`);
}

function pathOf(receiptsDir: string): string {
  return join(dirname(receiptsDir), 'pass-ends.json');
}
