/** Where the things of one .nbflow file lie (docs/files.md). Path rules only; the one look at the disk is for the root. */
import { existsSync } from 'node:fs';
import type { PlatformPath } from 'node:path';
import platformPath from 'node:path';
import { isReserved, slug } from '../flow/scene';
import type { Generator } from '../flow/types';

export interface ProjectLayout {
  readonly root: string;
  /** Absolute. */
  readonly file: string;
  /** The file's path under the root, without its ending, with forward slashes. */
  readonly workflowId: string;
  /** `XYZG3`, or the whole base name. */
  readonly code: string;
  /** `V0-1` as written, or `v0`. */
  readonly version: string;
  /** `v0-1`. */
  readonly folderVersion: string;
  /** First segment of object keys. */
  readonly brand: string;
  /** What `Assets` and `Generations` lie in; receipts name their files relative to it. */
  readonly baseDir: string;
  readonly receiptsDir: string;
  /** What happened to all versions of the code, one line each. */
  readonly historyFile: string;
  readonly locksDir: string;
  readonly backupsDir: string;
  readonly generationsDir: string;
  readonly errorsFile: string;
}

export interface LayoutOptions {
  /** Default: findProjectRoot. */
  readonly root?: string;
  /** Default: the folder behind `projects/{month}`, else the root's name. */
  readonly brand?: string;
  /** For tests of another system's paths. */
  readonly path?: PlatformPath;
}

/** What a candidate's name is made of. */
export type Named = Pick<Generator, 'kind' | 'naming'> & { readonly rows: readonly unknown[] };

const STAGES = new Set(['testing', 'approved']);
const SIDES = new Set(['testing', 'approved', 'growth', 'sales']);
const VERSIONED = /^(.+)-(V\d+(?:-\d+)*)$/i;
const ENDING = /\.nbflow$/i;

/** The nearest ancestor folder with `nbflow.config.json` or `reference`; else the file's own folder. */
export function findProjectRoot(
  file: string,
  exists: (path: string) => boolean = existsSync,
  path: PlatformPath = platformPath,
): string {
  const own = path.dirname(path.resolve(file));
  for (let folder = own; ; folder = path.dirname(folder)) {
    if (exists(path.join(folder, 'nbflow.config.json')) || exists(path.join(folder, 'reference'))) return folder;
    if (path.dirname(folder) === folder) return own;
  }
}

export function projectLayout(file: string, options: LayoutOptions = {}): ProjectLayout {
  const path = options.path ?? platformPath;
  const full = path.resolve(file);
  const root = path.resolve(options.root ?? findProjectRoot(full, existsSync, path));
  const { code, version } = codeAndVersion(path.basename(full));
  const folderVersion = version.toLowerCase();
  const baseDir = climb(path, path.dirname(full), root, SIDES);
  const hidden = path.join(baseDir, 'Assets', code, '.nbflow', folderVersion);
  const generationsDir = path.join(baseDir, 'Generations');
  return {
    root,
    file: full,
    workflowId: segments(path, root, full).join('/').replace(ENDING, ''),
    code,
    version,
    folderVersion,
    brand: slug(options.brand ?? brandOf(path, root, full), 'project'),
    baseDir,
    receiptsDir: path.join(hidden, 'receipts'),
    historyFile: path.join(path.dirname(hidden), 'history.jsonl'),
    locksDir: path.join(hidden, 'locks'),
    backupsDir: path.join(climb(path, path.dirname(full), root, STAGES), 'backups'),
    generationsDir,
    errorsFile: path.join(generationsDir, 'errors.json'),
  };
}

/** `XYZG3-V0-1.nbflow` -> XYZG3 and V0-1; any other name is the code as a whole, with version `v0`. */
export function codeAndVersion(fileName: string): { readonly code: string; readonly version: string } {
  const base = fileName.replace(ENDING, '');
  const match = VERSIONED.exec(base);
  return { code: match?.[1] ?? base, version: match?.[2] ?? 'v0' };
}

/** Name, without its ending, of the file that a folder of receipts belongs to. */
export function fileOfReceipts(receiptsDir: string): string {
  const [code = '', , version = ''] = receiptsDir.split(/[\\/]/).slice(-4);
  return version === 'v0' ? code : `${code}-${version.toUpperCase()}`;
}

/** With what is added to it (`-generated-20260512-143021.nbflow`, `.bak-…`) a name stays within the 255 bytes that file systems allow. */
const NAME_BYTES = 200;

