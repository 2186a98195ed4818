/** What became of submits whose answers were lost: looked up at the backend before anything is sent again. */
import { FlowError } from '../flow/errors';
import type { CandidateId } from '../flow/ledger';
import { changeCurrent } from '../flow/ledger';
import type { Fate } from '../flow/protocol';
import { decideFate, LOOK_AGAIN_MS } from '../flow/protocol';
import type { Generation, Receipt, SeenBefore } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import { samePrefix } from '../flow/request';
import type { NodeWork } from './ports';
import { lookAtHome } from './homes';
import { BLIP_MS, isBlip } from './poll';
import { countPaid, isoNow } from './submit';

/**
 * Settles every `intent` and `unknown` entry of one row; must run alone for its words. Throws BackendError while the
 * backend can't be asked, FlowError `Generation.Undecided` when it can't be told.
 */
export async function lookUpRow(work: NodeWork, row: number, words: string): Promise<void> {
  const { clock } = work.ports;
  let answeredAt = clock.monotonic();
  for (let looks = 1; ;) {
    const receipt = await work.ports.receipts.read(work.receiptKey);
    const open = openEntries(receipt, row);
    if (open.length === 0) return;
    const fate = await askBackend(work, open, words, looks).catch((error: unknown) => {
      // A look that failed tells nothing, and takes nothing away from those that did not.
      if (!isBlip(error) || clock.monotonic() - answeredAt > BLIP_MS) throw error;
      return error;
    });
    if (fate instanceof Error) {
      await clock.pause(Math.max(LOOK_AGAIN_MS, fate.retryAfterMs ?? 0), work.signal);
      continue;
    }
    looks++;
    answeredAt = clock.monotonic();
    work.ports.reached('looked-up');
    if (fate.kind === 'undecided') throw await undecided(work, open, fate.reason);
    if (fate.kind === 'adopt') return settle(work, open, fate);
    if (fate.taskIds.length > 0) await settle(work, open, { taskIds: fate.taskIds, rest: 'wait' });
    await clock.pause(LOOK_AGAIN_MS, work.signal);
  }
}

/** Entries of a row that were sent, or about to be, and whose answer nobody saw. */
export function openEntries(receipt: Receipt | null | undefined, row: number): readonly Generation[] {
  return (receipt?.generations ?? []).filter(
    (entry) => !entry.superseded && entry.row === row && (entry.state === 'intent' || entry.state === 'unknown'),
  );
}

async function askBackend(work: NodeWork, open: readonly Generation[], words: string, looks: number): Promise<Fate> {
  const { ports, generator } = work;
  const { listing, health, isHome } = await lookAtHome(work, open[0]?.server ?? ports.backend.server);
  const now = ports.clock.now();
  const receipt = await ports.receipts.read(work.receiptKey);
  return decideFate({
    kind: generator.kind,
    fits: (listed) => open.some((entry) => samePrefix(listed, entry.promptPrefix)),
    intentAt: Math.min(...open.map((entry) => Date.parse(entry.intentAt as string))),
    unknown: open.length,
    seen: seenBefore(open),
    listing,
    uptime: health.uptime,
    skewMs: health.skewMs,
    now,
    looks,
    isHome,
    claimed: takenSince(receipt, open),
    owned: await ports.words.owned(words),
  });
}

/** Entries that are sent together are added together, and always behind those of before. */
function takenSince(receipt: Receipt | null, open: readonly Generation[]): ReadonlySet<string> {
  const entries = receipt?.generations ?? [];
  const first = entries.findIndex(({ intentAt }) => open.some((one) => one.intentAt === intentAt));
  return new Set(entries.slice(Math.max(0, first)).flatMap(({ taskId }) => taskId ?? []));
}

/** Entries of one row are sent together, so they share what was seen before; where they do not, nothing is known. */
function seenBefore(open: readonly Generation[]): SeenBefore | null {
  const [first, ...rest] = open.map(({ seen }) => JSON.stringify(seen));
  return rest.every((seen) => seen === first) ? (open[0]?.seen ?? null) : null;
}

async function settle(
  work: NodeWork,
  open: readonly Generation[],
  fate: { readonly taskIds: readonly string[]; readonly rest: 'withdrawn' | 'lost' | 'wait' },
): Promise<void> {
  const at = isoNow(work);
  const receipt = await work.ports.receipts.update(work.receiptKey, (before) =>
    open.reduce((current, entry, index) => {
      const id: CandidateId = { row: entry.row, candidate: entry.candidate };
      const taskId = fate.taskIds[index];
      if (taskId !== undefined) {
        const adopted = { state: 'submitted', taskId, submittedAt: at, adopted: true, error: null } as const;
        return changeCurrent(current, id, adopted, at);
      }
      if (fate.rest === 'wait') return current;
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
  countPaid(work, receipt);
}

async function undecided(work: NodeWork, open: readonly Generation[], reason: string): Promise<Error> {
  const at = isoNow(work);
  const error = { type: 'Generation.Undecided', code: null, message: reason };
  await work.ports.receipts.update(work.receiptKey, (before) =>
    open.reduce((current, { row, candidate }) => {
      const entry = currentGeneration(current, row, candidate);
      return entry ? changeCurrent(current, { row, candidate }, { state: 'unknown', error }, at) : current;
    }, before as Receipt),
  );
  return new FlowError(
    'Generation.Undecided',
    `${work.generator.title}: ${reason}. Nothing more was sent, so that nothing is paid twice.`,
    6,
  );
}
