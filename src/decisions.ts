/** Writing down what a person decided, for the command line and for the worker of a running pass. */
import { localEvidence } from './evidence';
import type { NodeLockOwner } from './files/node-lock';
import { FlowError } from './flow/errors';
import { sceneLabel } from './flow/labels';
import { matchReceipts } from './flow/match-receipts';
import { recordDecision } from './flow/revival';
import type { Decidable } from './flow/open-decisions';
import { canDecide, decidables } from './flow/open-decisions';
import { planPass } from './flow/plan';
import type { Plan, Prices } from './flow/plan-types';
import type { Receipt } from './flow/receipt';
import type { Selection } from './flow/select';
import type { Project } from './project';
import { editReceipt } from './receipt-edits';

/** Candidates of a project about which a person may decide. Asks no server. */
export async function findDecidables(project: Project, prices: Prices): Promise<readonly Decidable[]> {
  const { byKey, unmatched } = matchReceipts(project.flow, await project.receipts.list());
  return decidables(project.flow, await localEvidence(project, byKey), prices, unmatched);
}

/** What a plan says of the selected candidates, as far as it can be told without asking any server. */
export async function localPlan(project: Project, selection: Selection, prices: Prices): Promise<Plan> {
  const plain = { noCache: false, pass: null, refreshStale: false, onLost: 'regenerate' } as const;
  return planPass(project.flow, await localEvidence(project), { ...selection, ...plain, prices });
}

export interface Verdicts {
  readonly decision: 'regenerate' | 'skip';
  /** ISO time. */
  readonly at: string;
  /** Who writes; the activity's name in the lock tells nodes apart. */
  readonly owner: NodeLockOwner;
}

/**
 * Writes a decision about each of these candidates, node by node under its lock. Throws FlowError `Node.Held` (7) while an
 * attempt is at work on one, `Decision.NotNeeded` (2) when something became of it meanwhile, `Decision.NotYet` (7).
 */
export async function writeDecisions(
  project: Project,
  about: readonly Decidable[],
  { decision, at, owner }: Verdicts,
): Promise<void> {
  for (const key of new Set(about.map(({ receiptKey }) => receiptKey))) {
    const own = about.filter(({ receiptKey }) => receiptKey === key);
    const [first] = own;
    const name = first ? sceneLabel(first.generator) : 'the node';
    const change = (now: Receipt): Receipt => own.reduce((receipt, one) => decided(receipt, one, decision, at), now);
    await editReceipt(project, key, owner, change, name);
  }
}

function decided(receipt: Receipt, about: Decidable, decision: Verdicts['decision'], at: string): Receipt {
  const { index, row, candidate } = about;
  const entry = receipt.generations[index];
  if (entry?.row !== row || entry.candidate !== candidate || !canDecide(entry)) {
    const what = `${sceneLabel(about.generator)}, candidate ${candidate}`;
    throw new FlowError(
      'Decision.NotNeeded',
      `${what} needs no decision any more: it is ${entry?.state ?? 'gone'}.`,
      2,
    );
  }
  return recordDecision(receipt, index, decision, at);
}
