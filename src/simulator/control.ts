/** The control routes under `/_control`: for tests and rehearsals on this machine, never through a tunnel. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Answer } from './answers';
import { errorAnswer, jsonAnswer } from './answers';
import { planSchema } from './fault-plan';
import { actsAtOnce, faultSchema } from './faults';
import { setFault, strikeAtOnce } from './trouble';
import { answerTunnelControl } from './tunnel';
import type { World } from './world';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
/** A tunnel's agent connects from this machine too; these headers give it away. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'cf-connecting-ip', 'cf-ray'];
const faultsSchema = z.union([faultSchema, z.array(faultSchema)]);

/** `afterwards` runs when the answer is out, since it may cut the very connection. */
interface ControlAnswer {
  readonly answer: Answer;
  readonly afterwards?: () => void;
}

export function isControl(pathname: string): boolean {
  return pathname === '/_control' || pathname.startsWith('/_control/');
}

/** Answers a control request. */
export async function answerControl(
  world: World,
  request: IncomingMessage,
  pathname: string,
  text: string,
): Promise<ControlAnswer> {
  if (!isLocal(request)) return { answer: errorAnswer(403, 'Control routes answer on this machine only') };
  const route = `${request.method ?? ''} ${pathname.replace(/\/+$/, '')}`;
  switch (route) {
    case 'GET /_control/bill':
      return { answer: jsonAnswer(200, world.bill.summary()) };
    case 'GET /_control/requests':
      return { answer: jsonAnswer(200, world.requests.summary()) };
    case 'GET /_control/load':
      return { answer: jsonAnswer(200, world.tasks.load.summary()) };
    case 'GET /_control/faults': {
      const { faults } = world;
      return { answer: jsonAnswer(200, { faults: faults.list(), plan: faults.plan, struck: faults.struck() }) };
    }
    case 'DELETE /_control/faults':
      world.faults.clear();
      return { answer: jsonAnswer(200, { faults: [] }) };
    case 'POST /_control/faults':
      return addFaults(world, text);
    case 'GET /_control/plan':
      return { answer: jsonAnswer(200, { plan: world.faults.plan }) };
    case 'POST /_control/plan':
      return { answer: startPlan(world, text) };
    case 'DELETE /_control/plan':
      world.faults.setPlan(null);
      return { answer: jsonAnswer(200, { plan: null }) };
    case 'GET /_control/tunnel':
    case 'POST /_control/tunnel':
      return { answer: await answerTunnelControl(world.tunnel, request.method ?? '', parseJson(text)) };
    default:
      return { answer: errorAnswer(404, 'Not found') };
  }
}

async function addFaults(world: World, text: string): Promise<ControlAnswer> {
  const parsed = faultsSchema.safeParse(parseJson(text));
  if (!parsed.success) return { answer: errorAnswer(400, z.prettifyError(parsed.error)) };
  const faults = [parsed.data].flat();
  const standing = faults.filter((fault) => !actsAtOnce(fault)).map((fault) => setFault(world, fault));
  const atOnce = faults.filter(actsAtOnce);
  // Other clients cut no connection, and their tasks are to be there when this is answered.
  for (const fault of atOnce) if (fault.kind === 'foreign') await strikeAtOnce(world, fault);
  const later = atOnce.filter((fault) => fault.kind !== 'foreign');
  return {
    answer: jsonAnswer(201, { ids: standing, at_once: atOnce.map((fault) => fault.kind) }),
    afterwards: () => later.forEach((fault) => setFault(world, fault)),
  };
}

function startPlan(world: World, text: string): Answer {
  const parsed = planSchema.safeParse(parseJson(text));
  if (!parsed.success) return errorAnswer(400, z.prettifyError(parsed.error));
  world.faults.setPlan(parsed.data);
  return jsonAnswer(201, { plan: world.faults.plan });
}

function isLocal(request: IncomingMessage): boolean {
  const forwarded = FORWARDED.some((name) => request.headers[name] !== undefined);
  return !forwarded && LOOPBACK.test(request.socket.remoteAddress ?? '') && LOCAL_HOST.test(request.headers.host ?? '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
