/** What runs, as the supervisor writes it down: read by `up`, `down` and by the next supervisor. Never a secret. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { tempPathFor } from '../files/temps';
import type { Home } from './home';

export const SERVICE_NAMES = ['temporal', 'store', 'worker'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const identitySchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  bootId: z.string().nullable(),
  startedAt: z.string().nullable(),
});

const serviceSchema = z.object({
  /** Null between a death and the next start. */
  identity: identitySchema.nullable(),
  /** ISO time of the last start. */
  since: z.string(),
  /** Starts after a death, since the supervisor is there. */
  restarts: z.number(),
  ready: z.boolean(),
  /** How the last one ended, in words. */
  lastExit: z.string().nullable(),
  log: z.string(),
});

const portNumbers = z.record(z.string(), z.number());

export const stateSchema = z.object({
  version: z.literal(1),
  supervisor: identitySchema,
  since: z.string(),
  ports: portNumbers,
  services: z.partialRecord(z.enum(SERVICE_NAMES), serviceSchema),
  /** Fingerprints of the worker's settings by name; keyed with the control token, so they tell nothing by themselves. */
  workerTags: z.record(z.string(), z.string()),
  /** Things worth telling, for instance a port that was taken. */
  notes: z.array(z.string()),
});

export type ServiceState = z.infer<typeof serviceSchema>;
export type ServicesState = z.infer<typeof stateSchema>;

const controlSchema = z.object({ port: z.int().positive(), token: z.string().min(32), identity: identitySchema });
/** Where the supervisor listens, and the token without which it does nothing. */
export type Control = z.infer<typeof controlSchema>;

function read<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Synchronous on purpose: between the start of a process and its record no other work may squeeze in, or a kill there
 * would leave a server that nobody knows.
 */
function write(path: string, value: unknown): void {
  const temp = tempPathFor(path);
  writeFileSync(temp, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  for (let tries = 1; ; tries++) {
    try {
      return renameSync(temp, path);
    } catch (error) {
      // Windows refuses while a reader has the file open; readers take well under a millisecond.
      if (process.platform !== 'win32' || tries === 20) throw error;
    }
  }
}

const statePath = (home: Home): string => join(home.run, 'services.json');
const controlPath = (home: Home): string => join(home.run, 'control.json');

/** Null when there is none, or none that can be understood. */
export function readState(home: Home): ServicesState | null {
  return read(statePath(home), stateSchema);
}

export function writeState(home: Home, state: ServicesState): void {
  write(statePath(home), state);
}

export function readControl(home: Home): Control | null {
  return read(controlPath(home), controlSchema);
}

export function writeControl(home: Home, control: Control): void {
  write(controlPath(home), control);
}

/** After a clean stop. The token goes too: its fingerprints are of no use any more. */
export function clearState(home: Home): void {
  rmSync(statePath(home), { force: true });
  rmSync(controlPath(home), { force: true });
}
