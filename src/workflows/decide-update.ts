/** The update's definition apart from the workflow's own modules, so that clients can load it without the sandbox API. */
import type { UpdateDefinition } from '@temporalio/common';

export type Verdict = 'regenerate' | 'skip';

/** One candidate of a node of the pass, as the plan counts it. */
export interface CandidateRef {
  readonly key: string;
  readonly row: number;
  readonly candidate: number;
}

export interface DecideRequest {
  readonly decision: Verdict;
  readonly candidates: readonly CandidateRef[];
}

export interface DecideAnswer {
  /** Written down; their nodes go on at once. */
  readonly decided: readonly CandidateRef[];
}

export const decideUpdate: UpdateDefinition<DecideAnswer, [DecideRequest]> = {
  type: 'update',
  name: 'decide',
} as UpdateDefinition<DecideAnswer, [DecideRequest]>;
