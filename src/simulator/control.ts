/** The control routes under `/_control`: for tests and rehearsals on this machine, never through a tunnel. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Answer } from './answers';
import { errorAnswer, jsonAnswer } from './answers';
import { actsAtOnce, faultSchema } from './faults';
import { setFault } from './trouble';
import type { World } from './world';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
/** A tunnel's agent connects from this machine too; these headers give it away. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'cf-connecting-ip', 'cf-ray'];
const faultsSchema = z.union([faultSchema, z.array(faultSchema)]);

export function isControl(pathname: string): boolean {
  return pathname === '/_control' || pathname.startsWith('/_control/');
}

/** Answers a control request; `afterwards` runs when the answer is out, since it may cut the very connection. */
export function answerControl(
  world: World,
  request: IncomingMessage,
  pathname: string,
  text: string,
): { readonly answer: Answer; readonly afterwards?: () => void } {
  if (!isLocal(request)) return { answer: errorAnswer(403, 'Control routes answer on this machine only') };
  const route = `${request.method ?? ''} ${pathname.replace(/\/+$/, '')}`;
  switch (route) {
    case 'GET /_control/bill':
      return { answer: jsonAnswer(200, world.bill.summary()) };
    case 'GET /_control/requests':
      return { answer: jsonAnswer(200, world.requests.summary()) };
    case 'GET /_control/faults':
      return { answer: jsonAnswer(200, { faults: world.faults.list(performance.now()) }) };
    case 'DELETE /_control/faults':
      world.faults.clear();
      return { answer: jsonAnswer(200, { faults: [] }) };
    case 'POST /_control/faults':
      return addFaults(world, text);
    default:
      return { answer: errorAnswer(404, 'Not found') };
  }
}

function addFaults(world: World, text: string): { readonly answer: Answer; readonly afterwards?: () => void } {
  const parsed = faultsSchema.safeParse(parseJson(text));
  if (!parsed.success) return { answer: errorAnswer(400, z.prettifyError(parsed.error)) };
  const faults = [parsed.data].flat();
  const standing = faults.filter((fault) => !actsAtOnce(fault)).map((fault) => setFault(world, fault));
  const atOnce = faults.filter(actsAtOnce);
  return {
    answer: jsonAnswer(201, { ids: standing, at_once: atOnce.map((fault) => fault.kind) }),
    afterwards: () => atOnce.forEach((fault) => setFault(world, fault)),
  };
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
