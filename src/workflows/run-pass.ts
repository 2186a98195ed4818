import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
  allHandlersFinished,
} from '@temporalio/workflow';
import type { NodeOutcome } from '../flow/outcome';
import { passState } from '../flow/outcome';
import { runGraph } from '../flow/scheduler';
import type { NodeEnd } from '../flow/scheduler';
import { BackendGate } from './backend-gate';
import { Decisions } from './decisions';
import type { OpenedPass, PassInput, PassNode, PassResult } from './messages';
import { totalsOf } from './messages';
import { progressQuery } from './query';
import { countsOf, failureOutcome, gateReason, skippedOutcome } from './node-outcomes';
import { PassState } from './pass-state';
import { generating, quick } from './policies';

/**
 * One pass over one file: open (check, plan, back up), generate every node when its own inputs are there, export.
 * The workflow id is the file's path under its project root, so that one pass per file is Temporal's guarantee.
 */
export async function runPass(input: PassInput): Promise<PassResult> {
  const state = new PassState(input, Date.now());
  setHandler(progressQuery, () => state.progress());
  const decisions = new Decisions(input, state);
  const opened = state.opened ?? (await open(input));
  state.begin(opened);

  const cancelled = await generateAll(input, opened, state, decisions);
  if (wantsFreshHistory(opened, state) && !cancelled) {
    await condition(allHandlersFinished);
    await continueAsNew<typeof runPass>({
      ...input,
      carried: { opened, outcomes: state.outcomes, startedAt: state.startedAt },
    });
  }
  // Also after failures and a cancellation: what was paid for gets into an output.
  return CancellationScope.nonCancellable(() => finish(input, opened, state, cancelled));
}

function open(input: PassInput): Promise<OpenedPass> {
  const pass = workflowInfo().firstExecutionRunId;
  return quick.openPass.executeWithOptions({ summary: 'Check, plan and back up' }, [
    { file: input.file, root: input.root, pass, options: input.options },
  ]);
}

/** Runs the nodes that have no outcome yet. Answers whether the pass was cancelled meanwhile. */
async function generateAll(
  input: PassInput,
  opened: OpenedPass,
  state: PassState,
  decisions: Decisions,
): Promise<boolean> {
  const gate = new BackendGate(input, (reason) => state.waiting(reason));
  const node = (key: string): PassNode => state.nodeOf(key) as PassNode;
  let inFlight = 0;
  let cancelled = false;
  const draining = (): boolean => workflowInfo().continueAsNewSuggested;
  const runNode = async (key: string): Promise<NodeEnd> => {
    // Settled by the plan, which already took into account what this means for its dependants.
    if (state.outcomes[key]) return 'done';
    inFlight++;
    state.started(node(key));
    const outcome = await generateNode(input, opened, node(key), { gate, state });
    inFlight--;
    cancelled ||= outcome.state === 'cancelled';
    if (outcome.state === 'undecided') {
      state.park(node(key), outcome);
      return 'parked';
    }
    state.ended(node(key), outcome);
    return outcome.state === 'done' || outcome.state === 'reused' ? 'done' : 'failed';
  };

  const running = runGraph({
    nodes: opened.nodes,
    concurrency: () => (draining() ? 0 : input.options.concurrency),
    runNode,
    onStart: (control) => decisions.attach(control),
    mayGiveUp: () => decisions.settled(),
    onGiveUp: (key) => state.ended(node(key), state.parkedOutcome(key) as NodeOutcome),
    onSkip: (key, because) => {
      if (!state.outcomes[key]) state.ended(node(key), skippedOutcome(key, node(because), state.outcomes[because]));
    },
  });
  // A cancellation rejects the condition at once; the nodes still end one by one, so they are awaited all the same.
  const drained = (): boolean => draining() && inFlight === 0 && decisions.settled();
  await Promise.race([running, condition(drained).catch(() => running)]);
  return cancelled;
}

async function generateNode(
  input: PassInput,
  opened: OpenedPass,
  node: PassNode,
  { gate, state }: { readonly gate: BackendGate; readonly state: PassState },
): Promise<NodeOutcome> {
  const { generateNode: generate } = generating(input.taskQueue);
  const args = { file: input.file, root: input.root, pass: opened.pass, node, options: input.options };
  for (;;) {
    try {
      await gate.passed();
      return await generate.executeWithOptions(
        { summary: node.label, priority: { fairnessKey: opened.pass.slice(0, 60) } },
        [args],
      );
    } catch (error) {
      const reason = gateReason(error);
      state.spent(node, countsOf(error));
      if (reason === null) return failureOutcome(node.key, error, state.spentBy(node), isCancellation(error));
      gate.close(reason);
    }
  }
}

function wantsFreshHistory(opened: OpenedPass, state: PassState): boolean {
  return workflowInfo().continueAsNewSuggested && opened.nodes.some((node) => !state.outcomes[node.key]);
}

async function finish(input: PassInput, opened: OpenedPass, state: PassState, cancelled: boolean): Promise<PassResult> {
  state.enter('exporting');
  const { startedAt, outcomes } = state;
  const finishedAt = Date.now();
  const exported = await quick.exportPass.executeWithOptions({ summary: 'Export and report' }, [
    {
      file: input.file,
      root: input.root,
      pass: opened.pass,
      startedAt,
      finishedAt,
      backup: opened.backup,
      nodes: opened.nodes,
      outcomes,
      onLost: input.options.onLost,
      cancelled,
    },
  ]);
  const ended = passState(Object.values(outcomes));
  state.output = exported.output;
  state.enter('ended', ended);
  await condition(allHandlersFinished);
  return {
    ...exported,
    state: ended,
    code: opened.code,
    fileVersion: opened.fileVersion,
    totals: totalsOf(outcomes),
    outcomes,
    labels: Object.fromEntries(opened.nodes.map(({ key, label }) => [key, label])),
    startedAt,
    finishedAt,
  };
}
