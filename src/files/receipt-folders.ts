/** All receipts under a project root, of whatever file and version. */
import type { Dirent } from 'node:fs';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FlowError } from '../flow/errors';
import type { Receipt } from '../flow/receipt';
import { errnoOf } from './disk-errors';
import { projectLayout } from './layout';
import { ReceiptStore } from './receipts';

/** The receipts of one file version. */
export interface ReceiptFolder {
  readonly root: string;
  readonly receiptsDir: string;
  /** The `.nbflow` file that they belong to; null when it is not there any more. */
  readonly file: string | null;
  readonly code: string;
  /** `V0-1` as the file has it, `v0-1` without one. */
  readonly fileVersion: string;
}

export interface ReadReceipts {
  readonly receipts: readonly Receipt[];
  readonly damaged: readonly FlowError[];
}

const NOT_SEARCHED = new Set(['node_modules', 'Generations', 'backups', 'dist']);

/** Every folder with receipts under a root. Only a marked root is searched through: any folder may be the other kind. */
export async function findReceiptFolders(root: string): Promise<readonly ReceiptFolder[]> {
  const marked = ['nbflow.config.json', 'reference'].some((name) => existsSync(join(root, name)));
  const found = { assets: [] as string[], flows: [] as string[] };
  await search(root, marked, found);
  const files = new Map(found.flows.map((file) => [projectLayout(file, { root }).receiptsDir, file]));
  const folders = await Promise.all(found.assets.map(versionsIn));
  return folders
    .flat()
    .sort()
    .map((receiptsDir) => folderOf(root, receiptsDir, files.get(receiptsDir) ?? null));
}

/** The receipts folder of one file, whether there is anything in it or not. */
export function receiptFolderOf(file: string): ReceiptFolder {
  const { root, receiptsDir } = projectLayout(file);
  return folderOf(root, receiptsDir, file);
}

/** What can be read of a folder, and what can't: a damaged record must not hide the others. */
export async function readReceiptFolder({ receiptsDir }: Pick<ReceiptFolder, 'receiptsDir'>): Promise<ReadReceipts> {
  const store = new ReceiptStore(receiptsDir);
  const receipts: Receipt[] = [];
  const damaged: FlowError[] = [];
  for (const key of await store.keys()) {
    try {
      const receipt = await store.read(key);
      if (receipt) receipts.push(receipt);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      damaged.push(error);
    }
  }
  return { receipts, damaged };
}

function folderOf(root: string, receiptsDir: string, file: string | null): ReceiptFolder {
  if (file !== null) {
    const { code, version } = projectLayout(file, { root });
    return { root, receiptsDir, file, code, fileVersion: version };
  }
  const version = dirname(receiptsDir);
  return { root, receiptsDir, file, code: basename(dirname(dirname(version))), fileVersion: basename(version) };
}

async function search(folder: string, deep: boolean, found: { assets: string[]; flows: string[] }): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name.toLowerCase().endsWith('.nbflow')) found.flows.push(path);
    if (!entry.isDirectory() || entry.name.startsWith('.') || NOT_SEARCHED.has(entry.name)) continue;
    if (entry.name === 'Assets') found.assets.push(path);
    else if (deep) await search(path, deep, found);
  }
}

/** `Assets/{CODE}/.nbflow/{v0-N}/receipts`. */
async function versionsIn(assets: string): Promise<string[]> {
  const codes = (await entriesOf(assets)).filter((entry) => entry.isDirectory());
  const versions = await Promise.all(
    codes.map(async ({ name }) => {
      const hidden = join(assets, name, '.nbflow');
      return (await entriesOf(hidden)).map((version) => join(hidden, version.name, 'receipts'));
    }),
  );
  return versions.flat().filter((folder) => existsSync(folder));
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  }
}
