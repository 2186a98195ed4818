import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  patched,
  setHandler,
  workflowInfo,
  allHandlersFinished,
} from '@temporalio/workflow';
import type { NodeOutcome } from '../flow/outcome';
import { passState } from '../flow/outcome';
import { runGraph } from '../flow/scheduler';
import type { NodeEnd } from '../flow/scheduler';
import { Decisions } from './decisions';
import { Gates } from './gates';
import type { OpenedPass, PassInput, PassNode, PassResult } from './messages';
import { totalsOf } from './messages';
import { runNode } from './node-loop';
import { gateReason, skippedOutcome } from './node-outcomes';
import { PassState } from './pass-state';
import { quick } from './policies';
import { progressQuery } from './query';
import { Steering } from './steering';

/** What the parts of one running pass share. */
interface Pass {
  readonly input: PassInput;
  readonly state: PassState;
  readonly gates: Gates;
  readonly steering: Steering;
  readonly decisions: Decisions;
}

/**
 * One pass over one file: open (check, plan, back up), generate every node when its own inputs are there, export.
 * The workflow id is the file's path under its project root, so that one pass per file is Temporal's guarantee.
 */
export async function runPass(input: PassInput): Promise<PassResult> {
  const pass = listen(input);
  const { state, steering } = pass;
  const opened = state.opened ?? (await open(pass));
  state.begin(opened);

  const cancelled = await generateAll(pass, opened);
  if (wantsFreshHistory(opened, state) && !cancelled && steering.ending === 'none') {
    await condition(allHandlersFinished);
    const { outcomes, startedAt } = state;
    await continueAsNew<typeof runPass>({
      ...input,
      carried: { opened, outcomes, startedAt, steered: steering.steered, past: state.past.told(Date.now()) },
    });
  }
  // Also after failures and a cancellation: what was paid for gets into an output.
  return CancellationScope.nonCancellable(() => finish(pass, opened, cancelled));
}

/** All handlers are there before the first await, so that no message of a fresh run is refused. */
function listen(input: PassInput): Pass {
  const state = new PassState(input, Date.now());
  setHandler(progressQuery, () => state.progress());
  const steering = new Steering(input, {
    onResume: () => gates.open('quota'),
    onServers: () => {
      state.servers = steering.servers;
      state.past.moved();
      // Nodes that Temporal tries again meanwhile would go on asking at the addresses that they began with.
      if (gates.retarget() && patched('attempts-follow-servers')) steering.beginAgain();
    },
    onChange: () => show(),
  });
  const show = (): void => {
    const pause = steering.pause;
    state.waiting([...gates.waits, ...(pause ? [pause] : [])], steering.ending !== 'none');
  };
  const gates = new Gates(input, () => steering.servers, show);
  state.servers = steering.servers;
  if (steering.isPaused) show();
  return { input, state, gates, steering, decisions: new Decisions(input, state) };
}

function open(pass: Pass): Promise<OpenedPass> {
  const { file, root, options } = pass.input;
  const id = workflowInfo().firstExecutionRunId;
  return throughGates(pass, () =>
    quick.openPass.executeWithOptions({ summary: 'Check, plan and back up' }, [
      { file, root, pass: id, options: { ...options, servers: pass.steering.servers } },
    ]),
  );
}

/** Work of the pass itself: it waits at the same gates as the nodes do. */
async function throughGates<T>({ gates, steering, state }: Pass, work: () => Promise<T>): Promise<T> {
  const cancelled = (): boolean => steering.ending !== 'none' && state.opened === null;
  for (;;) {
    await gates.passed(cancelled);
    if (cancelled()) {
      throw ApplicationFailure.nonRetryable('It was cancelled before it began. Nothing was paid.', 'Pass.Cancelled');
    }
    try {
      return await work();
    } catch (error) {
      const reason = gateReason(error);
      if (!reason) throw error;
      gates.close(reason);
    }
  }
}

/** Runs the nodes that have no outcome yet. Answers whether the pass was cancelled meanwhile. */
async function generateAll(pass: Pass, opened: OpenedPass): Promise<boolean> {
  const { state, steering, decisions } = pass;
  const node = (key: string): PassNode => state.nodeOf(key) as PassNode;
  let inFlight = 0;
  let cancelled = false;
  const draining = (): boolean => workflowInfo().continueAsNewSuggested;
  const run = async (key: string): Promise<NodeEnd> => {
    // Settled by the plan, which already took into account what this means for its dependants.
    if (state.outcomes[key]) return 'done';
    inFlight++;
    state.started(node(key));
    const outcome = await runNode({ ...pass, opened }, node(key));
    inFlight--;
    cancelled ||= outcome.state === 'cancelled';
    if (outcome.state === 'undecided' && steering.ending === 'none') {
      state.park(node(key), outcome);
      return 'parked';
    }
    state.ended(node(key), outcome);
    return outcome.state === 'done' || outcome.state === 'reused' ? 'done' : 'failed';
  };

  const running = runGraph({
    nodes: opened.nodes,
    concurrency: () => (draining() && steering.ending === 'none' ? 0 : steering.concurrency),
    runNode: run,
    onStart: (control) => {
      decisions.attach(control);
      steering.attach(control);
    },
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

function wantsFreshHistory(opened: OpenedPass, state: PassState): boolean {
  return workflowInfo().continueAsNewSuggested && opened.nodes.some((node) => !state.outcomes[node.key]);
}

async function finish(pass: Pass, opened: OpenedPass, cancelled: boolean): Promise<PassResult> {
  const { input, state, gates } = pass;
  gates.reset();
  state.enter('exporting');
  const { startedAt, outcomes } = state;
  const finishedAt = Date.now();
  const report = {
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
    past: state.past.told(finishedAt),
  };
  const exported = await throughGates(pass, () =>
    quick.exportPass.executeWithOptions({ summary: 'Export and report' }, [report]),
  );
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
