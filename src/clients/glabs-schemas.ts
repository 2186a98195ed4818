/** What G-Labs answers, as far as we read it. Other fields come and go with its releases and are ignored. */
import { z } from 'zod';

export const healthSchema = z.object({
  /** Seconds. */
  uptime: z.number().nonnegative().nullish().catch(null),
  tasks_pending: z.number().nullish().catch(null),
  tasks_running: z.number().nullish().catch(null),
});

export const acceptedSchema = z.object({ task_id: z.string().regex(/^[\w-]{1,64}$/) });

/** Text as it is, anything else as JSON, nothing as an empty text. */
const words = z
  .unknown()
  .optional()
  .transform((value) => {
    if (typeof value === 'string') return value;
    return value === undefined || value === null ? '' : JSON.stringify(value);
  });

/** Older builds list result objects, newer ones plain addresses. */
const resultAddress = z.union([z.string(), z.looseObject({ url: z.string() }).transform(({ url }) => url)]);

export const statusSchema = z.object({
  status: z.string(),
  results: z.array(resultAddress).nullish().catch(null),
  /** Unix seconds. */
  completed_at: z.number().nullish().catch(null),
  error_code: z.coerce.number().nullish().catch(null),
  error: words,
  error_detail: words,
});

export const tasksSchema = z.object({
  tasks: z.array(
    z.object({
      task_id: z.string(),
      type: z.string(),
      status: z.string().catch(''),
      /** Cut to its first 50 characters, sometimes with dots behind. */
      prompt: z.string().catch(''),
      /** Unix seconds. */
      created_at: z.coerce.number(),
    }),
  ),
});

export const errorSchema = z.object({
  error: z.string().nullish(),
  error_code: z.number().nullish(),
  code: z.unknown().optional(),
});

/** The value of a JSON text that fits the schema, else null. */
export function parseBody<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
