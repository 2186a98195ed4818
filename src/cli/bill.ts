/** `nbflow bill`: what was paid, lost and reused, from the receipts, compared with what G-Labs lists. Changes nothing. */
import type { Settings } from '../config';
import { loadSettings } from '../config';
import { readPassNote } from '../files/pass-note';
import type { ReadReceipts, ReceiptFolder } from '../files/receipt-folders';
import { findReceiptFolders, readReceiptFolder, receiptFolderOf } from '../files/receipt-folders';
import type { Bill } from '../flow/bill';
import { addBills, billOf } from '../flow/bill';
import { newestPassOf } from '../flow/bill-entry';
import type { FlowError } from '../flow/errors';
import type { Receipt } from '../flow/receipt';
import { claimedTwice } from '../flow/reconcile';
import { rememberedServers } from '../services/remembered-servers';
import { askBackend } from './bill-backend';
import { printBill } from './bill-print';
import { projectRootOf, resolveFile } from './context';
import type { OutputOptions } from './output';

export interface BillOptions extends OutputOptions {
  readonly server?: readonly string[];
}

export interface FileBill {
  readonly folder: ReceiptFolder;
  readonly bill: Bill;
}

/** Answers 0, or 8 when a receipt is damaged: the rest is added up all the same. */
export async function billCommand(names: readonly string[], options: BillOptions): Promise<number> {
  const files = names.map((name) => resolveFile(name, process.cwd()));
  const asked = new Set(files.map((file) => receiptFolderOf(file).receiptsDir));
  const roots = files.length === 0 ? [projectRootOf(process.cwd())] : files.map((file) => receiptFolderOf(file).root);
  const flags = { servers: options.server, remembered: (await rememberedServers()).remembered?.servers };
  const settings = new Map([...new Set(roots)].map((root) => [root, loadSettings(root, process.env, flags)]));
  // All receipts of the projects: a task that another file owns is nobody's double pay.
  const read = await readAll([...settings.keys()]);
  const wanted = read.filter(({ folder }) => asked.size === 0 || asked.has(folder.receiptsDir));
  const bills = await Promise.all(wanted.map((one) => billFor(one, settings)));
  const receipts = read.flatMap((one) => one.receipts);
  const [first] = settings.values();
  const damaged = wanted.flatMap((one): readonly FlowError[] => one.damaged);
  const { backend, problem } = await askFor(first, receipts, wanted);
  printBill(
    {
      bills,
      bill: addBills(bills.map(({ bill }) => bill)),
      damaged,
      claimed: claimedTwice(receipts),
      backend,
      problem,
    },
    { ...options, files: names },
  );
  return damaged.length > 0 ? 8 : 0;
}

type Folder = ReadReceipts & { readonly folder: ReceiptFolder };

async function readAll(roots: readonly string[]): Promise<readonly Folder[]> {
  const folders = await Promise.all(roots.map(findReceiptFolders));
  return Promise.all(folders.flat().map(async (folder) => ({ folder, ...(await readReceiptFolder(folder)) })));
}

async function billFor(
  { folder, receipts }: Folder,
  settings: ReadonlyMap<string, Pick<Settings, 'prices'>>,
): Promise<FileBill> {
  const newest = (await readPassNote(folder.receiptsDir)) ?? newestPassOf(receipts);
  const prices = settings.get(folder.root)?.prices ?? { image: 1, video: 10 };
  return { folder, bill: billOf(receipts, prices, newest) };
}

/** G-Labs is asked only when there is something to compare. */
async function askFor(
  settings: Settings | undefined,
  receipts: readonly Receipt[],
  wanted: readonly Folder[],
): ReturnType<typeof askBackend> {
  const any = wanted.some((one) => one.receipts.length > 0);
  if (!settings || !any) return { backend: null, problem: null };
  return askBackend(settings, receipts);
}
