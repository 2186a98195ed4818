/** A server that stands between a client and a real one, and does what a test tells it to at a chosen request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface Passing {
  readonly method: string;
  /** With its query, as it stood in the request. */
  readonly path: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Rules {
  /** Before a request goes on: it waits for this, and is answered so, or cut, instead of going on at all. */
  readonly before?: (request: Passing) => Promise<Said | 'cut' | undefined> | Said | 'cut' | undefined;
  /** When the real server has done its work, and the client does not know yet: it waits; nor will it know, when the answer is cut. */
  readonly after?: (request: Passing, status: number) => Promise<'cut' | undefined> | 'cut' | undefined;
}

export interface Between {
  readonly url: string;
  /** In the order in which they came; may be emptied. */
  readonly seen: Passing[];
  obey(rules: Rules): void;
  /** Nobody listens any more, and open connections are cut. */
  down(): Promise<void>;
  /** Listens again, under the same address. */
  up(): Promise<void>;
  close(): Promise<void>;
}

/** `target` is an origin. The client's `Host` is passed on as it is, for it is a part of what signed requests sign. */
export async function standBetween(target: string): Promise<Between> {
  const seen: Passing[] = [];
  let rules: Rules = {};
  const server = createServer((incoming, response) => {
    void passOn(incoming, response).catch(() => response.destroy());
  });
  const passOn = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const passing = { method: incoming.method ?? '', path: incoming.url ?? '' };
    seen.push(passing);
    const body = await bodyOf(incoming);
    const instead = await rules.before?.(passing);
    if (instead === 'cut') return void response.destroy();
    if (instead) return void response.writeHead(instead.status, instead.headers).end(instead.body);
    const answer = await forward(target, incoming, body);
    const whole = await bodyOf(answer);
    const end = await rules.after?.(passing, answer.statusCode ?? 0);
    if (end === 'cut') return void response.destroy();
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(whole);
  };
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const down = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    obey: (wanted) => (rules = wanted),
    down,
    up: async () => void (await listen(port)),
    close: async () => {
      if (server.listening) await down();
    },
  };
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(target);
  const outgoing = ask({ hostname, port, method, path: url, headers, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
