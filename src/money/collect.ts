/** From a task that is out to checked bytes on disk, and from there to the object store. Free to repeat at any point. */
import { FlowError } from '../flow/errors';
import { waitsAtGate } from '../flow/failure-classes';
import { taskFailure } from '../flow/failure-evidence';
import type { CandidateId, Change } from '../flow/ledger';
import { changeCurrent, dropLink } from '../flow/ledger';
import type { Generation, Receipt } from '../flow/receipt';
import { currentGeneration, SAFE_STATES } from '../flow/receipt';
import { awaitAtHome } from './homes';
import type { Ended } from './poll';

import type { Fetched, NodeWork } from './ports';
import { isGone, isoNow } from './submit';

const DOWNLOADS = 4;

/**
 * Takes one candidate from `submitted` (or any later state) to `stored`, repairing on the way: the local file, else the
 * object store's copy, else G-Labs' own. `failed` and `lost` are written down and returned.
 */
export async function collect(work: NodeWork, id: CandidateId): Promise<void> {
  let entry = await readEntry(work, id);
  if (SAFE_STATES.has(entry.state) && !(await work.ports.results.isHere(entry))) entry = await repair(work, id, entry);
  if (entry.state === 'submitted') entry = await fetchResult(work, id, entry);
  if (entry.state === 'generated') {
    work.meter.set(id.row, id.candidate, 'generated');
    const url = await work.ports.results.store(id, entry, work.signal);
    work.ports.reached('uploaded');
    entry = await change(work, id, { state: 'stored', url });
  }
  if (entry.state === 'stored' || entry.state === 'cached') work.meter.set(id.row, id.candidate, 'stored');
}

/** The bytes were here once, and are not now: somebody tidied up the folder. */
async function repair(work: NodeWork, id: CandidateId, entry: Generation): Promise<Generation> {
  const got = entry.url === null ? 'gone' : await work.ports.results.restore(entry, work.signal);
  // Its link is trusted as it is; the next run tries again.
  if (got === 'unreachable') return entry;
  if (got !== 'gone') return change(work, id, got);
  if (entry.taskId === null) return entry;
  const at = isoNow(work);
  const receipt = await work.ports.receipts.update(work.receiptKey, (before) =>
    dropLink(before as Receipt, id, { state: 'submitted' }, at),
  );
  return current(receipt, id);
}

async function fetchResult(work: NodeWork, id: CandidateId, entry: Generation): Promise<Generation> {
  const status = await awaitResult(work, entry);
  if (status.state === 'failed') {
    const message = status.error || status.detail || 'no reason given';
    const { type } = taskFailure(status.code, message);
    const failed = await change(work, id, { state: 'failed', error: { type, code: status.code, message } });
    // Sent again at once it would only fail again: the pass waits first.
    if (waitsAtGate(type)) throw new FlowError(type, message, 1);
    return failed;
  }
  // The task is forgotten by a restart, or lists nothing now: its file may still lie where it was.
  const url = (status.state === 'completed' ? status.results[0] : undefined) ?? entry.resultUrl ?? undefined;
  if (url === undefined) return withoutBackend(work, id, entry, `G-Labs does not know task ${entry.taskId} any more`);
  const got = await fetchUnlessGone(work, id, url);
  if (!got) return withoutBackend(work, id, entry, `G-Labs made task ${entry.taskId} but no longer has its file`);
  work.ports.reached('kept');
  return change(work, id, { state: 'generated', resultUrl: url, ...got });
}

/**
 * How a task ended. One that is done and tells no file is looked at again, as a bad download is made again, and is never
 * taken for lost: it was paid for, and what it made is there.
 */
async function awaitResult(work: NodeWork, entry: Generation): Promise<Ended> {
  for (let looks = 1; ; looks++) {
    const status = await awaitAtHome(work, entry);
    if (status.state !== 'completed' || status.results.length > 0 || entry.resultUrl !== null) return status;
    const what = `G-Labs says that task ${entry.taskId} is done, and ${DOWNLOADS} times told no file`;
    if (looks >= DOWNLOADS) throw badBytes(work, what);
    await work.ports.clock.pause(250 * looks, work.signal);
  }
}

/** Null when G-Labs has no such file any more. */
async function fetchUnlessGone(work: NodeWork, id: CandidateId, url: string): Promise<Fetched | null> {
  for (let refused = 1; ; refused++) {
    try {
      return await fetchChecked(work, id, url);
    } catch (error) {
      if (!isGone(error)) throw error;
      // A tunnel whose end is gone says 404 as well: then this throws, and the pass waits.
      await work.ports.backend.health(work.signal);
      // It may have been gone until just now, so only what is said again after a good answer counts.
      if (refused > 1) return null;
    }
  }
}

/** What G-Labs can't give any more: perhaps its bytes are here already, and an attempt died before it wrote that down. */
async function withoutBackend(work: NodeWork, id: CandidateId, entry: Generation, reason: string): Promise<Generation> {
  const { results } = work.ports;
  const found = await results.found(id, entry);
  if (found) return change(work, id, { state: 'generated', ...found });
  // Bytes that were here once may have reached the store although no receipt says so.
  const stored = entry.sha256 === null ? 'gone' : await results.restore(entry, work.signal);
  if (stored === 'unreachable')
    throw new FlowError('Store.Unavailable', `${reason}; whether the object store has it can't be told now`, 1);
  if (stored !== 'gone') return change(work, id, { state: 'generated', ...stored });
  return change(work, id, { state: 'lost', error: { type: 'Generation.Lost', code: null, message: reason } });
}

/**
 * Bytes count only when they decode. A bad download is made again, never generated again; so is one that found no file,
 * since what is missing for a moment is not lost, and calling it lost costs a generation.
 */
async function fetchChecked(work: NodeWork, id: CandidateId, url: string): Promise<Fetched> {
  const { ports, signal } = work;
  for (let attempt = 1; ; attempt++) {
    try {
      return await ports.results.fetch(id, url, signal);
    } catch (error) {
      const gone = isGone(error);
      if (!gone && !isBadBytes(error)) throw error;
      if (attempt >= DOWNLOADS) {
        if (gone) throw error;
        throw badBytes(work, `G-Labs sent a damaged file ${DOWNLOADS} times (${(error as Error).message})`);
      }
      await ports.clock.pause(250 * attempt, signal);
    }
  }
}

function badBytes({ generator }: NodeWork, what: string): FlowError {
  const kept = 'It is paid for and kept; run again to fetch it once more.';
  return new FlowError('Generation.BadBytes', `${generator.title}: ${what}. ${kept}`, 1);
}

function isBadBytes(error: unknown): boolean {
  return error instanceof Error && (error as { type?: unknown }).type === 'Media.Damaged';
}

async function readEntry(work: NodeWork, id: CandidateId): Promise<Generation> {
  return current(await work.ports.receipts.read(work.receiptKey), id);
}

async function change(work: NodeWork, id: CandidateId, values: Change): Promise<Generation> {
  const at = isoNow(work);
  const receipt = await work.ports.receipts.update(work.receiptKey, (before) =>
    changeCurrent(before as Receipt, id, values, at),
  );
  return current(receipt, id);
}

function current(receipt: Receipt | null, id: CandidateId): Generation {
  const entry = currentGeneration(receipt ?? undefined, id.row, id.candidate);
  if (!entry) throw new Error(`no receipt entry for row ${id.row}, candidate ${id.candidate}`);
  return entry;
}
