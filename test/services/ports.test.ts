import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { homeFolders } from '../../src/services/home';
import type { PortName } from '../../src/services/ports';
import { GRPC_OFFSET, isFreePort, PORT_SPECS, readPorts, settlePorts, writePorts } from '../../src/services/ports';

const NAMES = Object.keys(PORT_SPECS) as PortName[];

describe('settling ports', () => {
  test('the usual ports are taken when they are free, and nothing is said', async () => {
    const { ports, moved } = await settlePorts(NAMES, {}, () => Promise.resolve(true));
    expect(ports).toEqual(Object.fromEntries(NAMES.map((name) => [name, PORT_SPECS[name].usual])));
    expect(moved).toEqual([]);
  });

  test('a remembered port wins over the usual one', async () => {
    const { ports, moved } = await settlePorts(['temporal'], { temporal: 17_233 }, () => Promise.resolve(true));
    expect(ports).toEqual({ temporal: 17_233 });
    expect(moved).toEqual([]);
  });

  test('a taken port is given up for another one, in words', async () => {
    const { ports, moved } = await settlePorts(['temporal', 'ui'], {}, (port) => Promise.resolve(port !== 7233));
    expect(ports).toEqual({ temporal: 7333, ui: 8233 });
    expect(moved).toEqual(['Port 7233 is taken: Temporal listens on 7333.']);
  });

  test('a port of the store counts as taken when its gRPC twin is', async () => {
    const { ports } = await settlePorts(['s3'], {}, (port) => Promise.resolve(port !== 8333 + GRPC_OFFSET));
    expect(ports['s3']).toBe(8433);
  });

  test('whatever is taken, no port is given twice and none is taken', async () => {
    const usual = NAMES.map((name) => PORT_SPECS[name].usual);
    const anyPort = fc.oneof(
      fc.constantFrom(...usual, ...usual.map((port) => port + GRPC_OFFSET)),
      fc.integer({ min: 7000, max: 9999 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPort, { maxLength: 30 }),
        fc.dictionary(fc.constantFrom(...NAMES), anyPort),
        async (taken, old) => {
          const { ports } = await settlePorts(NAMES, old, (port) => Promise.resolve(!taken.includes(port)));
          const all = NAMES.flatMap((name) => {
            const port = ports[name] ?? 0;
            return PORT_SPECS[name].paired ? [port, port + GRPC_OFFSET] : [port];
          });
          expect(new Set(all).size).toBe(all.length);
          expect(all.filter((port) => taken.includes(port))).toEqual([]);
        },
      ),
    );
  });

  test('a listening port is not free, and free again afterwards', async () => {
    const server = createServer().listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await isFreePort(port)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await isFreePort(port)).toBe(true);
  });
});

describe('remembered ports', () => {
  test('are read as they were written; a damaged file counts as none', async () => {
    const root = mkdtempSync(join(tmpdir(), 'nbflow-ports-'));
    const home = homeFolders({ NBFLOW_HOME: root });
    expect(await readPorts(home)).toEqual({});
    await writePorts(home, { temporal: 7233, s3: 8433 });
    expect(await readPorts(home)).toEqual({ temporal: 7233, s3: 8433 });
    writeFileSync(join(home.data, 'ports.json'), '{"temporal": "7233"}');
    expect(await readPorts(home)).toEqual({});
    rmSync(root, { recursive: true });
  });
});
