/** Which ports the embedded servers listen on: the remembered ones, else the usual ones, else others that are free. */
import { connect, createServer } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic';
import type { Home } from './home';

/** SeaweedFS dials gRPC at its HTTP port plus this, whatever its flags say. */
export const GRPC_OFFSET = 10_000;
const STEP = 100;
const MOST_TRIES = 200;

interface PortSpec {
  readonly usual: number;
  /** Also needs the port GRPC_OFFSET above. */
  readonly paired: boolean;
  readonly label: string;
}

export const PORT_SPECS = {
  temporal: { usual: 7233, paired: false, label: 'Temporal' },
  ui: { usual: 8233, paired: false, label: "Temporal's UI" },
  s3: { usual: 8333, paired: true, label: 'the object store' },
  master: { usual: 9333, paired: true, label: "the store's master" },
  filer: { usual: 8888, paired: true, label: "the store's filer" },
  volume: { usual: 9340, paired: true, label: "the store's volumes" },
  admin: { usual: 23_646, paired: true, label: "the store's maintenance" },
} as const satisfies Readonly<Record<string, PortSpec>>;

export type PortName = keyof typeof PORT_SPECS;
export type Ports = Partial<Record<PortName, number>>;

const port = z.int().min(1).max(65_535).optional();
const portsSchema = z.object({
  temporal: port,
  ui: port,
  s3: port,
  master: port,
  filer: port,
  volume: port,
  admin: port,
});

/** True when nothing listens on this loopback port. */
export async function isFreePort(candidate: number): Promise<boolean> {
  const bound = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port: candidate, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
  // Elsewhere than on Linux a port may be bound twice: on all addresses and on loopback.
  return bound && (process.platform === 'linux' || !(await answers(candidate)));
}

function answers(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: candidate, host: '127.0.0.1' });
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}

/** Remembered ports; they outlive restarts and reboots, because addresses of pictures are written into files. */
export async function readPorts(home: Home): Promise<Ports> {
  try {
    const parsed = portsSchema.safeParse(JSON.parse(await readFile(join(home.data, 'ports.json'), 'utf8')));
    return parsed.success ? withoutUndefined(parsed.data) : {};
  } catch {
    return {};
  }
}

function withoutUndefined(ports: z.infer<typeof portsSchema>): Ports {
  return Object.fromEntries(Object.entries(ports).filter(([, value]) => value !== undefined));
}

export async function writePorts(home: Home, ports: Ports): Promise<void> {
  await writeFileAtomic(join(home.data, 'ports.json'), `${JSON.stringify(ports, null, 2)}\n`);
}

/** Picks a free port for each name; `moved` says in words which are not where they were, or usually are. */
export async function settlePorts(
  names: readonly PortName[],
  remembered: Ports,
  isFree: (candidate: number) => Promise<boolean> = isFreePort,
): Promise<{ readonly ports: Ports; readonly moved: readonly string[] }> {
  const ports: Ports = {};
  const moved: string[] = [];
  const used = new Set<number>();
  for (const name of names) {
    const { usual, paired, label } = PORT_SPECS[name];
    const first = remembered[name] ?? usual;
    const free = async (candidate: number): Promise<boolean> => {
      const all = paired ? [candidate, candidate + GRPC_OFFSET] : [candidate];
      for (const one of all) if (one > 65_535 || used.has(one) || !(await isFree(one))) return false;
      all.forEach((one) => used.add(one));
      return true;
    };
    ports[name] = await pick(first, usual, free);
    if (ports[name] !== first) moved.push(`Port ${first} is taken: ${label} listens on ${ports[name]}.`);
  }
  return { ports, moved };
}

async function pick(first: number, usual: number, free: (candidate: number) => Promise<boolean>): Promise<number> {
  if (await free(first)) return first;
  for (let i = 0; i < MOST_TRIES; i++) {
    const candidate = usual + i * STEP;
    if (candidate !== first && (await free(candidate))) return candidate;
  }
  throw new Error(`no free port from ${usual} on, in steps of ${STEP}`);
}
