/** What every command starts from: the file a person named, its project, settings with the project's own `.env`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Env, SettingFlags, Settings } from '../config';
import { loadSettings } from '../config';
import type { ProjectLayout } from '../files/layout';
import { findFlows } from '../files/flow-files';
import { findProjectRoot, projectLayout } from '../files/layout';
import { FlowCache } from '../flow-cache';
import { FlowError } from '../flow/errors';
import { nearestName } from '../flow/nearest';
import type { Project } from '../project';
import { openProject } from '../project';
import { rememberedServers } from '../services/remembered-servers';
import { addressWords } from './address-words';

export interface CommandContext {
  readonly file: string;
  readonly project: Project;
  readonly settings: Settings;
  /** For servers and clients; see serverEnv. */
  readonly env: Env;
  readonly flows: FlowCache;
  /** Lines on which G-Labs address is used and why, where a person may expect another one. */
  readonly addressWords: readonly string[];
}

/** Throws FlowError `Usage` (2) or `File.Damaged` (8). */
export async function openContext(name: string, flags: SettingFlags = {}): Promise<CommandContext> {
  const file = resolveFile(name, process.cwd());
  const root = findProjectRoot(file);
  const env = serverEnv(root, process.env);
  const { remembered, problem } = await rememberedServers();
  const settings = loadSettings(root, process.env, { ...flags, remembered: remembered?.servers });
  const flows = new FlowCache();
  const project = await openProject(file, flows, root, settings.brand);
  return { file, project, settings, env, flows, addressWords: addressWords(settings, remembered, problem) };
}

/**
 * The environment for servers and clients: of the project's `.env` only what says where Temporal is. The store and G-Labs
 * are read from there by the worker, per project.
 */
export function serverEnv(root: string, env: Env): Env {
  const file = join(root, '.env');
  if (!existsSync(file)) return env;
  const settings = Object.entries(parseEnv(readFileSync(file, 'utf8'))).filter(([name]) =>
    name.startsWith('TEMPORAL_'),
  );
  return { ...Object.fromEntries(settings), ...env };
}

/** The root of the project that a folder belongs to. */
export function projectRootOf(folder: string): string {
  return findProjectRoot(join(folder, 'any.nbflow'));
}

/** A path as it is, with the ending added, or a name such as `XYZG3-V0-1` found under the project root. */
export function resolveFile(name: string, cwd: string): string {
  for (const path of [resolve(cwd, name), resolve(cwd, `${name}.nbflow`)]) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile()) return path;
    if (found?.isDirectory()) {
      throw new FlowError('Usage', `${path} is a folder, not an .nbflow file.`, 2, [
        `Name a file in it: ${listFlows(path)}`,
      ]);
    }
  }
  const root = projectRootOf(cwd);
  const all = findFlows(root);
  const wanted = `${basename(name, '.nbflow')}.nbflow`;
  const matches = isBareName(name) ? all.filter((path) => basename(path) === wanted) : [];
  const [first, second] = matches;
  if (first && !second) return first;
  if (first) {
    const list = matches.map((path) => relative(cwd, path)).join('\n  ');
    throw new FlowError('Usage', `Several files are called ${name}:\n  ${list}`, 2, [
      'Type the path of the one you mean.',
    ]);
  }
  throw new FlowError(
    'Usage',
    `There is no file ${resolve(cwd, name)}, and none called ${basename(name)} under ${root}.${nearestFlow(name, all)}`,
    2,
    ['Check the name, or type the path of the file.'],
  );
}

/** By its name alone where that is enough to find it, else by its path. */
function nearestFlow(name: string, all: readonly string[]): string {
  const nameOf = (path: string): string => basename(path, '.nbflow');
  const nearest = nearestName(nameOf(name), all.map(nameOf));
  const [first, second] = all.filter((path) => nameOf(path) === nearest);
  if (first === undefined) return '';
  return ` Did you mean ${second === undefined ? nameOf(first) : first}?`;
}

/** As resolveFile, for what can be brought back: a file that is gone is named by the path where it lay. */
export function resolveSource(name: string, cwd: string): string {
  try {
    return resolveFile(name, cwd);
  } catch (error) {
    const path = resolve(cwd, /\.nbflow$/i.test(name) ? name : `${name}.nbflow`);
    if (existsSync(projectLayout(path).backupsDir) && !existsSync(path)) return path;
    throw error;
  }
}

/** Where the things of a file lie that may be damaged, or gone. Throws FlowError `Usage` (2). */
export function layoutOf(name: string): ProjectLayout {
  const file = resolveSource(name, process.cwd());
  const { brand } = loadSettings(findProjectRoot(file), process.env);
  return projectLayout(file, brand ? { brand } : {});
}

function isBareName(name: string): boolean {
  return !/[\\/]/.test(name);
}

function listFlows(folder: string): string {
  const flows = readdirSync(folder).filter((name) => name.endsWith('.nbflow'));
  return flows.length > 0 ? flows.slice(0, 5).join(', ') : 'there is none';
}
