/** What faults do to a request and to the whole server. */
import { setTimeout as delay } from 'node:timers/promises';
import { STATUS_CODES } from 'node:http';
import type { Answer } from './answers';
import { cloudflareAnswer, errorAnswer } from './answers';
import type { Fault, FaultInput } from './faults';
import { actsAtOnce, faultSchema } from './faults';
import type { World } from './world';

/** How long the port stays closed when a fault does not say. */
const REFUSE_MS = 1000;

/** `drop`: cut the connection; `silence`: keep it and never answer; null: go on as if nothing were. */
export type Verdict = Answer | 'drop' | 'silence' | null;

/** Sets a fault, or carries it out where it acts at once (then the id is 0). Throws a ZodError for anything else. */
export function setFault(world: World, input: FaultInput): number {
  const fault = faultSchema.parse(input);
  if (!actsAtOnce(fault)) return world.faults.add(fault, performance.now());
  disturbServer(world, fault);
  return 0;
}

/** The faults that are about the server, not about one request. */
function disturbServer(world: World, fault: Fault): void {
  if (fault.kind === 'clock') world.setClock(fault.offsetMs);
  if (fault.kind === 'forget') world.forget(fault.restart ?? false);
  if (fault.kind === 'restart') world.forget(true);
  if (fault.kind === 'refuse' || fault.kind === 'restart') world.door.refuse(fault.forMs ?? REFUSE_MS);
}

/** Carries a fault out on one request, before or after its work was done. */
export async function meetFault(world: World, fault: Fault | null): Promise<Verdict> {
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
      return 'drop';
    case 'hang':
      return 'silence';
    case 'slow':
      await delay(fault.delayMs);
      return null;
    case 'refuse':
    case 'restart':
      disturbServer(world, fault);
      return 'drop';
    default:
      disturbServer(world, fault as Fault);
      return null;
  }
}
