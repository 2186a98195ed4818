/** How the attempt before this one ended: read off its last heartbeat, which tells who it was, and whether it ended itself. */
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { logInterruption } from '../files/interruption-log';
import type { ProjectLayout } from '../files/layout';
import { currentProcess, isSurelyDead } from '../files/process-identity';
import type { Interruption } from '../flow/interruption';

const beatSchema = z.object({
  beat: z.object({
    by: z.object({
      pid: z.number(),
      host: z.string(),
      bootId: z.string().nullable(),
      startedAt: z.string().nullable(),
    }),
    at: z.iso.datetime(),
    /** Null while the attempt is at work. */
    ended: z.enum(['failed', 'stopped']).nullable(),
  }),
});

/** What each heartbeat says beside the work's own details. */
export function beatOf(ended: 'failed' | 'stopped' | null): z.infer<typeof beatSchema>['beat'] {
  return { by: currentProcess(), at: new Date().toISOString(), ended };
}

/** Writes down, for the history, that the attempt before this one went away with its worker. */
export async function noteInterruption(
  { receiptsDir }: Pick<ProjectLayout, 'receiptsDir'>,
  place: Pick<Interruption, 'pass' | 'step' | 'node'>,
): Promise<void> {
  const { info } = Context.current();
  const parsed = info.attempt > 1 ? beatSchema.safeParse(info.heartbeatDetails) : null;
  if (!parsed?.success) return;
  const { by, at, ended } = parsed.data.beat;
  const how = endOf(by, ended);
  if (how === null) return;
  const worker = `${by.host} ${by.pid} ${by.startedAt ?? by.bootId ?? ''}`;
  await logInterruption(receiptsDir, { ...place, worker, how, since: at, resumed: new Date().toISOString() });
}

type Beat = z.infer<typeof beatSchema>['beat'];

/** Null: the attempt failed by itself, or its worker lives. Of another machine's worker only its silence can be known. */
function endOf(by: Beat['by'], ended: Beat['ended']): Interruption['how'] | null {
  if (ended === 'failed') return null;
  if (ended === 'stopped') return 'stopped';
  if (by.host !== currentProcess().host) return 'silent';
  return isSurelyDead(by) ? 'killed' : null;
}
