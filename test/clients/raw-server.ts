/** A loopback server that answers with raw bytes, so that tests can break HTTP on purpose. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** Everything that clients sent, one entry per connection. */
  readonly received: string[];
  close(): Promise<void>;
}

/** `onRequest` is called once per request, when its head and its whole body (by content-length) are in. */
export async function rawServer(
  onRequest: (socket: Socket, request: string) => void,
  onConnect: (socket: Socket) => void = () => undefined,
): Promise<RawServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const index = received.push('') - 1;
    let pending = '';
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnect(socket);
    socket.on('data', (data) => {
      received[index] += data.toString('latin1');
      pending += data.toString('latin1');
      for (let end = requestEnd(pending); end >= 0; end = requestEnd(pending)) {
        onRequest(socket, pending.slice(0, end));
        pending = pending.slice(end);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export function response(status: number, body: string, headers: Record<string, string> = {}): string {
  const all = { 'Content-Length': String(Buffer.byteLength(body)), 'Content-Type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n${body}`;
}

function requestEnd(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return -1;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : -1;
}
