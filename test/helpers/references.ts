/** A loopback server of the fixtures' reference pictures, in place of `https://refs.example.test`. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join, normalize } from 'node:path';
import { REPOSITORY } from './machine';

export const FIXTURES = join(REPOSITORY, 'test', 'fixtures');
export const REFERENCE_ORIGIN = 'https://refs.example.test';

export interface ReferenceServer {
  readonly origin: string;
  close(): void;
}

export async function serveReferences(): Promise<ReferenceServer> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
    readFile(join(FIXTURES, 'refs', path)).then(
      (bytes) => response.writeHead(200, { 'content-type': 'image/png' }).end(request.method === 'HEAD' ? '' : bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
