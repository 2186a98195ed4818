import { Context } from '@temporalio/activity';
import { acquireNodeLock } from '../files/node-lock';
import type { NodeLock } from '../files/node-lock';
import { nodeLockPath } from '../files/layout';
import { dropHold, writeHold } from '../files/holds';
import { sceneLabel } from '../flow/labels';
import { countPass } from '../flow/ledger';
import type { NodeOutcome } from '../flow/outcome';
import { emptyOutcome } from '../flow/outcome';
import { projectLayout } from '../files/layout';
import { ReceiptStore } from '../files/receipts';
import type { GenerateInput } from '../workflows/messages';
import type { ActivityDeps } from './deps';
import { failure, toFailure } from './failures';
import { withHeartbeat } from './heartbeat';
import { lockOwner } from './lock-owner';
import { noteInterruption } from './last-attempt';
import type { GenerationCounts } from '../flow/ledger';
import { fetchLeftovers } from '../money/leftovers';
import { produceNode } from '../money/produce';
import { openNodeRun } from './node-run';
import { nodeWork } from './node-ports';
import { ProgressMeter } from './progress-meter';
import { saveNode } from './save';
import { atGate, whileHeld } from './gate-checks';
import type { NodeAtGate } from './gate-checks';
import { presentRun } from './gate-holds';

/**
 * One generator node from plan to cache fields: generate all candidates, upload, patch. Every step is written to the
 * node's receipt first, so that any attempt goes on where the last one stopped.
 */
export function createGenerateNode(deps: ActivityDeps): (input: GenerateInput) => Promise<NodeOutcome> {
  return (input) => {
    const meter = new ProgressMeter(input.node);
    return withHeartbeat(
      () => meter.details(),
      async (signal) => {
        const place = placeOf(input);
        // What is out is brought home even so: a pass that ends does not wait where nothing is out.
        if (!input.collectOnly) await whileHeld(deps, place, signal);
        const lock = await lockNode(deps, input, signal).catch((error: unknown) => {
          throw signal.aborted ? error : toFailure(error);
        });
        try {
          await noteDeath(input);
          const run = await openNodeRun(deps, input, AbortSignal.any([signal, lock.superseded]), meter);
          const work = nodeWork(run, lock);
          await produceNode(work);
          await saveNode(run);
          await fetchLeftovers(work);
          return { ...emptyOutcome(input.node.key, 'done'), ...(await counts(input)) };
        } catch (error) {
          if (signal.aborted) throw error;
          if (lock.superseded.aborted) throw failure('Worker.Stopping', 'a newer attempt goes on');
          const spent = await counts(input).catch(() => undefined);
          throw await atGate(deps, place, toFailure(error, spent), signal);
        } finally {
          await lock.release();
        }
      },
      () => counts(input).catch(() => null),
    );
  };
}

function placeOf({ file, root, node, options }: GenerateInput): NodeAtGate {
  return { file, root, servers: options.servers, runId: presentRun(), node: node.key };
}

/** Which attempt may submit is decided by the node's lock; the hold lets a starting worker take over at once. */
async function lockNode(deps: ActivityDeps, input: GenerateInput, signal: AbortSignal): Promise<NodeLock> {
  const path = nodeLockPath(
    projectLayout(input.file, { root: input.root }),
    input.node.receiptKeys[input.node.key] as string,
  );
  const taskToken = Buffer.from(Context.current().info.taskToken).toString('base64');
  const owner = lockOwner({ taskToken });
  const hold = await writeHold(deps.home, owner);
  const lock = await acquireNodeLock(path, owner, { signal }).catch(async (error: unknown) => {
    await dropHold(hold);
    throw error;
  });
  if (!('release' in lock)) {
    await dropHold(hold);
    const holder = lock.heldBy
      ? `process ${lock.heldBy.identity.pid} on ${lock.heldBy.identity.host}`
      : 'another process';
    throw failure('Node.Held', `${input.node.label} is being worked on by ${holder}`);
  }
  return { ...lock, release: () => lock.release().finally(() => dropHold(hold)) };
}

/** Only by the one attempt that goes on: it has the node's lock. */
function noteDeath({ file, root, pass, node }: GenerateInput): Promise<void> {
  const account = node.account.trim();
  // The label has it where there are several.
  const name = `${sceneLabel(node)}${node.label.endsWith(`(${account})`) ? ` (${account})` : ''}`;
  return noteInterruption(projectLayout(file, { root }), { pass, step: 'node', node: name });
}

async function counts(input: GenerateInput): Promise<GenerationCounts> {
  const layout = projectLayout(input.file, { root: input.root });
  const receipt = await new ReceiptStore(layout.receiptsDir).read(input.node.receiptKeys[input.node.key] as string);
  return countPass(receipt ?? undefined, input.pass);
}
