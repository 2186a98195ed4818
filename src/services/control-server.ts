/** The supervisor's HTTP endpoint: loopback only, and deaf without the token. */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ensureSchema } from './requests';
import type { Supervisor } from './supervisor';

const MOST_BODY_BYTES = 1_000_000;

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) {
    text += part as string;
    if (text.length > MOST_BODY_BYTES) throw new Error('the body is too long');
  }
  return JSON.parse(text) as unknown;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
}

/** Listens on a free port; `onStopped` is called once the answer to a stop is on its way. */
export async function openControlServer(
  supervisor: Supervisor,
  token: string,
  onStopped: () => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isAllowed(request, token)) return answer(response, 401, { error: 'token missing or wrong' });
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /status') return answer(response, 200, supervisor.status());
    if (route === 'POST /ensure') {
      const parsed = ensureSchema.safeParse(await readBody(request));
      if (!parsed.success) return answer(response, 400, { error: parsed.error.message });
      return answer(response, 200, await supervisor.ensure(parsed.data));
    }
    if (route !== 'POST /stop') return answer(response, 404, { error: `no such route: ${route}` });
    const stopped = await supervisor.stop();
    response.once('close', onStopped);
    answer(response, 200, { stopped });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, { error: (error as Error).message }));
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}
