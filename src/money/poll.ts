/** Waiting for a task that is out at the backend. */
import { BackendError } from '../clients/backend-error';
import { FlowError } from '../flow/errors';
import type { Generation } from '../flow/receipt';
import type { Asked, NodeWork, TaskState } from './ports';

const POLL_MS = { least: 20, most: 3_000 };
/** Blips shorter than this are waited out in place; longer ones go to the gate. */
export const BLIP_MS = 5_000;
/** Pause before the next look after one that told nothing, or that is not believed yet. */
const DOUBT_MS = 500;
/** The backend's own watchdog fails stuck tasks; past this we stop waiting, and keep the task's id. */
const PATIENCE_MS = { image: 20 * 60_000, video: 45 * 60_000 } as const;

/** What a task can end as, for all that is known. */
export type Ended = Extract<
  TaskState,
  { readonly state: 'completed' } | { readonly state: 'failed' } | { readonly state: 'gone' }
>;

/**
 * Pause before the next look, given how long the task has been out: a fortieth of its age, so that waiting adds two
 * percent at most whether a generation takes two seconds or ten minutes, within what the backend's docs ask for.
 */
export function pollPause(ageMs: number): number {
  return Math.min(POLL_MS.most, Math.max(POLL_MS.least, ageMs / 40));
}

/** Whether the next call may go well. What is told to come back later than a blip lasts is given back until then. */
export function isBlip(error: unknown): error is BackendError {
  if (!(error instanceof BackendError) || error.status === 401 || error.status === 403) return false;
  return (error.retryAfterMs ?? 0) <= BLIP_MS;
}

function isEnded(status: TaskState): status is Ended {
  return status.state !== 'pending' && status.state !== 'running';
}

/** Polls one task until it ends. Throws BackendError when the backend stays away, `Generation.Timeout` when it takes too long. */
export async function awaitTask(
  { ports, signal, generator }: NodeWork,
  entry: Generation,
  backend: Asked = ports.backend,
): Promise<Ended> {
  const submitted = Date.parse(entry.submittedAt as string);
  const patience = Math.max(PATIENCE_MS[generator.kind], 2 * (generator.timeoutMs ?? 0));
  let awaySince: number | null = null;
  let told = 0;
  // Time waited, not time passed: a clock that was set makes no task late.
  let waited = 0;
  // Believing "not found" costs a generation: only what is said again after a good health answer counts.
  let denied = false;
  for (;;) {
    try {
      const status = await backend.status(entry.taskId as string, signal);
      if (isEnded(status) && (denied || status.state !== 'gone')) return status;
      denied = status.state === 'gone';
      if (denied) await backend.health(signal);
      awaySince = null;
      told = 0;
    } catch (error) {
      denied = false;
      if (!isBlip(error)) throw error;
      told = error.retryAfterMs ?? 0;
      awaySince ??= ports.clock.monotonic();
      if (ports.clock.monotonic() - awaySince > BLIP_MS) throw error;
    }
    if (waited > patience) {
      throw new FlowError(
        'Generation.Timeout',
        `${generator.title}: G-Labs did not finish task ${entry.taskId} within ${Math.round(patience / 60_000)} minutes. It is kept and asked for again by the next run.`,
        1,
      );
    }
    const age = Math.max(waited, ports.clock.now() - submitted);
    const pause = awaySince === null && !denied ? pollPause(age) : Math.max(DOUBT_MS, told);
    await ports.clock.pause(pause, signal);
    waited += pause;
  }
}
