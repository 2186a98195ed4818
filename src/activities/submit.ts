/** The paying step: intent on disk, then the requests, then what their ends mean, on disk before anything else. */
import type { CandidateId } from '../flow/ledger';
import { changeCurrent, emptyReceipt, recordIntents } from '../flow/ledger';
import type { SubmitMeaning } from '../flow/protocol';
import { classifySubmit } from '../flow/protocol';
import { prefixLockKey, promptPrefix } from '../flow/request';
import { BackendError } from '../clients/glabs-http';
import type { GeneratorRow } from '../flow/types';
import { failure } from './failures';
import type { NodeRun } from './node-run';
import { settleOthers } from './unsettled';
import { lookUpRow, openEntries } from './lookup';
import type { RowWork } from './row-work';

/**
 * Asks for the given candidates of one row, together. Afterwards each is `submitted`, `withdrawn` (the failure of the
 * first such is thrown) or, when its answer was lost, has been looked up.
 */
export async function submitRow(run: NodeRun, work: RowWork, ids: readonly CandidateId[]): Promise<void> {
  const { generator, backend } = run;
  await alone(run, work.row.prompt, async () => {
    await settleOthers(run, work.row.prompt);
    run.signal.throwIfAborted();
    await writeIntents(run, work, ids);
    // Not tied to the signal: a request under way is never cut off by us, for that would make its fate unknown.
    const never = new AbortController().signal;
    const ends = await Promise.all(ids.map(() => run.glabs.submit(backend.server, generator.kind, work.body, never)));
    const meanings = ends.map(classifySubmit);
    await writeMeanings(run, ids, meanings);
    if (meanings.some((meaning) => meaning.kind === 'unknown'))
      await settleUnresolved(run, work.row.row, work.row.prompt);
    const refused = meanings.find((meaning) => meaning.kind === 'withdrawn');
    if (!refused) return;
    // A tunnel whose end is gone says 404 as well: then this throws, and the pass waits.
    if (refused.failure === 'Backend.Unexpected') await run.glabs.health(backend.server, run.signal);
    throw failure(refused.failure, refused.message);
  });
}

/**
 * Settles what an earlier attempt (of a dead worker, perhaps) may have sent for a row. Alone for the prompt's beginning,
 * like a submit: tasks of another node that has not written its ids down yet would be taken for ours.
 */
export async function settleEarlier(run: NodeRun, row: GeneratorRow): Promise<void> {
  const receipt = await run.project.receipts.read(run.receiptKey);
  const [first] = openEntries(receipt, row.row);
  // As it was sent: the prompt may have been edited since.
  if (first) await alone(run, first.promptPrefix, () => settleUnresolved(run, row.row, first.promptPrefix));
}

function alone(run: NodeRun, prompt: string, work: () => Promise<void>): Promise<void> {
  const blocked = (holder: string): Error =>
    failure(
      'Node.Held',
      `an answer for "${holder}", which has the same beginning of its prompt, is still being looked up`,
    );
  return run.deps.gates.alone(gateKey(run, prompt), ownerOf(run), blocked, work);
}

/** While the backend can't be asked, the answer keeps other nodes with the same beginning out; any other end frees them. */
async function settleUnresolved(run: NodeRun, row: number, prompt: string): Promise<void> {
  const { gates } = run.deps;
  const key = gateKey(run, prompt);
  gates.markUnresolved(key, ownerOf(run));
  try {
    await lookUpRow(run, row);
  } catch (error) {
    if (!(error instanceof BackendError)) gates.resolved(key, ownerOf(run));
    throw error;
  }
  gates.resolved(key, ownerOf(run));
}

/** Titles repeat over the accounts of a file and over files. */
function ownerOf({ project, generator }: NodeRun): string {
  return `${project.layout.workflowId}, ${generator.account}: ${generator.title}`;
}

function gateKey(run: NodeRun, prompt: string): string {
  return [run.backend.server, run.generator.kind, prefixLockKey(prompt)].join(' ');
}

async function writeIntents(run: NodeRun, work: RowWork, ids: readonly CandidateId[]): Promise<void> {
  const { receiptKey, generator, backend, input } = run;
  const facts = {
    fingerprint: work.fingerprint,
    promptPrefix: promptPrefix(work.row.prompt),
    server: backend.server,
    skewMs: backend.skewMs,
    references: work.references,
    stills: work.stills,
    pass: input.pass,
    at: isoNow(run),
  };
  await run.project.receipts.update(receiptKey, (receipt) =>
    recordIntents(receipt ?? emptyReceipt(receiptKey, generator), ids, facts),
  );
}

async function writeMeanings(
  run: NodeRun,
  ids: readonly CandidateId[],
  meanings: readonly SubmitMeaning[],
): Promise<void> {
  const at = isoNow(run);
  const receipt = await run.project.receipts.update(run.receiptKey, (before) =>
    ids.reduce(
      (current, id, index) => {
        const meaning = meanings[index] as SubmitMeaning;
        if (meaning.kind === 'accepted') {
          return changeCurrent(current, id, { state: 'submitted', taskId: meaning.taskId, submittedAt: at }, at);
        }
        const error = {
          type: meaning.kind === 'withdrawn' ? meaning.failure : 'Backend.Unanswered',
          code: null,
          message: meaning.message,
        };
        return changeCurrent(current, id, { state: meaning.kind, error }, at);
      },
      before ?? emptyReceipt(run.receiptKey, run.generator),
    ),
  );
  countPaid(run, receipt);
}

export function isoNow(run: NodeRun): string {
  return new Date(run.deps.now()).toISOString();
}

export function countPaid(
  run: NodeRun,
  receipt: { generations: readonly { pass: string; taskId: string | null }[] },
): void {
  run.meter.paid = receipt.generations.filter((entry) => entry.pass === run.input.pass && entry.taskId !== null).length;
}
