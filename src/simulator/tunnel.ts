/** A tunnel to rehearse with: a proxy on a port of its own that can die, come back elsewhere, or be forgotten by its edge. */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { z } from 'zod';
import type { Answer } from './answers';
import { errorAnswer, jsonAnswer } from './answers';

export interface Tunnel {
  /** `http://127.0.0.1:port`; null while it is dead. */
  url(): string | null;
  /** Cuts what is open and refuses what comes. */
  die(): void;
  /** Answers the address it has now: always another port than before. */
  comeBack(): Promise<string>;
  /** From now on the edge answers 530 in its stead, as Cloudflare does for a tunnel that it no longer knows. */
  beForgotten(): void;
}

const EDGE_HEADERS = { server: 'cloudflare', 'cf-ray': '8c0ffee0ddba11ab-SIM', 'content-type': 'text/html' };
/** Of one connection only; the proxy has its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

const orderSchema = z.object({ do: z.enum(['die', 'come-back', 'be-forgotten']) });

/** `GET` tells the address, `POST { "do": … }` does what it says first; for `/_control/tunnel`. */
export async function answerTunnelControl(tunnel: Tunnel | null, method: string, order: unknown): Promise<Answer> {
  if (!tunnel) return errorAnswer(404, 'There is no tunnel: start the simulator with --tunnel');
  if (method === 'POST') {
    const parsed = orderSchema.safeParse(order);
    if (!parsed.success) return errorAnswer(400, z.prettifyError(parsed.error));
    if (parsed.data.do === 'die') tunnel.die();
    else if (parsed.data.do === 'come-back') await tunnel.comeBack();
    else tunnel.beForgotten();
  }
  return jsonAnswer(200, { url: tunnel.url() });
}

/** Opens a tunnel to `target` (an http address on this machine) at a free port. */
export async function openTunnel(target: string): Promise<Tunnel> {
  let forgotten = false;
  const sockets = new Set<Socket>();
  const used = new Set<number>();
  let server: Server | null = null;
  const listen = async (): Promise<string> => {
    server = await listenElsewhere(used, (request, response) => {
      if (forgotten) answerAsEdge(response, 530, 'error code: 1033');
      else forward(target, request, response);
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    forgotten = false;
    return addressOf(server);
  };
  const die = (): void => {
    server?.close();
    server = null;
    for (const socket of sockets) socket.destroy();
  };
  await listen();
  return {
    url: () => (server ? addressOf(server) : null),
    die,
    comeBack: () => {
      die();
      return listen();
    },
    beForgotten: () => (forgotten = true),
  };
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The system may hand out a port again that was just given back; an old address must stay dead. */
async function listenElsewhere(
  used: Set<number>,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  for (;;) {
    const server = createServer(answer);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    if (!used.has(port)) {
      used.add(port);
      return server;
    }
    server.close();
  }
}

function forward(target: string, request: IncomingMessage, response: ServerResponse): void {
  const { hostname, port } = new URL(target);
  const headers = { ...withoutHops(request.headers), 'cf-ray': EDGE_HEADERS['cf-ray'], 'x-forwarded-for': '127.0.0.1' };
  const { method, url: path } = request;
  const onward = httpRequest({ hostname, port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    answer.once('error', () => response.destroy()).pipe(response);
  });
  onward.once('error', () => {
    if (response.headersSent) response.destroy();
    else answerAsEdge(response, 502, 'Unable to reach the origin service');
  });
  // Whoever went away is not worked for any longer.
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function answerAsEdge(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, EDGE_HEADERS).end(`<html><body><h1>${text}</h1></body></html>\n`);
}
