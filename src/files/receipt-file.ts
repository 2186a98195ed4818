/** The text of a receipt file: readable JSON, its checksum in it, everything checked on the way in. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FlowError } from '../flow/errors';
import type { Generation, Receipt } from '../flow/receipt';

const text = z.string();
const count = z.number().int().min(1);

/** Receipts are made by us, but lie where anybody can edit them: what they name must stay in the project. */
const inside = text.refine(
  (path) => !/^[\\/]|^[a-z]:|\0/i.test(path) && !path.split(/[\\/]/).includes('..'),
  'leads out of the project',
);
const segment = text.refine((name) => !/[\\/\0]/.test(name) && !/^\.*$/.test(name), 'is no file name');

const errorSchema = z.object({ type: text, code: z.number().nullable(), message: text });
const stillSchema = z.object({
  slot: text,
  tab: z.number().int(),
  id: z.number(),
  row: count,
  candidate: count,
  sha256: text.nullable(),
  url: text.nullable(),
});

const generationSchema = z.object({
  row: count,
  candidate: count,
  state: z.enum([
    'intent',
    'submitted',
    'generated',
    'stored',
    'cached',
    'unknown',
    'withdrawn',
    'lost',
    'failed',
    'skipped',
  ]),
  origin: z.enum(['generated', 'found', 'carried']),
  superseded: z.boolean(),
  taskId: text.nullable(),
  server: text.nullable(),
  intentAt: text.nullable(),
  submittedAt: text.nullable(),
  updatedAt: text,
  adopted: z.boolean(),
  error: errorSchema.nullable(),
  file: inside.nullable(),
  sha256: text.nullable(),
  bytes: z.number().int().nullable(),
  mediaType: text.nullable(),
  url: text.nullable(),
  resultUrl: text.nullable(),
  fingerprint: text,
  promptPrefix: text,
  references: z.array(z.object({ url: text, sha256: text })).readonly(),
  stills: z.array(stillSchema).readonly(),
  skewMs: z.number(),
  // Absent in receipts of 0.1.0.
  seen: z
    .object({ newest: text.nullable(), same: z.array(text).readonly(), uptime: z.number().nullable() })
    .nullable()
    .default(null),
  decision: z.enum(['regenerate', 'skip']).nullable().default(null),
  pass: text,
  attempt: z.number().int(),
}) satisfies z.ZodType<Generation>;

export const receiptSchema = z.object({
  version: z.literal(1),
  key: text.min(1),
  node: z.object({
    id: z.number(),
    tab: z.number().int(),
    account: text,
    title: text,
    kind: z.enum(['image', 'video']),
    scene: text.nullable(),
  }),
  naming: z.object({ folder: segment.nullable(), stem: segment }),
  generations: z.array(generationSchema).readonly(),
}) satisfies z.ZodType<Receipt>;

// A field added to Receipt and forgotten above would be dropped on writing: this line refuses to compile then.
const complete: Receipt extends z.infer<typeof receiptSchema> ? true : never = true;
const completeGeneration: keyof Generation extends keyof z.infer<typeof generationSchema> ? true : never = true;
void [complete, completeGeneration];

/** The file's text: keys in the schema's order, so that two versions of a receipt compare line by line. */
export function formatReceipt(receipt: Receipt): string {
  // The schema's own order, whatever order the caller built the object in.
  const ordered = receiptSchema.parse(receipt);
  const { version, ...rest } = ordered;
  return `${JSON.stringify({ version, checksum: checksumOf(ordered), ...rest }, null, 2)}\n`;
}

/** Throws FlowError `File.Damaged` (exit 8): a receipt that can't be trusted is never taken for a missing one. */
export function parseReceipt(content: string, path: string, key: string): Receipt {
  let raw: unknown;
  try {
    raw = JSON.parse(content);
  } catch (error) {
    throw damaged(path, 'is not valid JSON', error);
  }
  if (typeof raw !== 'object' || raw === null || !('checksum' in raw)) throw damaged(path, 'has no checksum');
  const { checksum, ...rest } = raw;
  if (checksum !== checksumOf(rest))
    throw damaged(path, 'does not match its checksum (edited by hand, or a broken disk)');
  const parsed = receiptSchema.safeParse(rest);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(path, `has something unexpected at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? ''}`);
  }
  if (parsed.data.key !== key) throw damaged(path, `is the receipt of "${parsed.data.key}"`);
  return parsed.data;
}

/** Over the compact JSON of all other fields, in the file's order: changes of white space alone do no harm. */
function checksumOf(fields: object): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(fields)).digest('hex')}`;
}

function damaged(path: string, why: string, cause?: unknown): FlowError {
  const next = [`Restore ${path} from a backup of the folder. Don't delete it: it is the record of what was paid.`];
  return new FlowError('File.Damaged', `The receipt ${path} ${why}.`, 8, next, { cause });
}
