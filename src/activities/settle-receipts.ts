/** Writes what opening a pass found out into the receipts, so that every activity afterwards needs only those. */
import type { PlannedPass } from '../evidence';
import { FlowError } from '../flow/errors';
import { CACHE_DEAD } from '../flow/entries';
import { dropLink, emptyReceipt, recordFound, supersede } from '../flow/ledger';
import { reviveAsPlanned } from '../flow/revival';
import type { PlannedNode } from '../flow/plan-types';
import type { Generation, Receipt } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import type { Generator } from '../flow/types';
import type { Project } from '../project';

/**
 * Cached links without a receipt become entries of their own (D11); dead links stop counting: a receipt with the file
 * still here goes back to `generated`, so that the copy is uploaded again. Entries of inputs that are back count again.
 */
export async function settleReceipts(
  project: SettledProject,
  planned: PlannedPass,
  pass: string,
  { at, lock }: SettleOptions,
): Promise<void> {
  const { flow } = project;
  await Promise.all(
    planned.plan.nodes.map(async (node) => {
      const generator = flow.byKey.get(node.key);
      if (!generator) return;
      const known = planned.evidence.receipts.get(node.key);
      const key = planned.receiptKeys.get(node.key) as string;
      const before = known ?? emptyReceipt(key, generator);
      const facts = { plan: node, receipt: before, generator, planned, pass, at };
      if (settle(before, facts) !== before) await settleOne(project, facts, key, lock);
    }),
  );
}

/** What is needed of a project. */
export interface SettledProject extends Pick<Project, 'flow'> {
  readonly receipts: Pick<Project['receipts'], 'update'>;
}

export interface SettleOptions {
  /** ISO time. */
  readonly at: string;
  /** The lock of a node, null while somebody living has it. */
  readonly lock: (receiptKey: string) => Promise<{ release(): Promise<void> } | null>;
}

/** An attempt of an earlier pass may still be at it, in another process: its steps must not be written over. */
async function settleOne(
  project: SettledProject,
  facts: Facts,
  key: string,
  lock: SettleOptions['lock'],
): Promise<void> {
  const held = await lock(key);
  if (!held) throw new FlowError('Node.Held', `${facts.generator.title} is still being worked on`, 7);
  try {
    await project.receipts.update(key, (now) => settle(now ?? facts.receipt, facts));
  } finally {
    await held.release();
  }
}

interface Facts {
  readonly plan: PlannedNode;
  /** As it was planned from. */
  readonly receipt: Receipt;
  readonly generator: Generator;
  readonly planned: PlannedPass;
  readonly pass: string;
  readonly at: string;
}

function settle(receipt: Receipt, facts: Facts): Receipt {
  return recordStrangers(buryDead(reviveAsPlanned(receipt, facts, facts.at), facts), facts);
}

function buryDead(receipt: Receipt, facts: Facts): Receipt {
  const { generator, planned, pass, at } = facts;
  const { deadUrls } = planned.evidence;
  const settled = receipt.generations.reduce(
    (current, entry) => (entry.url !== null && deadUrls.has(entry.url) ? bury(current, entry, facts) : current),
    receipt,
  );
  const known = new Set(receipt.generations.map(({ url }) => url));
  const listed = [...generator.cachedUrls, ...generator.otherUrls.filter((url) => url !== null)];
  const dead = [...new Set(listed)].filter((url) => deadUrls.has(url) && !known.has(url));
  return dead.reduce(
    (current, url) => recordFound(current, { row: 1, candidate: 1, url, fingerprint: 'none', pass, at, dead: true }),
    settled,
  );
}

/** What its dead link means for an entry. Of one that was replaced only that nothing is left is noted. */
function bury(receipt: Receipt, entry: Generation, { planned, at }: Facts): Receipt {
  const id = { row: entry.row, candidate: entry.candidate };
  const onDisk = entry.file !== null && !planned.evidence.missingFiles.has(entry.file);
  if (!onDisk && entry.taskId === null) return buryWhole(receipt, entry, at);
  if (entry.superseded) return receipt;
  return onDisk
    ? dropLink(receipt, id, { state: 'generated' }, at)
    : dropLink(receipt, id, { state: 'submitted', file: null }, at);
}

function buryWhole(receipt: Receipt, entry: Generation, at: string): Receipt {
  if (entry.superseded && entry.error?.type === CACHE_DEAD) return receipt;
  const error = { type: CACHE_DEAD, code: null, message: 'its link does not answer any more and no copy is left' };
  return {
    ...receipt,
    generations: receipt.generations.map((other) =>
      other === entry ? { ...other, superseded: true, error, updatedAt: at } : other,
    ),
  };
}

function recordStrangers(receipt: Receipt, { plan, pass, at }: Facts): Receipt {
  const known = new Set(receipt.generations.map(({ url }) => url));
  let settled = receipt;
  for (const row of plan.rows) {
    for (const { candidate, action, url } of row.candidates) {
      if ((action !== 'reuse' && action !== 'finish') || url === null || known.has(url)) continue;
      const id = { row: row.row, candidate };
      if (currentGeneration(settled, row.row, candidate)) settled = supersede(settled, [id], at);
      settled = recordFound(settled, { ...id, url, fingerprint: row.fingerprint, pass, at });
    }
  }
  return settled;
}
