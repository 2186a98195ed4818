/**
 * Lost answers that others left behind with the same words. A task of such a node may be at the backend without its id on
 * our disk; a submit with the same words would make the two impossible to tell apart. So they are settled before it, by
 * their own node if that is at work, else by whoever comes first.
 */
import { FlowError } from '../flow/errors';
import type { Generation, Receipt } from '../flow/receipt';
import { prefixLockKey } from '../flow/request';
import type { Kind } from '../flow/types';
import { lookUpRow } from './lookup';
import type { NodeWork, Place } from './ports';
import { isUndecidedError } from './rows';

/** What two submits could be mixed up by: their kind, and the beginning of the prompt that the list shows. */
export function wordsOf(kind: Kind, prompt: string): string {
  return `${kind} ${prefixLockKey(prompt)}`;
}

/** Must run alone for the words. Throws `Node.Held` while another node is at work: it settles its own. */
export async function settleOthers(work: NodeWork, words: string, ownRow: number): Promise<void> {
  const own = await work.ports.receipts.read(work.receiptKey);
  // Rows of this node may say the same; nobody else can be at them, the node is ours.
  for (const row of openRows(own, words)) if (row !== ownRow) await lookUpRow(work, row, words);
  for (const place of await work.ports.words.others(words)) {
    const receipt = await work.ports.words.receiptsAt(place).read(place.key);
    if (openRows(receipt, words).length > 0) await settleFor(work, place, words);
  }
}

/** Rows of a receipt that have unanswered submits with these words. */
export function openRows(receipt: Receipt | null, words: string): readonly number[] {
  return receipt
    ? [
        ...new Set(
          openOf(receipt)
            .filter((entry) => wordsIn(receipt, entry) === words)
            .map(({ row }) => row),
        ),
      ]
    : [];
}

/** Whether a receipt has any submit without a known end. */
export function hasOpen(receipt: Receipt): boolean {
  return openOf(receipt).length > 0;
}

function openOf({ generations }: Receipt): readonly Generation[] {
  return generations.filter(({ superseded, state }) => !superseded && (state === 'intent' || state === 'unknown'));
}

function wordsIn({ node }: Receipt, entry: Generation): string {
  return wordsOf(node.kind, entry.promptPrefix);
}

async function settleFor(work: NodeWork, place: Place, words: string): Promise<void> {
  const receipts = work.ports.words.receiptsAt(place);
  const lock = await work.ports.words.lock(place);
  if (!lock) {
    const title = (await receipts.read(place.key))?.node.title ?? place.key;
    throw new FlowError(
      'Node.Held',
      `an answer for "${title}", whose prompt begins the same, is still being looked up`,
      7,
    );
  }
  try {
    // As it stands now that nobody else is at it.
    const receipt = await receipts.read(place.key);
    if (!receipt) return;
    const { kind, title } = receipt.node;
    const theirs: NodeWork = {
      ...work,
      generator: { ...work.generator, kind, title },
      receiptKey: place.key,
      meter: { paid: 0, set: () => undefined },
      ports: { ...work.ports, receipts },
    };
    for (const row of openRows(receipt, words)) await lookUpRow(theirs, row, words);
  } catch (error) {
    throw elsewhere(work.ports.words.fileOf(place), error);
  } finally {
    await lock.release();
  }
}

/** What a person has to decide about a node of another file is listed there only. */
function elsewhere(file: string | null, error: unknown): unknown {
  if (file === null || !isUndecidedError(error)) return error;
  const where = `It is a node of ${file}, whose prompt begins the same; decide there: nbflow decide ${file}`;
  return new FlowError('Generation.Undecided', `${(error as Error).message} ${where}`, 6);
}
