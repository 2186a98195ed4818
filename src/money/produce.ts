/** Brings every candidate of a node to the object store, paying only for those that nothing else can bring back. */
import { FlowError } from '../flow/errors';
import type { CandidateId } from '../flow/ledger';
import { mayTryAgain } from '../flow/ledger';
import { needsPerson } from '../flow/outcome';
import type { PlannedCandidate, PlannedNode } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import { currentGeneration, SAFE_STATES } from '../flow/receipt';
import type { GeneratorRow } from '../flow/types';
import { collect } from './collect';
import { openEntries } from './lookup';
import type { NodeWork } from './ports';
import { eachRow, isUndecidedError } from './rows';
import { countPaid, settleEarlier, submitRow } from './submit';

/** Tasks that one node may have at the backend at once; it parses ten at a time and queues the rest. */
const IN_FLIGHT = 12;

export async function produceNode(work: NodeWork): Promise<void> {
  const { plan, receipt } = await work.ports.plan();
  countPaid(work, receipt);
  for (const row of plan.rows) {
    for (const { candidate, action } of row.candidates)
      work.meter.set(row.row, candidate, action === 'reuse' ? 'stored' : 'open');
  }
  const busy = work.generator.rows.filter((row) => needsWork(plan, receipt, row.row));
  const lanes = Math.max(1, Math.floor(IN_FLIGHT / Math.max(1, work.generator.outputCount)));
  await eachRow(busy, lanes, work.signal, (row) => produceRow(work, row));
}

function needsWork(plan: PlannedNode, receipt: Receipt, row: number): boolean {
  const planned = plan.rows.find((one) => one.row === row);
  return (
    openEntries(receipt, row).length > 0 || (planned?.candidates.some(({ action }) => action !== 'reuse') ?? false)
  );
}

async function produceRow(work: NodeWork, row: GeneratorRow): Promise<void> {
  // What an earlier attempt may have sent comes first: it may make paying unnecessary.
  await settleEarlier(work, row).catch((error: unknown) => bringHome(work, row, error));
  for (;;) {
    const { unpaid, out, undecided, receipt } = await sortRow(work, row);
    const stuck = unpaid.filter((id) => !mayTryAgain(receipt, id, work.pass, work.attempts ?? null));
    const fresh = unpaid.filter((id) => !stuck.includes(id));
    const [submitted] = await Promise.allSettled([fresh.length > 0 ? submit(work, row, fresh) : Promise.resolve()]);
    const open = await openAfterSubmit(work, row, fresh);
    await allSettled([...out, ...open].map((id) => collect(work, id)));
    if (submitted?.status === 'rejected') throw submitted.reason;
    // A task that was out may have failed or got lost: the plan is asked again then.
    if (fresh.length > 0 || !(await allSafe(work, out))) continue;
    giveUp(work, receipt, stuck);
    if (undecided !== null) throw new FlowError('Generation.Undecided', `${work.generator.title}: ${undecided}`, 6);
    return;
  }
}

/** Nothing is sent while a person is awaited, but what is out was paid for. Throws the error. */
async function bringHome(work: NodeWork, row: GeneratorRow, error: unknown): Promise<never> {
  if (isUndecidedError(error)) {
    const { out } = await sortRow(work, row);
    await allSettled(out.map((id) => collect(work, id)));
  }
  throw error;
}

async function submit(work: NodeWork, row: GeneratorRow, ids: readonly CandidateId[]): Promise<void> {
  await submitRow(work, await work.ports.prepare(row), ids);
}

/** What the plan says of one row now: what must be paid for, what is out or unfinished, why a person is needed. */
async function sortRow(
  work: NodeWork,
  row: GeneratorRow,
): Promise<{ unpaid: CandidateId[]; out: CandidateId[]; undecided: string | null; receipt: Receipt }> {
  const { plan, receipt } = await work.ports.plan();
  const candidates = plan.rows.find((one) => one.row === row.row)?.candidates ?? [];
  const ids = (wanted: (one: PlannedCandidate) => boolean): CandidateId[] =>
    candidates.filter(wanted).map(({ candidate }) => ({ row: row.row, candidate }));
  // What waits for a person keeps nobody from bringing the others home.
  const undecided = candidates.find(({ action, reason }) => action === 'blocked' && needsPerson(reason));
  return {
    unpaid: ids((one) => one.action === 'generate'),
    out: ids((one) => one.action === 'resume' || one.action === 'finish'),
    undecided: undecided?.reason ?? null,
    receipt,
  };
}

async function allSafe(work: NodeWork, ids: readonly CandidateId[]): Promise<boolean> {
  const receipt = (await work.ports.receipts.read(work.receiptKey)) ?? undefined;
  return ids.every(({ row, candidate }) => {
    const entry = currentGeneration(receipt, row, candidate);
    return entry !== undefined && SAFE_STATES.has(entry.state);
  });
}

async function openAfterSubmit(
  work: NodeWork,
  row: GeneratorRow,
  ids: readonly CandidateId[],
): Promise<readonly CandidateId[]> {
  const receipt = (await work.ports.receipts.read(work.receiptKey)) ?? undefined;
  return ids.filter((id) => currentGeneration(receipt, row.row, id.candidate)?.state === 'submitted');
}

function giveUp(work: NodeWork, receipt: Receipt, stuck: readonly CandidateId[]): void {
  const [first] = stuck;
  if (!first) return;
  const error = currentGeneration(receipt, first.row, first.candidate)?.error;
  const which = stuck.map(({ candidate }) => candidate).join(', ');
  throw new FlowError(
    error?.type ?? 'Generation.Failed',
    `G-Labs could not make candidate ${which} of "${work.generator.title}": ${error?.code ?? ''} ${error?.message ?? 'no reason given'}`.replace(
      / +/g,
      ' ',
    ),
    1,
  );
}

/** Waits for all, so that nothing goes on behind the activity's back, then throws the first failure. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
