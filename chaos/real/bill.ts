/** The backend's bill as it stands on the disk, read without asking the backend, which may be dead. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const chargeSchema = z.object({
  n: z.int().positive(),
  at: z.string(),
  task_id: z.string(),
  type: z.enum(['image', 'video']),
  prompt: z.string(),
  prompt_sha256: z.string(),
  references: z.array(z.string()),
  /** Another client's. */
  foreign: z.boolean().default(false),
});
const outcomeSchema = z.object({
  event: z.literal('outcome'),
  n: z.int().positive(),
  status: z.enum(['completed', 'failed']),
});
const otherSchema = z.object({ event: z.string() });
const lineSchema = z.union([outcomeSchema, otherSchema, chargeSchema]);

export type Charge = z.infer<typeof chargeSchema> & { readonly outcome: 'completed' | 'failed' | null };

/** What was charged, oldest first. A last line that is still being written is left out. */
export function readBill(dir: string): readonly Charge[] {
  const path = join(dir, 'bill.jsonl');
  if (!existsSync(path)) return [];
  const charges = new Map<number, Charge>();
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const line = lineSchema.parse(JSON.parse(text));
    if (!('event' in line)) {
      if (!line.foreign) charges.set(line.n, { ...line, outcome: null });
    } else if ('status' in line) {
      const charge = charges.get(line.n);
      if (charge) charges.set(line.n, { ...charge, outcome: line.status });
    }
  }
  return [...charges.values()].sort((a, b) => a.n - b.n);
}
