/** The paying step: intent on disk, then the requests, then what their ends mean, on disk before anything else. */
import type { CandidateId } from '../flow/ledger';
import { changeCurrent, emptyReceipt, recordIntents } from '../flow/ledger';
import type { SubmitMeaning } from '../flow/protocol';
import { classifySubmit } from '../flow/protocol';
import { prefixLockKey, promptPrefix } from '../flow/request';
import { failure } from './failures';
import type { NodeRun } from './node-run';
import { lookUpRow } from './lookup';
import type { RowWork } from './row-work';

/**
 * Asks for the given candidates of one row, together. Afterwards each is `submitted`, `withdrawn` (the failure of the
 * first such is thrown) or, when its answer was lost, has been looked up.
 */
export async function submitRow(run: NodeRun, work: RowWork, ids: readonly CandidateId[]): Promise<void> {
  const { generator, backend, deps } = run;
  const key = gateKey(run, work.row.prompt);
  const blocked = (holder: string): Error =>
    failure(
      'Backend.Unreachable',
      `an answer for "${holder}", which has the same beginning of its prompt, is still being looked up`,
    );
  await deps.gates.alone(key, generator.title, blocked, async () => {
    run.signal.throwIfAborted();
    await writeIntents(run, work, ids);
    // Not tied to the signal: a request under way is never cut off by us, for that would make its fate unknown.
    const never = new AbortController().signal;
    const ends = await Promise.all(ids.map(() => run.glabs.submit(backend.server, generator.kind, work.body, never)));
    const meanings = ends.map(classifySubmit);
    await writeMeanings(run, ids, meanings);
    if (meanings.some((meaning) => meaning.kind === 'unknown')) {
      deps.gates.markUnresolved(key, generator.title);
      await lookUpRow(run, work.row.row, work.row.prompt);
      deps.gates.resolved(key, generator.title);
    }
    const refused = meanings.find((meaning) => meaning.kind === 'withdrawn');
    if (refused) throw failure(refused.failure, refused.message);
  });
}

export function gateKey(run: NodeRun, prompt: string): string {
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
