/** One node from its first attempt to its outcome: through gates, pauses and a cancel, as often as it takes. */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { NodeOutcome } from '../flow/outcome';
import type { Gates } from './gates';
import type { OpenedPass, PassInput, PassNode } from './messages';
import { cancelledOutcome, countsOf, failureOutcome, gateReason, isStopped } from './node-outcomes';
import type { PassState } from './pass-state';
import { generating } from './policies';
import type { Steering } from './steering';

export interface NodeWork {
  readonly input: PassInput;
  readonly opened: OpenedPass;
  readonly gates: Gates;
  readonly state: PassState;
  readonly steering: Steering;
}

export async function runNode(work: NodeWork, node: PassNode): Promise<NodeOutcome> {
  return new NodeLoop(work, node).run();
}

class NodeLoop {
  private readonly work: NodeWork;
  private readonly node: PassNode;
  /** Something of it may be out at G-Labs. */
  private begun: boolean;
  /** What was out is home, since the pass was told to stop paying. */
  private collected = false;
  /** It is known to have something out that can't be brought home while a gate is closed. */
  private mustWait = false;

  constructor(work: NodeWork, node: PassNode) {
    this.work = work;
    this.node = node;
    this.begun = work.input.carried !== undefined;
  }

  async run(): Promise<NodeOutcome> {
    const { steering, state, gates } = this.work;
    const { key } = this.node;
    for (;;) {
      try {
        const { ending } = steering;
        if (ending === 'now' || (ending === 'collect' && !this.hasMore())) return cancelledOutcome(key, this.spent());
        if (steering.isPaused && !this.hasMore()) await condition(() => !steering.isPaused);
        else {
          await gates.passed(() => steering.ending === 'now' || (steering.ending === 'collect' && !this.mustWait));
          if (steering.ending === 'now') continue;
          return await this.attempt();
        }
      } catch (error) {
        state.spent(this.node, countsOf(error));
        const reason = gateReason(error);
        if (reason) gates.close(reason);
        else if (!isStopped(error) && !(isCancellation(error) && this.wasInterrupted()))
          return failureOutcome(key, error, this.spent(), isCancellation(error));
      }
    }
  }

  private async attempt(): Promise<NodeOutcome> {
    const { input, opened, steering } = this.work;
    const { servers } = steering;
    const { generateNode } = generating(input.taskQueue);
    const { pays, scope } = steering.begin(this.node.key);
    if (pays) [this.begun, this.collected, this.mustWait] = [true, false, false];
    const { file, root } = input;
    const options = { ...input.options, servers };
    const args = { file, root, pass: opened.pass, node: this.node, options, ...(pays ? {} : { collectOnly: true }) };
    const priority = { fairnessKey: opened.pass.slice(0, 60) };
    try {
      return await scope.run(() => generateNode.executeWithOptions({ summary: this.node.label, priority }, [args]));
    } catch (error) {
      if (!pays) this.collected ||= isStopped(error);
      this.mustWait ||= !pays && gateReason(error) !== null;
      throw error;
    } finally {
      steering.finished(this.node.key);
    }
  }

  /** Whether a last look is due, now that it may not pay. */
  private hasMore(): boolean {
    return this.begun && !this.collected;
  }

  /** By what people told the pass; not by a cancellation of the workflow itself. */
  private wasInterrupted(): boolean {
    return !CancellationScope.current().consideredCancelled;
  }

  private spent(): ReturnType<PassState['spentBy']> {
    return this.work.state.spentBy(this.node);
  }
}
