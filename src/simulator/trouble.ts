/** What faults do to a request and to the whole server. */
import { setTimeout as delay } from 'node:timers/promises';
import { STATUS_CODES } from 'node:http';
import type { Answer } from './answers';
import { cloudflareAnswer, errorAnswer } from './answers';
import type { Fault, FaultInput } from './faults';
import { actsAtOnce, faultSchema } from './faults';
import type { Job } from './contract';
import { foreignJobs } from './foreign';
import type { World } from './world';

/** How long the port stays closed when a fault does not say. */
const REFUSE_MS = 1000;

/** `drop`: cut the connection; `silence`: keep it and never answer; null: go on as if nothing were. */
export type Verdict = Answer | 'drop' | 'silence' | null;

/** What a request had come to when the fault struck: its body was read, or its answer is ready. */
export interface Progress {
  readonly job: Job | null;
  readonly answer: Answer | null;
}

/** Sets a fault, or carries it out where it acts at once (then the id is 0). Throws a ZodError for anything else. */
export function setFault(world: World, input: FaultInput): number {
  const fault = faultSchema.parse(input);
  if (!actsAtOnce(fault)) return world.faults.add(fault);
  void strikeAtOnce(world, fault).catch((error: unknown) => world.options.log(`a fault failed: ${String(error)}`));
  return 0;
}

/** Carries out a fault that waits for no request; resolves when its effect can be seen. */
export async function strikeAtOnce(world: World, fault: Fault): Promise<void> {
  world.faults.noteAtOnce(fault);
  if (fault.kind === 'foreign') await world.invite(foreignJobs(fault, null));
  else disturbServer(world, fault);
}

/** The faults that are about the server, not about one request. */
function disturbServer(world: World, fault: Fault): void {
  switch (fault.kind) {
    case 'clock':
      return world.setClock(fault.offsetMs);
    case 'forget':
      world.forget();
      if (fault.restart) world.resetUptime();
      return;
    case 'restart':
      if (fault.forgets) world.forget();
      if (fault.resetsUptime) world.resetUptime();
      return world.door.refuse(fault.forMs ?? REFUSE_MS);
    case 'refuse':
      return world.door.refuse(fault.forMs ?? REFUSE_MS);
  }
}

/** Carries a fault out on one request, before or after its work was done. */
export async function meetFault(world: World, fault: Fault | null, { job, answer }: Progress): Promise<Verdict> {
  switch (fault?.kind) {
    case undefined:
      return null;
    case 'status': {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return errorAnswer(fault.status, fault.message ?? STATUS_CODES[fault.status] ?? 'Error', headers);
    }
    case 'cloudflare':
      return cloudflareAnswer(fault.status);
    case 'accept-then-status':
      // The backend itself answers 500 in JSON; every other one of these comes from the tunnel in front.
      return fault.status === 500 ? errorAnswer(500, 'Internal server error') : cloudflareAnswer(fault.status);
    case 'drop':
    case 'drop-after-accept':
      return answer === null ? 'drop' : cutAnswer(answer, fault.answer);
    case 'hang':
      if (fault.cutAfterMs === undefined) return 'silence';
      await wait(fault.cutAfterMs);
      return 'drop';
    case 'slow':
      await wait(fault.delayMs);
      return null;
    case 'foreign':
      // In our place: ours never arrives.
      await world.invite(foreignJobs(fault, job));
      return 'drop';
    case 'refuse':
    case 'restart':
      disturbServer(world, fault);
      return 'drop';
    default:
      disturbServer(world, fault as Fault);
      return null;
  }
}

function cutAnswer(answer: Answer, getsOut: 'none' | 'half' | 'whole'): Verdict {
  if (getsOut === 'none') return 'drop';
  return { ...answer, cutAfter: getsOut === 'whole' ? answer.body.length : Math.ceil(answer.body.length / 2) };
}

/** Without holding up the end of the process. */
function wait(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
