import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkUrls, fetchReference } from '../../src/clients/references';

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let seen: string[];
beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('fetching', () => {
  test('bytes, hash and type are told, redirects followed', async () => {
    answer = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else response.writeHead(200, { 'content-type': 'image/png' }).end('bytes');
    };
    expect(await fetchReference(`${url}/a`)).toEqual({
      bytes: Buffer.from('bytes'),
      sha256: createHash('sha256').update('bytes').digest('hex'),
      contentType: 'image/png',
    });
  });

  test('a redirect without end is given up', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/again' }).end();
    await expect(fetchReference(`${url}/a`)).rejects.toThrow();
    expect(seen.length).toBeLessThanOrEqual(4);
  });

  test('a redirect away from http is refused', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await expect(fetchReference(`${url}/a`)).rejects.toThrow();
  });

  test('what is too large is refused, told or not', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(2_000));
    await expect(fetchReference(`${url}/a`, { maxBytes: 1_000 })).rejects.toThrow(/larger than 1000 bytes/);
    answer = (_request, response) => {
      response.write(Buffer.alloc(900));
      response.end(Buffer.alloc(900));
    };
    await expect(fetchReference(`${url}/a`, { maxBytes: 1_000 })).rejects.toThrow(/larger than 1000 bytes/);
  });

  test('a server that hangs is given up', async () => {
    answer = () => undefined;
    await expect(fetchReference(`${url}/a`, { timeoutMs: 50 })).rejects.toThrow();
  });

  test.each(['ftp://x/y', 'data:image/png;base64,AA', 'file:///x', 'nonsense', ''])(
    '%j is no address',
    async (address) => {
      await expect(fetchReference(address)).rejects.toThrow('not an http(s) address');
    },
  );

  test('a refusal is said with its status', async () => {
    answer = (_request, response) => response.writeHead(403).end();
    await expect(fetchReference(`${url}/a`)).rejects.toThrow('HTTP 403');
  });

  test('a host that is moody is asked again, one that refuses is not', async () => {
    answer = (_request, response) => response.writeHead(seen.length < 3 ? 503 : 200).end('bytes');
    expect((await fetchReference(`${url}/a`, { pausesMs: [1, 1] })).bytes.toString()).toBe('bytes');
    seen = [];
    answer = (_request, response) => response.writeHead(404).end();
    await expect(fetchReference(`${url}/a`, { pausesMs: [1, 1] })).rejects.toThrow('HTTP 404');
    expect(seen).toHaveLength(1);
  });
});

describe('checking links', () => {
  test('connections are used again, whatever the number of links', async () => {
    let connections = 0;
    server.on('connection', () => connections++);
    answer = (_request, response) => response.writeHead(200, { 'content-length': 1_000 }).end();
    const urls = Array.from({ length: 60 }, (_, i) => `${url}/${i}.png`);
    const states = await checkUrls(urls, { concurrency: 4 });
    expect([[...states.values()].every((state) => state === 'alive'), seen.length]).toEqual([true, 60]);
    // One more per lane, where the next link is asked before the last connection is free again.
    expect(connections).toBeLessThanOrEqual(8);
  });

  const check = async (...paths: string[]): Promise<Record<string, string>> => {
    const states = await checkUrls(
      paths.map((path) => url + path),
      { concurrency: 4 },
    );
    return Object.fromEntries([...states].map(([link, state]) => [link.slice(url.length), state]));
  };

  test('only 404 and 410 are dead, other trouble proves nothing', async () => {
    answer = (request, response) => response.writeHead(Number(request.url?.slice(1))).end();
    expect(await check('/200', '/404', '/410', '/403', '/500', '/522')).toEqual({
      '/200': 'alive',
      '/404': 'dead',
      '/410': 'dead',
      '/403': 'unsure',
      '/500': 'unsure',
      '/522': 'unsure',
    });
  });

  test('a server that knows no HEAD is asked for one byte', async () => {
    answer = (request, response) => {
      if (request.method === 'HEAD') response.writeHead(request.url === '/a' ? 405 : 501).end();
      else response.writeHead(request.headers.range === 'bytes=0-0' ? 206 : 500).end('x');
    };
    expect(await check('/a', '/b')).toEqual({ '/a': 'alive', '/b': 'alive' });
  });

  test('a redirect to something that is gone is dead', async () => {
    answer = (request, response) => {
      if (request.url === '/a') response.writeHead(301, { location: '/b' }).end();
      else response.writeHead(404).end();
    };
    expect(await check('/a')).toEqual({ '/a': 'dead' });
  });

  test('each link is asked once, and a server that is away says nothing about its links', async () => {
    answer = (_request, response) => response.end();
    expect(await check('/a', '/a', '/b')).toEqual({ '/a': 'alive', '/b': 'alive' });
    expect(seen.sort()).toEqual(['HEAD /a', 'HEAD /b']);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await check('/a')).toEqual({ '/a': 'unsure' });
  });

  test('an abort ends the whole check', async () => {
    const abort = new AbortController();
    answer = () => abort.abort(new Error('stop'));
    await expect(checkUrls([`${url}/a`], { concurrency: 1, signal: abort.signal })).rejects.toThrow('stop');
  });
});
