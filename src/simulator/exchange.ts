/** One HTTP exchange: read, let faults strike, answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers';
import { CORS, errorAnswer } from './answers';
import type { Job } from './contract';
import { MAX_BODY_BYTES, readJob } from './contract';
import { answerControl, isControl } from './control';
import type { Call } from './routes';
import { answerCall, describeCall, findCall } from './routes';
import { meetFault } from './trouble';
import type { World } from './world';

/** Handles one request from its first byte to its last. */
export async function exchange(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = '/'] = (request.url ?? '/').split('?');
  if (isControl(pathname)) {
    const body = await readBody(request);
    const text = typeof body === 'string' ? body : '';
    const { answer, afterwards } = await answerControl(world, request, pathname, text);
    return send(world, request, response, answer, { afterwards });
  }
  if (request.method === 'OPTIONS') {
    return send(world, request, response, { status: 204, headers: {}, body: Buffer.alloc(0) }, { headers: CORS });
  }
  const call = findCall(request.method ?? 'GET', pathname);
  if (call === null) {
    request.resume();
    return send(world, request, response, errorAnswer(404, 'Not found'), { headers: CORS });
  }
  await answerKnown(world, call, request, response);
}

async function answerKnown(
  world: World,
  call: Call,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  world.requests.note(call.route, call.argument, new Date());
  const { job, refusal } = await readRequest(world, call, request);
  const encounter = world.faults.meet(describeCall(world, call, job));
  let verdict = await meetFault(world, encounter.take('before'), { job, answer: null });
  if (verdict === null) {
    const answer = refusal ?? (await answerCall({ world, call, job, encounter }));
    // What was never accepted can't be lost on its way back: such a fault waits for a request that was.
    const counts = call.route !== 'submit' || answer.status === 202;
    verdict = (counts ? await meetFault(world, encounter.take('after'), { job, answer }) : null) ?? answer;
  }
  if (verdict === 'silence') return;
  if (verdict === 'drop') {
    request.socket.destroy();
    return;
  }
  send(world, request, response, verdict, { headers: CORS });
}

/** The body of a submit as a job, or the reason why the request is refused, in the order of the real server. */
async function readRequest(
  world: World,
  call: Call,
  request: IncomingMessage,
): Promise<{ readonly job: Job | null; readonly refusal: Answer | null }> {
  const { key } = world.options;
  if (call.needsKey && key !== null && request.headers['x-api-key'] !== key) {
    request.resume();
    return { job: null, refusal: errorAnswer(401, 'Invalid or missing API key') };
  }
  if (call.route !== 'submit' || call.type === null) {
    request.resume();
    return { job: null, refusal: null };
  }
  const body = await readBody(request);
  return typeof body === 'string' ? { job: readJob(call.type, body), refusal: null } : { job: null, refusal: body };
}

/** Reads a body as text. The real server goes by Content-Length alone: without one there is no body. */
async function readBody(request: IncomingMessage): Promise<string | Answer> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > MAX_BODY_BYTES) {
    request.resume();
    return errorAnswer(413, `Payload too large (max ${MAX_BODY_BYTES} bytes)`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return length === 0 ? errorAnswer(400, 'Empty body') : Buffer.concat(chunks).toString('utf8');
}

interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly afterwards?: (() => void) | undefined;
}

function send(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  { headers = {}, afterwards }: SendOptions,
): void {
  response.writeHead(answer.status, {
    date: new Date(world.nowMs()).toUTCString(),
    ...(answer.status === 204 ? {} : { 'content-length': String(answer.body.length) }),
    ...headers,
    ...answer.headers,
  });
  if (answer.cutAfter !== undefined) {
    response.write(answer.body.subarray(0, answer.cutAfter), () => request.socket.destroy());
    return;
  }
  response.end(answer.body, afterwards);
}
