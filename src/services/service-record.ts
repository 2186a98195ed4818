/** What the installed service was told to read at each start; kept, so that installing again does not forget it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import type { Home } from './home';

const recordSchema = z.object({
  version: z.literal(1),
  /** A file with settings, closed to others. */
  envFile: z.string().nullable(),
  /** The project whose `.env` says where Temporal is. */
  project: z.string().nullable(),
});
export type ServiceRecord = z.infer<typeof recordSchema>;

export function recordPath(home: Home): string {
  return join(home.root, 'service.json');
}

/** Where `--save-env` keeps secrets. */
export function savedEnvPath(home: Home): string {
  return join(home.root, 'service.env');
}

/** An empty record when there is none, or none that can be understood. */
export function readRecord(home: Home): ServiceRecord {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordPath(home), 'utf8')));
  } catch {
    return { version: 1, envFile: null, project: null };
  }
}

/** The variables that a project's own `.env` names. */
export function namesInDotEnv(root: string): readonly string[] {
  const file = join(root, '.env');
  return existsSync(file) ? Object.keys(parseEnv(readFileSync(file, 'utf8'))) : [];
}
