/** The simulator as a program: what `nbflow simulate` and `process.ts` run. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { PlanInput } from './fault-plan';
import { FAULT_KINDS } from './faults';
import type { Simulator, SimulatorOptions } from './simulator';
import { startSimulator } from './simulator';

const count = (most: number): z.ZodType<number> => z.coerce.number().int().min(0).max(most);

const argumentsSchema = z.object({
  port: count(65_535).default(8765),
  host: z.string().min(1).default('127.0.0.1'),
  key: z.string().min(1).nullable().default(null),
  imageMs: count(3_600_000).optional(),
  videoMs: count(3_600_000).optional(),
  dir: z
    .string()
    .min(1)
    .default(() => path.join(tmpdir(), 'nbflow-simulator')),
  seed: count(Number.MAX_SAFE_INTEGER).optional(),
  parallel: z.coerce.number().int().min(1).optional(),
  advertise: z.url().optional(),
  promptDots: z.boolean().optional(),
  plain: z.boolean().optional(),
  remember: z.boolean().optional(),
  tunnel: z.boolean().optional(),
  faultsSeed: count(Number.MAX_SAFE_INTEGER).optional(),
  faultsRate: z.coerce.number().min(0).max(0.5).optional(),
  faultsKinds: z
    .string()
    .transform((text) => text.split(',').map((kind) => kind.trim()))
    .pipe(z.array(z.enum(FAULT_KINDS)).min(1))
    .optional(),
  verbose: z.boolean().default(false),
});

/** Flags as a command line gives them: numbers may still be text. */
export type SimulateArguments = z.input<typeof argumentsSchema> | Readonly<Record<string, unknown>>;

/** Where lines go and what ends the program; `stop` is an addition to SIGINT and SIGTERM. */
export interface SimulateIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly stop?: AbortSignal;
}

/** Wrong flags, or a port that can't be had: words for the person at the command line. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
}

const STANDARD_IO: SimulateIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/** Runs a simulator until it is told to stop; throws SimulatorError when it can't start. */
export async function runSimulator(args: SimulateArguments, io: SimulateIo = STANDARD_IO): Promise<void> {
  const parsed = argumentsSchema.safeParse(args);
  if (!parsed.success) throw new SimulatorError(z.prettifyError(parsed.error));
  const { verbose, faultsSeed, faultsRate, faultsKinds, ...settings } = parsed.data;
  const plan = planOf({ faultsSeed, faultsRate, faultsKinds });
  const simulator = await start({ ...definedOnly(settings), plan, log: (line) => verbose && io.err(line) });
  io.out(`G-Labs simulator: ${simulator.url}`);
  if (simulator.tunnel) io.out(`Tunnel in front of it: ${simulator.tunnel.url() ?? ''}`);
  await untilStopped(io.stop);
  await simulator.close();
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const message = `port ${options.port ?? 0} is taken, by another simulator or by G-Labs itself; choose another with --port`;
    throw new SimulatorError(message, { cause: error });
  }
}

type PlanFlags = Pick<z.output<typeof argumentsSchema>, 'faultsSeed' | 'faultsRate' | 'faultsKinds'>;
type Settings = Omit<z.output<typeof argumentsSchema>, 'verbose' | keyof PlanFlags>;

/** The seed is what asks for a plan; the other flags only shape it. */
function planOf({ faultsSeed: seed, faultsRate: rate, faultsKinds: kinds }: PlanFlags): PlanInput | null {
  if (seed === undefined) {
    if (rate === undefined && kinds === undefined) return null;
    throw new SimulatorError('planned faults need a seed: add --faults-seed N');
  }
  return { seed, ...(rate === undefined ? {} : { rate }), ...(kinds === undefined ? {} : { kinds }) };
}

/** Absent and undefined are two things to SimulatorOptions. */
function definedOnly(settings: Settings): SimulatorOptions {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...given, dir: settings.dir };
}

function untilStopped(stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      process.off('SIGINT', finish).off('SIGTERM', finish);
      resolve();
    };
    process.on('SIGINT', finish).on('SIGTERM', finish);
    if (stop?.aborted) finish();
    stop?.addEventListener('abort', finish, { once: true });
  });
}
