/** What became of submits whose answers were lost: looked up at the backend before anything is sent again. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CandidateId } from '../flow/ledger';
import { changeCurrent } from '../flow/ledger';
import type { Fate } from '../flow/protocol';
import { decideFate } from '../flow/protocol';
import type { Generation, Receipt } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import { samePrefix } from '../flow/request';
import { ReceiptStore } from '../files/receipts';
import { failure } from './failures';
import type { NodeRun } from './node-run';
import { countPaid, isoNow } from './submit';

const LOOK_AGAIN_MS = 400;

/** Settles every `intent` and `unknown` entry of one row. Throws BackendError while the backend can't be asked. */
export async function lookUpRow(run: NodeRun, row: number): Promise<void> {
  for (;;) {
    const receipt = await run.project.receipts.read(run.receiptKey);
    const open = openEntries(receipt, row);
    if (open.length === 0) return;
    const fate = await askBackend(run, open);
    if (fate.kind === 'undecided') throw await undecided(run, open, fate.reason);
    if (fate.kind === 'adopt') return settle(run, open, fate);
    await delay(LOOK_AGAIN_MS, undefined, { signal: run.signal });
  }
}

/** Entries of a row that were sent, or about to be, and whose answer nobody saw. */
export function openEntries(receipt: Receipt | null | undefined, row: number): readonly Generation[] {
  return (receipt?.generations ?? []).filter(
    (entry) => !entry.superseded && entry.row === row && (entry.state === 'intent' || entry.state === 'unknown'),
  );
}

async function askBackend(run: NodeRun, open: readonly Generation[]): Promise<Fate> {
  const { glabs, backend, signal, deps } = run;
  // Ordered: a start time read before the list can't hide a restart between the two.
  const listing = await glabs.tasks(backend.server, signal);
  const health = await glabs.health(backend.server, signal);
  return decideFate({
    kind: run.generator.kind,
    fits: (listed) => open.some((entry) => samePrefix(listed, entry.promptPrefix)),
    intentAt: Math.min(...open.map((entry) => Date.parse(entry.intentAt as string))),
    unknown: open.length,
    listing,
    uptime: health.uptime,
    skewMs: health.skewMs,
    now: deps.now(),
    claimed: await claimedTasks(run),
  });
}

/** Tasks that some receipt owns. Other versions of the file have the same prompts, so theirs count too. */
async function claimedTasks({ project }: NodeRun): Promise<ReadonlySet<string>> {
  const own = project.layout.receiptsDir;
  const versions = dirname(dirname(own));
  const names = await readdir(versions).catch(() => []);
  const others = names.map((name) => join(versions, name, basename(own))).filter((folder) => folder !== own);
  const lists = await Promise.all([
    project.receipts.list(),
    // A damaged record of another version is that version's trouble.
    ...others.map((folder) => new ReceiptStore(folder).list().catch(() => [])),
  ]);
  return new Set(lists.flat().flatMap(({ generations }) => generations.flatMap(({ taskId }) => taskId ?? [])));
}

async function settle(
  run: NodeRun,
  open: readonly Generation[],
  fate: Extract<Fate, { kind: 'adopt' }>,
): Promise<void> {
  const at = isoNow(run);
  const receipt = await run.project.receipts.update(run.receiptKey, (before) =>
    open.reduce((current, entry, index) => {
      const id: CandidateId = { row: entry.row, candidate: entry.candidate };
      const taskId = fate.taskIds[index];
      if (taskId !== undefined) {
        return changeCurrent(
          current,
          id,
          { state: 'submitted', taskId, submittedAt: at, adopted: true, error: null },
          at,
        );
      }
      const lost = fate.rest === 'lost';
      const error = {
        type: lost ? 'Generation.Lost' : 'Backend.Unanswered',
        code: null,
        message: lost
          ? 'its answer was lost and G-Labs can no longer say whether it took it: money possibly gone'
          : 'it never arrived at G-Labs: nothing was paid',
      };
      return changeCurrent(current, id, { state: fate.rest, error }, at);
    }, before as Receipt),
  );
  countPaid(run, receipt);
}

async function undecided(run: NodeRun, open: readonly Generation[], reason: string): Promise<Error> {
  const at = isoNow(run);
  await run.project.receipts.update(run.receiptKey, (before) =>
    open.reduce((current, { row, candidate }) => {
      const entry = currentGeneration(current, row, candidate);
      return entry
        ? changeCurrent(
            current,
            { row, candidate },
            { state: 'unknown', error: { type: 'Generation.Undecided', code: null, message: reason } },
            at,
          )
        : current;
    }, before as Receipt),
  );
  return failure(
    'Generation.Undecided',
    `${run.generator.title}: ${reason}. Nothing more was sent, so that nothing is paid twice.`,
  );
}
