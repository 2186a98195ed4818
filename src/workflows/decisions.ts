/** Nodes that wait for a person while others are at work, and the update that lets them go on. */
import { ApplicationFailure } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import type { GraphControl } from '../flow/scheduler';
import type { DecideAnswer, DecideRequest } from './decide-update';
import { decideUpdate } from './decide-update';
import type { PassInput } from './messages';
import type { PassState } from './pass-state';
import { quick } from './policies';

/** Answers the update `decide`. A decision is written into the receipt by an activity; then its node is run again. */
export class Decisions {
  private readonly input: PassInput;
  private readonly state: PassState;
  private control: GraphControl | null = null;
  private inHand = 0;

  constructor(input: PassInput, state: PassState) {
    this.input = input;
    this.state = state;
    setHandler(decideUpdate, (request) => this.decide(request), {
      validator: (request: DecideRequest) => this.validate(request),
    });
  }

  attach(control: GraphControl): void {
    this.control = control;
  }

  /** False while one is being written down: its node is about to go on. */
  settled(): boolean {
    return this.inHand === 0;
  }

  private async decide({ decision, candidates }: DecideRequest): Promise<DecideAnswer> {
    const { file, root } = this.input;
    this.inHand++;
    try {
      const answer = await quick.recordDecisions.executeWithOptions({ summary: 'Write down a decision' }, [
        { file, root, decision, candidates },
      ]);
      // All that wait: nodes with the same words wait for the decision about another one.
      for (const { key } of this.state.opened?.nodes ?? []) this.control?.unpark(key);
      return answer;
    } finally {
      this.inHand--;
      this.control?.wake();
    }
  }

  private validate({ decision, candidates }: DecideRequest): void {
    if (decision !== 'regenerate' && decision !== 'skip')
      throw refusal('Usage', `no such decision: ${String(decision)}`);
    if (candidates.length === 0) throw refusal('Usage', 'no candidate is named');
    for (const { key } of candidates) {
      const node = this.state.nodeOf(key);
      // Nobody is at work on a node that the pass does not have: it is muted, not selected, or no longer in the file.
      if (!node || this.state.isParked(key)) continue;
      const { label, state } = this.state.progressOf(node);
      const why = state === 'running' ? 'is being worked on right now' : `is ${state} in the running pass`;
      throw refusal('Decision.NotWaiting', `${label} ${why}; it does not wait for a decision.`);
    }
  }
}

function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type);
}