/** Why folders can't be named after this file, in words; null when they can. What it says would be legal on Windows too. */
export function fileNameProblem(fileName: string): string | null {
  const { code } = codeAndVersion(fileName);
  const bytes = Buffer.byteLength(fileName);
  if (bytes > NAME_BYTES) return `its name has ${bytes} bytes, and ${NAME_BYTES} are the most`;
  if (/^\.*$/.test(code)) return 'its name has nothing before .nbflow';
  if (/[. ]$/.test(code)) return 'its name ends in a dot or a space before .nbflow';
  if (isReserved(code)) return `Windows keeps the name ${code} for a device`;
  return null;
}

/** Path of one candidate, relative to the layout's base folder, forward slashes. `ext` with or without its dot. */
export function candidatePath(
  layout: ProjectLayout,
  generator: Named,
  id: { readonly row: number; readonly candidate: number },
  ext: string,
): string {
  return [...mediaFolder(layout, generator), 'candidates', candidateName(generator, id) + dotted(ext)].join('/');
}

/** Path of the picked output of a row, as people list it; relative to the base folder. */
export function pickedPath(layout: ProjectLayout, generator: Named, row: number, ext: string): string {
  return [...mediaFolder(layout, generator), rowName(generator, row) + dotted(ext)].join('/');
}

/** Object key of a candidate: the content's hash is in it, so that what an URL shows never changes. */
export function objectKey(
  layout: ProjectLayout,
  generator: Named,
  id: { readonly row: number; readonly candidate: number },
  sha256: string,
  ext: string,
): string {
  const tab = generator.naming.folder === null ? [] : [generator.naming.folder];
  const name = candidateName(generator, id) + dotted(ext);
  return [layout.brand, layout.code, layout.folderVersion, sha256.slice(0, 12), ...tab, name].join('/');
}

/** Object key of an uploaded reference picture; shared by all files of the brand. */
export function referenceKey(layout: ProjectLayout, sha256: string, fileName: string): string {
  return [layout.brand, 'references', sha256.slice(0, 12), fileName].join('/');
}

export function nodeLockPath(layout: ProjectLayout, receiptKey: string, path: PlatformPath = platformPath): string {
  return path.join(layout.locksDir, `${receiptKey}.lock`);
}

/** `Generations/{CODE}-{VERSION}-generated-{YYYYMMDD}-{HHMMSS}.nbflow`, local time. */
export function outputFile(layout: ProjectLayout, date: Date, path: PlatformPath = platformPath): string {
  return path.join(layout.generationsDir, `${layout.code}-${layout.version}-generated-${timeStamp(date)}.nbflow`);
}

/** The report of a pass, beside its output and with the same stamp. */
export function reportFile(layout: ProjectLayout, date: Date, ext: string, path: PlatformPath = platformPath): string {
  return path.join(layout.generationsDir, `${layout.code}-${layout.version}-report-${timeStamp(date)}${dotted(ext)}`);
}

/** `20260512-143021`, local time. */
export function timeStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

function mediaFolder(layout: ProjectLayout, { kind, naming }: Named): string[] {
  const folder = kind === 'image' ? 'generated-images' : 'generated-videos';
  return ['Assets', layout.code, folder, layout.folderVersion, ...(naming.folder === null ? [] : [naming.folder])];
}

function rowName({ naming, rows }: Named, row: number): string {
  return rows.length > 1 ? `${naming.stem}-r${row}` : naming.stem;
}

function candidateName(
  generator: Named,
  { row, candidate }: { readonly row: number; readonly candidate: number },
): string {
  return `${rowName(generator, row)}-c${candidate}`;
}

function dotted(ext: string): string {
  return ext === '' || ext.startsWith('.') ? ext : `.${ext}`;
}

/** Leaves trailing folders of these names, never above the root. */
function climb(path: PlatformPath, from: string, root: string, names: ReadonlySet<string>): string {
  let folder = from;
  while (folder !== root && names.has(path.basename(folder).toLowerCase())) folder = path.dirname(folder);
  return folder;
}

/** The file's path below the root; only its name when it lies elsewhere. */
function segments(path: PlatformPath, root: string, file: string): string[] {
  const below = path.relative(root, file);
  const outside = below === '' || path.isAbsolute(below) || below.split(path.sep)[0] === '..';
  return outside ? [path.basename(file)] : below.split(path.sep);
}

function brandOf(path: PlatformPath, root: string, file: string): string {
  const folders = segments(path, root, file).slice(0, -1);
  const behindMonth = folders[0] === 'projects' ? folders[2] : undefined;
  return behindMonth ?? path.basename(root);
}
