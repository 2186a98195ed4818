/** What G-Labs answers, as far as we read it. Unknown fields are let through; missing ones get a safe default. */
import { z } from 'zod';

export type KindOfTask = 'image' | 'video';

export interface ListedTask {
  readonly taskId: string;
  readonly type: string;
  /** Cut to its first 50 characters. */
  readonly prompt: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

export const healthSchema = z.object({
  uptime: z.number().nonnegative().optional().catch(undefined),
  tasks_pending: z.number().optional().catch(undefined),
  tasks_running: z.number().optional().catch(undefined),
});

export const acceptedSchema = z.object({ task_id: z.string().min(1) });

const words = z
  .unknown()
  .transform((value) =>
    typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value),
  );

/** Older builds list result objects, newer ones plain addresses. */
const resultAddress = z.union([z.string(), z.looseObject({ url: z.string() }).transform(({ url }) => url)]);

export const statusSchema = z.union([
  z.object({ status: z.enum(['pending', 'running']) }),
  z.object({ status: z.literal('completed'), results: z.array(resultAddress).catch([]) }),
  z.object({
    status: z.literal('failed'),
    error_code: z.coerce.number().nullable().catch(null),
    error: words,
    error_detail: words,
  }),
]);

export const tasksSchema = z.object({
  tasks: z.array(
    z
      .object({ task_id: z.string(), type: z.string(), prompt: z.string().catch(''), created_at: z.coerce.number() })
      .transform((task): ListedTask => ({
        taskId: task.task_id,
        type: task.type,
        prompt: task.prompt,
        createdAt: task.created_at,
      })),
  ),
});
