/** Replaced entries that count again: an edit was undone, or a person decided about one. Pure changes of a receipt. */
import { FlowError } from './errors';
import { changeCurrent, supersede } from './ledger';
import type { PlannedNode } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { currentGeneration, isUnsettled, ownsFile } from './receipt';

/**
 * Lets a replaced entry (its place in `generations`) count again, in place of the one that counts: an edit was undone. An
 * entry whose fate is not known yet is never passed over; then nothing changes.
 */
export function revive(receipt: Receipt, index: number, at: string): Receipt {
  const entry = receipt.generations[index];
  if (!entry?.superseded) return receipt;
  const id = { row: entry.row, candidate: entry.candidate };
  const current = currentGeneration(receipt, id.row, id.candidate);
  if (isUnsettled(current)) return receipt;
  const replaced = supersede(receipt, [id], at);
  return {
    ...replaced,
    generations: replaced.generations.map((other, i) =>
      i === index ? { ...other, superseded: false, file: ownName(receipt, entry), updatedAt: at } : other,
    ),
  };
}

/**
 * Lets the replaced entries that a plan uses count again, so that every step afterwards finds them as it finds any other.
 * `planned` tells what the plan was made from: a candidate about which something was written since is left as it is.
 */
export function reviveAsPlanned(
  now: Receipt,
  planned: { readonly plan: PlannedNode; readonly receipt: Receipt },
  at: string,
): Receipt {
  const rows = planned.plan.rows.flatMap(({ row, candidates }) => candidates.map((one) => ({ ...one, row })));
  return rows.reduce((receipt, { row, candidate, revives }) => {
    const told = ({ generations }: Receipt): string =>
      JSON.stringify(generations.filter((entry) => entry.row === row && entry.candidate === candidate));
    return revives === null || told(now) !== told(planned.receipt) ? receipt : revive(receipt, revives, at);
  }, now);
}

/** A name that a newer entry's file has taken meanwhile is left to it. */
function ownName(receipt: Receipt, entry: Generation): string | null {
  const { file, sha256 } = entry;
  if (file === null || ownsFile(receipt, entry)) return file;
  const cut = file.lastIndexOf('/') + 1;
  return `${file.slice(0, cut)}replaced/${sha256?.slice(0, 8) ?? 'older'}-${file.slice(cut)}`;
}

/**
 * Writes down what a person decided about an entry that is lost or undecided. Made again: it counts as lost from then on,
 * for the money is possibly gone. Given up: it is done without. Throws FlowError `Decision.NotYet` (7) while what was sent
 * since for the same candidate has no known end.
 */
export function recordDecision(receipt: Receipt, index: number, decision: 'regenerate' | 'skip', at: string): Receipt {
  const entry = receipt.generations[index];
  if (!entry) throw new Error(`receipt ${receipt.key} has no entry ${index}`);
  const counts = currentGeneration(receipt, entry.row, entry.candidate);
  if (counts !== entry && isUnsettled(counts)) throw notYet(entry);
  const counting = revive(receipt, index, at);
  const state = decision === 'skip' ? 'skipped' : 'lost';
  return changeCurrent(counting, { row: entry.row, candidate: entry.candidate }, { state, decision }, at);
}

function notYet({ candidate }: Generation): FlowError {
  const message = `What was sent since for candidate ${candidate} has no known end yet.`;
  return new FlowError('Decision.NotYet', message, 7, ['Run the file once, which asks G-Labs; then decide.']);
}
