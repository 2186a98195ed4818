/** Writes what opening a pass found out into the receipts, so that every activity afterwards needs only those. */
import type { PlannedPass } from '../evidence';
import { changeCurrent, emptyReceipt, recordFound, supersede } from '../flow/ledger';
import type { PlannedNode } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import type { Generator } from '../flow/types';
import type { Project } from '../project';

/**
 * Cached links without a receipt become entries of their own (D11); dead links stop counting: a receipt with the file
 * still here goes back to `generated`, so that the copy is uploaded again.
 */
export async function settleReceipts(project: Project, planned: PlannedPass, pass: string, at: string): Promise<void> {
  const { flow, receipts } = project;
  await Promise.all(
    planned.plan.nodes.map(async (node) => {
      const generator = flow.byKey.get(node.key);
      if (!generator) return;
      const known = planned.evidence.receipts.get(node.key);
      const key = planned.receiptKeys.get(node.key) as string;
      const before = known ?? emptyReceipt(key, generator);
      const after = settle(before, { node, generator, planned, pass, at });
      if (after !== before)
        await receipts.update(key, (now) => settle(now ?? before, { node, generator, planned, pass, at }));
    }),
  );
}

interface Facts {
  readonly node: PlannedNode;
  readonly generator: Generator;
  readonly planned: PlannedPass;
  readonly pass: string;
  readonly at: string;
}

function settle(receipt: Receipt, facts: Facts): Receipt {
  return recordStrangers(buryDead(receipt, facts), facts);
}

function buryDead(receipt: Receipt, { generator, planned, pass, at }: Facts): Receipt {
  const { deadUrls, missingFiles } = planned.evidence;
  let settled = receipt;
  for (const entry of receipt.generations) {
    if (entry.superseded || entry.url === null || !deadUrls.has(entry.url)) continue;
    const id = { row: entry.row, candidate: entry.candidate };
    const onDisk = entry.file !== null && !missingFiles.has(entry.file);
    if (onDisk) settled = changeCurrent(settled, id, { state: 'generated', url: null }, at);
    else if (entry.taskId !== null)
      settled = changeCurrent(settled, id, { state: 'submitted', url: null, file: null }, at);
    else settled = supersede(settled, [id], at);
  }
  const known = new Set(receipt.generations.map(({ url }) => url));
  const dead = generator.cachedUrls.filter((url) => deadUrls.has(url) && !known.has(url));
  return dead.reduce(
    (current, url) => recordFound(current, { row: 1, candidate: 1, url, fingerprint: 'none', pass, at, dead: true }),
    settled,
  );
}

function recordStrangers(receipt: Receipt, { node, pass, at }: Facts): Receipt {
  const known = new Set(receipt.generations.map(({ url }) => url));
  let settled = receipt;
  for (const row of node.rows) {
    for (const { candidate, action, url } of row.candidates) {
      if (action !== 'reuse' || url === null || known.has(url)) continue;
      const id = { row: row.row, candidate };
      if (currentGeneration(settled, row.row, candidate)) settled = supersede(settled, [id], at);
      settled = recordFound(settled, { ...id, url, fingerprint: row.fingerprint, pass, at });
    }
  }
  return settled;
}
