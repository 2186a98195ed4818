/**
 * A stand-in for G-Labs that speaks its HTTP contract, draws its results and keeps a bill of what it was made to
 * generate. For demos, rehearsals, tests and benchmarks; it costs nothing and reaches nothing outside this machine.
 */
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import path from 'node:path';
import { errorAnswer } from './answers';
import type { BillSummary } from './bill';
import { Door } from './door';
import { exchange } from './exchange';
import type { ActiveFault } from './fault-book';
import type { Strike } from './fault-log';
import type { PlanInput } from './fault-plan';
import { planSchema } from './fault-plan';
import type { FaultInput } from './faults';
import { setFault } from './trouble';
import type { Tunnel } from './tunnel';
import { openTunnel } from './tunnel';
import { World } from './world';

export interface SimulatorOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly host?: string;
  /** What `X-API-Key` must say; null or absent: nothing is asked. */
  readonly key?: string | null;
  /** How long a picture takes, milliseconds. */
  readonly imageMs?: number;
  readonly videoMs?: number;
  /** Folder of `files/`, `bill.jsonl` and `faults.jsonl`; what is there already is kept. */
  readonly dir: string;
  /** Chooses task ids and colours. */
  readonly seed?: number;
  /** How many generations run at once (the real one: about 5 per account); absent: no bound. */
  readonly parallel?: number;
  /** Origin written into result URLs instead of the own bind address. */
  readonly advertise?: string;
  /** Dots behind prompts cut in the listing; both were seen in the wild. */
  readonly promptDots?: boolean;
  /** Tiny one-colour results that cost no time, for benchmarks. */
  readonly plain?: boolean;
  /** Tasks are known again after the death of the process; the real program forgets them. */
  readonly remember?: boolean;
  /** A proxy in front, as a tunnel is; it dies and comes back on demand. */
  readonly tunnel?: boolean;
  /** A seeded plan of faults, from the first request on. */
  readonly plan?: PlanInput | null;
  readonly log?: (line: string) => void;
}

/** Faults from inside the process; the same as over `/_control/faults`. */
export interface FaultControl {
  /** Gives the fault's id, 0 for one that acted at once; throws a ZodError for what is no fault. */
  add(fault: FaultInput): number;
  list(): readonly ActiveFault[];
  /** Takes back what was added; a plan goes on. */
  clear(): void;
  /** Starts a seeded plan, or ends the one that runs; throws a ZodError for what is no plan. */
  plan(plan: PlanInput | null): void;
  /** The newest faults that struck, oldest first; `faults.jsonl` has them all. */
  struck(): readonly Strike[];
}

export interface Simulator {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  readonly faults: FaultControl;
  /** Null unless it was asked for. */
  readonly tunnel: Tunnel | null;
  bill(): BillSummary;
  /** Stops at once, open requests included; resolves when the folder is at rest. */
  close(): Promise<void>;
  /** As a kill: connections cut, the port closed, nothing finished; the folder may be opened by another simulator. */
  dropEverything(): Promise<void>;
}

/** Starts a simulator; rejects with the system's error when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const plan = options.plan ? planSchema.parse(options.plan) : null;
  const server = createServer();
  const host = options.host ?? '127.0.0.1';
  const door = new Door(server, host);
  const world = await World.open(
    {
      key: options.key ?? null,
      latencyMs: { image: options.imageMs ?? 2500, video: options.videoMs ?? 8000 },
      dir: path.resolve(options.dir),
      seed: options.seed ?? 1,
      parallel: options.parallel ?? Infinity,
      advertise: options.advertise?.replace(/\/+$/, '') ?? null,
      promptDots: options.promptDots ?? false,
      plain: options.plain ?? false,
      remember: options.remember ?? false,
      log: options.log ?? (() => undefined),
    },
    door,
  );
  world.faults.setPlan(plan);
  serve(server, world);
  try {
    await door.open(options.port ?? 0);
    if (options.tunnel) world.tunnel = await openTunnel(door.origin);
  } catch (error) {
    await world.close();
    throw error;
  }
  return present(world, door);
}

function present(world: World, door: Door): Simulator {
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => {
    door.shut();
    world.tunnel?.die();
    ended ??= world.close();
    return ended;
  };
  return {
    url: door.origin,
    port: door.port,
    faults: {
      add: (fault) => setFault(world, fault),
      list: () => world.faults.list(),
      clear: () => {
        world.faults.clear();
        world.door.welcome();
      },
      plan: (plan) => world.faults.setPlan(plan === null ? null : planSchema.parse(plan)),
      struck: () => world.faults.struck(),
    },
    tunnel: world.tunnel,
    bill: () => world.bill.summary(),
    close: end,
    dropEverything: end,
  };
}

function serve(server: Server, world: World): void {
  server.on('request', (request, response) => {
    exchange(world, request, response).catch((error: unknown) => {
      world.options.log(`request failed: ${String(error)}`);
      // Usually the client went away in the middle of its body: there is nobody to answer.
      request.socket.destroy();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable) return;
    const text = error.code === 'HPE_INVALID_CONTENT_LENGTH' ? 'Invalid Content-Length' : 'Bad request';
    const { body } = errorAnswer(400, text);
    const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    socket.end(`${head}Connection: close\r\n\r\n${body.toString()}`);
  });
}
