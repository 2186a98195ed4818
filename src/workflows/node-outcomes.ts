/** Turns failures of a node's activity into the outcome that the pass states for it. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import type { GenerationCounts } from '../flow/ledger';
import type { NodeOutcome } from '../flow/outcome';
import { emptyOutcome } from '../flow/outcome';
import type { PassNode } from './messages';

/** Failures that are nobody's fault and pass by themselves: the node waits at the gate and is tried again. */
const GATE_TYPES: ReadonlySet<string> = new Set(['Backend.Unreachable']);

/** Why a node must wait at the gate, null when its failure is of another kind. */
export function gateReason(error: unknown): string | null {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && GATE_TYPES.has(cause.type ?? '') ? cause.message : null;
}

/** What the node had spent when its activity ended so; null when the failure does not tell. */
export function countsOf(error: unknown): GenerationCounts | null {
  const cause = causeOf(error);
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure)) return null;
  return (cause.details?.[0] as GenerationCounts | null | undefined) ?? null;
}

/** `spent`: what is known of the node's cost in this pass, whatever the failure itself tells. */
export function failureOutcome(key: string, error: unknown, spent: GenerationCounts, cancelled: boolean): NodeOutcome {
  const outcome = (
    state: 'cancelled' | 'failed' | 'undecided',
    errorType: string | null,
    reason: string,
  ): NodeOutcome => ({
    ...emptyOutcome(key, state, { errorType, reason }),
    ...spent,
  });
  if (cancelled) return outcome('cancelled', null, 'the pass was cancelled');
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const errorType = cause.type ?? 'Internal';
    return outcome(errorType === 'Generation.Undecided' ? 'undecided' : 'failed', errorType, cause.message);
  }
  if (cause instanceof TimeoutFailure) return outcome('failed', 'Generation.Timeout', 'it did not end within two days');
  return outcome('failed', 'Internal', error instanceof Error ? error.message : String(error));
}

export function skippedOutcome(key: string, because: PassNode, outcome: NodeOutcome | undefined): NodeOutcome {
  if (outcome?.state === 'cancelled') return emptyOutcome(key, 'cancelled', { reason: 'the pass was cancelled' });
  return emptyOutcome(key, 'skipped', { reason: `needs "${because.label}", which ${words(outcome)}` });
}

function words(outcome: NodeOutcome | undefined): string {
  if (outcome?.state === 'failed') return 'failed';
  if (outcome?.state === 'undecided') return 'needs a decision';
  return `was skipped${outcome?.reason ? ` (${outcome.reason})` : ''}`;
}

function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}
