/** Finds the servers' programs: a path in the environment, the PATH, our cache; else installs them. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Env } from '../config';
import { FlowError } from '../flow/errors';
import type { Home } from './home';
import { installBinary } from './install';
import type { BinaryName } from './pins';
import { PINS } from './pins';

export interface FoundBinary {
  readonly path: string;
  readonly source: 'environment' | 'PATH' | 'cache' | 'installed';
}

/** Whether a path is a file that may be run. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

/** Where the cache keeps this version; another version gets another name, so an update never mixes them. */
export function cachedPath(name: BinaryName, home: Home): string {
  return join(home.bin, executable(`${name}-${PINS[name].version}`));
}

/** The first program of that name on the PATH, or null. */
export async function findOnPath(name: string, env: Env): Promise<string | null> {
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, executable(name));
    if (await isProgram(path)) return path;
  }
  return null;
}

/** Null when it must be installed. Throws FlowError `Usage` (exit 2) when the environment names a file that is none. */
export async function findBinary(name: BinaryName, home: Home, env: Env): Promise<FoundBinary | null> {
  const variable = `NBFLOW_${name.toUpperCase()}_BIN`;
  const named = env[variable];
  if (named) {
    if (await isProgram(named)) return { path: named, source: 'environment' };
    throw new FlowError('Usage', `${variable} names ${named}, which is not a program.`, 2, [
      `Correct or unset ${variable}.`,
    ]);
  }
  const onPath = await findOnPath(name, env);
  if (onPath) return { path: onPath, source: 'PATH' };
  const cached = cachedPath(name, home);
  return (await isProgram(cached)) ? { path: cached, source: 'cache' } : null;
}

/** As findBinary, installing what is not there. Throws FlowError `Services.NoBinary` (exit 4) with the alternatives. */
export async function ensureBinary(
  name: BinaryName,
  context: { readonly home: Home; readonly env: Env; readonly say: (line: string) => void },
): Promise<FoundBinary> {
  const found = await findBinary(name, context.home, context.env);
  if (found) return found;
  const target = cachedPath(name, context.home);
  await installBinary(name, target, context);
  return { path: target, source: 'installed' };
}
