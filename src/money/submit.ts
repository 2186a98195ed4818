/** The paying step: intent on disk, then the requests, then what their ends mean, on disk before anything else. */
import { BackendError } from '../clients/backend-error';
import { FlowError } from '../flow/errors';
import type { CandidateId, Change } from '../flow/ledger';
import { emptyReceipt, recordAnswer, recordIntents } from '../flow/ledger';
import type { SubmitMeaning } from '../flow/protocol';
import { classifySubmit } from '../flow/protocol';
import type { Generation, Receipt, SeenBefore } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import { promptPrefix, samePrefix } from '../flow/request';
import type { GeneratorRow } from '../flow/types';
import { lookUpRow, openEntries } from './lookup';
import type { NodeWork, RowWork } from './ports';
import { settleOthers, wordsOf } from './words';

/**
 * Asks for the given candidates of one row, together. Afterwards each is `submitted`, `withdrawn` (the failure of the
 * first such is thrown) or, when its answer was lost, has been looked up.
 */
export async function submitRow(work: NodeWork, made: RowWork, ids: readonly CandidateId[]): Promise<void> {
  const { generator, ports, signal } = work;
  const words = wordsOf(generator.kind, made.row.prompt);
  await ports.words.alone(words, async () => {
    await settleOthers(work, words, made.row.row);
    const seen = await lookBefore(work, made.row.prompt);
    await ports.words.note(words);
    signal.throwIfAborted();
    await ports.fence.check();
    ports.reached('before-intent');
    let intents: readonly Generation[] = [];
    await ports.spend(ids.length, async () => void (intents = await writeIntents(work, made, ids, seen)));
    ports.reached('intent-synced');
    const meanings = await allAnswers(intents.map((intent) => send(work, made, intent)));
    ports.reached('id-synced');
    if (meanings.some((meaning) => meaning.kind === 'unknown')) await lookUpRow(work, made.row.row, words);
    const refused = meanings.find((meaning) => meaning.kind === 'withdrawn');
    if (refused) await refuse(work, refused);
  });
}

/** Waits for all: one that can't be written down must not leave the others under way while nobody watches over them. */
async function allAnswers(sent: readonly Promise<SubmitMeaning>[]): Promise<readonly SubmitMeaning[]> {
  await Promise.allSettled(sent);
  return Promise.all(sent);
}

/**
 * Settles what an earlier attempt (of a dead worker, perhaps) may have sent for a row. Alone for its words, like a submit:
 * tasks of another node that has not written its ids down yet would be taken for ours.
 */
export async function settleEarlier(work: NodeWork, row: GeneratorRow): Promise<void> {
  const [first] = openEntries(await work.ports.receipts.read(work.receiptKey), row.row);
  if (!first) return;
  // As it was sent: the prompt may have been edited since.
  const words = wordsOf(work.generator.kind, first.promptPrefix);
  await work.ports.words.alone(words, () => lookUpRow(work, row.row, words));
}

/** The list right before the request leaves: what it shows later, and not now, may be ours. */
async function lookBefore({ ports, signal, generator }: NodeWork, prompt: string): Promise<SeenBefore> {
  const listing = await ports.backend.tasks(signal);
  const same = listing.filter((task) => task.type === generator.kind && samePrefix(task.prompt, prompt));
  return {
    newest: listing[0]?.taskId ?? null,
    same: [...new Set(same.map(({ taskId }) => taskId))],
    uptime: ports.backend.uptime,
  };
}

async function refuse(
  { ports, signal }: NodeWork,
  { failure, message, waitMs = null }: Extract<SubmitMeaning, { kind: 'withdrawn' }>,
): Promise<never> {
  // A tunnel whose end is gone says 404 as well: then this throws, and the pass waits.
  if (failure === 'Backend.Unexpected') await ports.backend.health(signal);
  throw new FlowError(failure, message, 1, [], { waitMs });
}

/** Answers the entries as they are on disk. */
async function writeIntents(
  work: NodeWork,
  made: RowWork,
  ids: readonly CandidateId[],
  seen: SeenBefore,
): Promise<readonly Generation[]> {
  const { receiptKey, generator, pass, ports } = work;
  const facts = {
    fingerprint: made.fingerprint,
    promptPrefix: promptPrefix(made.row.prompt),
    server: ports.backend.server,
    skewMs: ports.backend.skewMs,
    seen,
    references: made.references,
    stills: made.stills,
    pass,
    at: isoNow(work),
  };
  const written = await ports.receipts.update(receiptKey, (receipt) =>
    recordIntents(receipt ?? emptyReceipt(receiptKey, generator), ids, facts),
  );
  return ids.map(({ row, candidate }) => currentGeneration(written, row, candidate) as Generation);
}

/** One request, and what its end means, on disk as soon as it is known. */
async function send(work: NodeWork, made: RowWork, intent: Generation): Promise<SubmitMeaning> {
  const { ports, generator, receiptKey } = work;
  const meaning = classifySubmit(await ports.backend.submit(generator.kind, made.body, () => ports.fence.isHeld()));
  ports.reached('answered');
  const at = isoNow(work);
  const receipt = await ports.receipts.update(receiptKey, (before) =>
    recordAnswer(before as Receipt, intent, changeOf(meaning, at), at),
  );
  countPaid(work, receipt);
  return meaning;
}

function changeOf(meaning: SubmitMeaning, at: string): Change {
  if (meaning.kind === 'accepted') return { state: 'submitted', taskId: meaning.taskId, submittedAt: at };
  const type = meaning.kind === 'withdrawn' ? meaning.failure : 'Backend.Unanswered';
  return { state: meaning.kind, error: { type, code: null, message: meaning.message } };
}

export function isoNow({ ports }: NodeWork): string {
  return new Date(ports.clock.now()).toISOString();
}

export function countPaid(
  { meter, pass }: NodeWork,
  receipt: { generations: readonly { pass: string; taskId: string | null }[] },
): void {
  meter.paid = receipt.generations.filter((entry) => entry.pass === pass && entry.taskId !== null).length;
}

/** Whether a call that failed got an answer that says that the thing is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof BackendError && (error.status === 404 || error.status === 410);
}
