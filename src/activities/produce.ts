/** Brings every candidate of a node to the object store, paying only for those that nothing else can bring back. */
import type { CandidateId } from '../flow/ledger';
import { mayTryAgain } from '../flow/ledger';
import type { PlannedCandidate, PlannedNode } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import { currentGeneration, SAFE_STATES } from '../flow/receipt';
import type { GeneratorRow } from '../flow/types';
import { collect } from './collect';
import { failure } from './failures';
import { openEntries } from './lookup';
import type { NodeRun } from './node-run';
import { planNow } from './node-run';
import { prepareRow } from './row-work';
import { countPaid, settleEarlier, submitRow } from './submit';

/** Tasks that one node may have at the backend at once; it parses ten at a time and queues the rest. */
const IN_FLIGHT = 12;

export async function produceNode(run: NodeRun): Promise<void> {
  const { plan, receipt } = await planNow(run);
  countPaid(run, receipt);
  for (const row of plan.rows) {
    for (const { candidate, action } of row.candidates)
      run.meter.set(row.row, candidate, action === 'reuse' ? 'stored' : 'open');
  }
  const busy = run.generator.rows.filter((row) => needsWork(plan, receipt, row.row));
  const lanes = Math.max(1, Math.floor(IN_FLIGHT / Math.max(1, run.generator.outputCount)));
  const queue = [...busy];
  const worker = async (): Promise<void> => {
    for (let row = queue.shift(); row; row = queue.shift()) await produceRow(run, row);
  };
  await allSettled(Array.from({ length: Math.min(lanes, busy.length) }, worker));
}

function needsWork(plan: PlannedNode, receipt: Receipt, row: number): boolean {
  const planned = plan.rows.find((one) => one.row === row);
  return (
    openEntries(receipt, row).length > 0 || (planned?.candidates.some(({ action }) => action !== 'reuse') ?? false)
  );
}

async function produceRow(run: NodeRun, row: GeneratorRow): Promise<void> {
  // What an earlier attempt may have sent comes first: it may make paying unnecessary.
  await settleEarlier(run, row);
  for (;;) {
    const { unpaid, out, receipt } = await sortRow(run, row);
    const stuck = unpaid.filter((id) => !mayTryAgain(receipt, id, run.input.pass));
    const fresh = unpaid.filter((id) => !stuck.includes(id));
    const [submitted] = await Promise.allSettled([fresh.length > 0 ? submit(run, row, fresh) : Promise.resolve()]);
    const open = await openAfterSubmit(run, row, fresh);
    await allSettled([...out, ...open].map((id) => collect(run, id)));
    if (submitted?.status === 'rejected') throw submitted.reason;
    // A task that was out may have failed or got lost: the plan is asked again then.
    if (fresh.length === 0 && (await allSafe(run, out))) return giveUp(run, receipt, stuck);
  }
}

async function submit(run: NodeRun, row: GeneratorRow, ids: readonly CandidateId[]): Promise<void> {
  await submitRow(run, await prepareRow(run, row), ids);
}

/** What the plan says of one row now: what must be paid for, and what is out or unfinished. */
async function sortRow(
  run: NodeRun,
  row: GeneratorRow,
): Promise<{ unpaid: CandidateId[]; out: CandidateId[]; receipt: Receipt }> {
  const { plan, receipt } = await planNow(run);
  const candidates = plan.rows.find((one) => one.row === row.row)?.candidates ?? [];
  const ids = (wanted: (one: PlannedCandidate) => boolean): CandidateId[] =>
    candidates.filter(wanted).map(({ candidate }) => ({ row: row.row, candidate }));
  const blocked = candidates.find(({ action }) => action === 'blocked');
  if (blocked) throw failure('Generation.Undecided', `${run.generator.title}: ${blocked.reason}`);
  return {
    unpaid: ids((one) => one.action === 'generate'),
    out: ids((one) => one.action === 'resume' || one.action === 'finish'),
    receipt,
  };
}

async function allSafe(run: NodeRun, ids: readonly CandidateId[]): Promise<boolean> {
  const receipt = (await run.project.receipts.read(run.receiptKey)) ?? undefined;
  return ids.every(({ row, candidate }) => {
    const entry = currentGeneration(receipt, row, candidate);
    return entry !== undefined && SAFE_STATES.has(entry.state);
  });
}

async function openAfterSubmit(
  run: NodeRun,
  row: GeneratorRow,
  ids: readonly CandidateId[],
): Promise<readonly CandidateId[]> {
  const receipt = (await run.project.receipts.read(run.receiptKey)) ?? undefined;
  return ids.filter((id) => currentGeneration(receipt, row.row, id.candidate)?.state === 'submitted');
}

function giveUp(run: NodeRun, receipt: Receipt, stuck: readonly CandidateId[]): void {
  const [first] = stuck;
  if (!first) return;
  const error = currentGeneration(receipt, first.row, first.candidate)?.error;
  const which = stuck.map(({ candidate }) => candidate).join(', ');
  throw failure(
    error?.type ?? 'Generation.Failed',
    `G-Labs could not make candidate ${which} of "${run.generator.title}": ${error?.code ?? ''} ${error?.message ?? 'no reason given'}`.replace(
      / +/g,
      ' ',
    ),
  );
}

/** Waits for all, so that nothing goes on behind the activity's back, then throws the first failure. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
