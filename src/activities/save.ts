/** The last step of a node: its links into the file, its pictures where people look for them. */
import { candidateStates, urlsToSave } from '../flow/candidates';
import type { CandidateStates } from '../flow/candidates';
import { changeCurrent } from '../flow/ledger';
import { cacheEdits } from '../flow/patches';
import type { Receipt } from '../flow/receipt';
import { locateGenerator } from '../project';
import type { NodeRun } from './node-run';
import { evidenceNow } from './node-run';
import { copyPicked } from './picked';

/**
 * Writes the cache fields of the node and of its galleries, then marks the receipt. A node of which some rows have no
 * result yet (`--row`) writes nothing: a hole would shift the rows behind it. Throws FlowError `File.Changed`.
 */
export async function saveNode(run: NodeRun): Promise<void> {
  const { deps, input, project, generator } = run;
  run.meter.save();
  const states = await statesNow(run);
  const urls = urlsToSave(generator, states, input.options.onLost);
  if (urls) {
    deps.reached('patching');
    await deps.patches.patch(input.file, (text) => {
      const flow = deps.flows.compile(text, input.file);
      return cacheEdits(flow, locateGenerator(flow, generator), urls);
    });
    deps.reached('patched');
    await markCached(run);
  }
  await copyPicked(project, project.flow, generator, states);
}

async function statesNow(run: NodeRun): Promise<CandidateStates> {
  const { evidence, receipt } = await evidenceNow(run);
  return candidateStates(run.generator, receipt, evidence);
}

async function markCached(run: NodeRun): Promise<void> {
  const at = new Date(run.deps.now()).toISOString();
  await run.project.receipts.update(run.receiptKey, (before) => {
    const receipt = before as Receipt;
    const stored = receipt.generations.filter((entry) => !entry.superseded && entry.state === 'stored');
    return stored.reduce(
      (current, { row, candidate }) => changeCurrent(current, { row, candidate }, { state: 'cached' }, at),
      receipt,
    );
  });
}
