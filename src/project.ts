/** One .nbflow file with everything around it: where its things lie, what it says, what its receipts know. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FlowCache } from './flow-cache';
import type { CompiledFlow, Generator } from './flow/types';
import type { Receipt } from './flow/receipt';
import { matchReceipts } from './flow/match-receipts';
import { FlowError } from './flow/errors';
import { decodeFlow } from './flow/parse';
import type { ProjectLayout } from './files/layout';
import { fileNameProblem, projectLayout } from './files/layout';
import { ReceiptStore } from './files/receipts';
import { readSource } from './files/source-file';

export interface Project {
  readonly layout: ProjectLayout;
  readonly text: string;
  readonly flow: CompiledFlow;
  readonly receipts: ReceiptStore;
}

/** Reads and compiles the file. Throws FlowError `Usage` (2: missing, a folder) or `File.Damaged` (8). */
export async function openProject(
  file: string,
  flows: FlowCache,
  root?: string,
  brand?: string | null,
): Promise<Project> {
  const layout = projectLayout(file, { ...(root ? { root } : {}), ...(brand ? { brand } : {}) });
  refuseName(file);
  const source = await readSource(file);
  const text = decodeFlow(source.bytes, file);
  return { layout, text, flow: flows.compile(text, file), receipts: new ReceiptStore(layout.receiptsDir) };
}

/** An editor that is saving may have the file half written, or away, for a moment. */
const SAVING = { forMs: 2_000, lookMs: 100 };

/**
 * As openProject, in the middle of a pass: a file that is away or half written is looked at for two seconds. Throws
 * FlowError `File.Changed` after that: what is made is safe, whatever became of the file.
 */
export async function reopenProject(...args: Parameters<typeof openProject>): Promise<Project> {
  const until = performance.now() + SAVING.forMs;
  for (;;) {
    try {
      return await openProject(...args);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      if (performance.now() >= until) throw unreadable(error);
    }
    await delay(SAVING.lookMs);
  }
}

function unreadable(cause: FlowError): FlowError {
  return new FlowError(
    'File.Changed',
    `The file can't be read any more: ${cause.message} What is made is kept in Assets and in the receipts.`,
    cause.exitCode,
    ['Put the file back, then run again: nothing is paid twice.'],
    { cause },
  );
}

/** A backup is opened under its own longer name; only what a person named is judged. */
function refuseName(file: string): void {
  const name = basename(file);
  const problem = /\.nbflow$/i.test(name) ? fileNameProblem(name) : null;
  if (problem === null) return;
  throw new FlowError(
    'Usage',
    `${name} can't be worked with: ${problem}. Folders for its pictures are named after it.`,
    2,
    ['Rename the file, for instance to ABC1-V0-1.nbflow'],
  );
}

/** The generator that a pass planned as `key`, found again although tabs may have moved or been added meanwhile. */
export function locateGenerator(
  flow: CompiledFlow,
  wanted: Pick<Generator, 'key' | 'id' | 'account' | 'title'>,
): Generator {
  const exact = flow.byKey.get(wanted.key);
  if (exact && exact.id === wanted.id && exact.account === wanted.account) return exact;
  const sameId = flow.generators.filter((generator) => generator.id === wanted.id);
  const found =
    sameId.find((generator) => generator.account === wanted.account) ?? (sameId.length === 1 ? sameId[0] : exact);
  if (found) return found;
  throw new FlowError(
    'File.Changed',
    `"${wanted.title}" was deleted from the file while the pass was running. Its results are kept in Assets and in the receipts.`,
    1,
    ['Put the node back (undo in PatchWork), then run again: nothing is paid twice.'],
  );
}

/** Receipts by generator key, as far as the receipts folder and the file agree (D12). */
export async function receiptsByKey(project: Project): Promise<ReadonlyMap<string, Receipt>> {
  return matchReceipts(project.flow, await project.receipts.list()).byKey;
}
