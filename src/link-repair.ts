/** Mending links and files by the ladder of the money protocol: from one copy to the other, then into the file. Pays nothing. */
import { constants, copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { restoreFromStore } from './activities/restore';
import type { ObjectStore } from './clients/object-store';
import { StoreError } from './clients/object-store';
import { objectKey, timeStamp } from './files/layout';
import type { LinkFacts } from './flow/link-facts';
import { fileLook, safeEntries } from './flow/link-facts';
import { changeCurrent, dropLink } from './flow/ledger';
import type { Generation, Receipt } from './flow/receipt';
import { currentGeneration } from './flow/receipt';
import type { CompiledFlow, Generator } from './flow/types';
import type { Project } from './project';
import { commandOwner, editReceipt } from './receipt-edits';

export interface CopyRepair {
  readonly flow: CompiledFlow;
  readonly facts: LinkFacts;
  readonly project: Pick<Project, 'layout' | 'receipts'>;
  /** Null when none is configured and the embedded one does not run. */
  readonly store: ObjectStore | null;
  readonly signal: AbortSignal;
}

export interface RepairedCopies {
  uploaded: number;
  fetched: number;
  /** Links whose object was written anew: what was seen of them holds no longer. */
  readonly touched: Set<string>;
  /** What could not be done, in words. */
  readonly failed: Set<string>;
}

const LANES = 8;

/** Each step may be cut off anywhere and done again: a copy is complete under its name, or not there. */
export async function repairCopies(repair: CopyRepair): Promise<RepairedCopies> {
  const done: RepairedCopies = { uploaded: 0, fetched: 0, touched: new Set(), failed: new Set() };
  const work = repair.flow.generators.flatMap((generator) => {
    const receipt = repair.facts.receipts.get(generator.key);
    if (!receipt) return [];
    const named = { ...generator, naming: receipt.naming };
    // One after the other: they share the node's lock.
    return async () => {
      for (const entry of safeEntries(receipt)) await repairOne(repair, { generator: named, receipt, entry }, done);
    };
  });
  const lane = async (): Promise<void> => {
    for (let next = work.shift(); next; next = work.shift()) await next();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return done;
}

interface Copy {
  readonly generator: Generator;
  readonly receipt: Receipt;
  readonly entry: Generation;
}

async function repairOne(repair: CopyRepair, copy: Copy, done: RepairedCopies): Promise<void> {
  const { facts } = repair;
  const { receipt, entry } = copy;
  const file = fileLook(facts, receipt, entry);
  const link = entry.url === null ? null : (facts.looks.get(entry.url) ?? null);
  if (file === null || link?.state === 'silent' || entry.sha256 === null) return;
  const isThere = link?.state === 'whole' && link.sha256 === entry.sha256;
  if (file === 'right' && !isThere)
    await upload(repair, copy, { replace: link !== null && link.state !== 'gone' }, done);
  if (file !== 'right' && isThere) await fetchBack(repair, entry, file, done);
}

async function upload(
  { project, store, signal }: CopyRepair,
  { generator, receipt, entry }: Copy,
  { replace }: { readonly replace: boolean },
  done: RepairedCopies,
): Promise<void> {
  const { file, sha256, bytes, mediaType } = entry;
  if (file === null || sha256 === null || bytes === null || mediaType === null) return;
  if (!store) {
    done.failed.add('No object store answers that could take the files again: set R2_*, or type nbflow up.');
    return;
  }
  const { layout } = project;
  const key = objectKey(layout, generator, entry, sha256, posix.extname(file));
  try {
    const path = join(layout.baseDir, file);
    const { url } = await store.put({ key, path, bytes, sha256, contentType: mediaType, replace }, signal);
    const change = (now: Receipt): Receipt => withLink(now, entry, url);
    if (change(receipt) !== receipt) await editReceipt(project, receipt.key, commandOwner('verify'), change);
    done.uploaded += 1;
    done.touched.add(url);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    done.failed.add(error.message);
  }
}

/** A pass may have gone on with it meanwhile: only what is still the same result gets the link. */
function withLink(receipt: Receipt, entry: Generation, url: string): Receipt {
  const now = currentGeneration(receipt, entry.row, entry.candidate);
  if (now?.sha256 !== entry.sha256 || now.url === url) return receipt;
  const at = new Date().toISOString();
  // The old link stays on record as dead, for the file lists it still.
  const dropped = dropLink(receipt, entry, { state: 'generated' }, at);
  return changeCurrent(dropped, entry, { state: 'stored', url }, at);
}

async function fetchBack(
  { project, signal }: CopyRepair,
  entry: Generation,
  look: 'missing' | 'differs',
  done: RepairedCopies,
): Promise<void> {
  const { baseDir } = project.layout;
  if (look === 'differs' && entry.file !== null) await keepAside(join(baseDir, entry.file));
  const got = await restoreFromStore(baseDir, entry, signal, []);
  if (typeof got === 'object') done.fetched += 1;
  else done.failed.add(`The store's copy of ${entry.file} could not be fetched.`);
}

/** Somebody may have worked on it: nothing of theirs is written over. */
async function keepAside(path: string): Promise<void> {
  const folder = join(dirname(path), 'replaced');
  await mkdir(folder, { recursive: true });
  await copyFile(path, join(folder, `${timeStamp(new Date())}-${basename(path)}`), constants.COPYFILE_FICLONE);
}

/** Marks what the file lists now. */
export async function markListed(
  project: CopyRepair['project'],
  receipts: Iterable<Receipt>,
  flow: CompiledFlow,
): Promise<void> {
  const listed = new Set(flow.generators.flatMap(({ cachedUrls }) => cachedUrls));
  const isReady = ({ state, url, superseded }: Generation): boolean =>
    !superseded && state === 'stored' && url !== null && listed.has(url);
  for (const { key, generations } of receipts) {
    if (!generations.some(isReady)) continue;
    await editReceipt(project, key, commandOwner('verify'), (now) =>
      now.generations
        .filter(isReady)
        .reduce((all, entry) => changeCurrent(all, entry, { state: 'cached' }, new Date().toISOString()), now),
    );
  }
}
