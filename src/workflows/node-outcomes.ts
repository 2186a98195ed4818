/** Turns failures of a node's activity into the outcome that the pass states for it. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import type { GenerationCounts } from '../flow/ledger';
import type { NodeOutcome } from '../flow/outcome';
import { emptyOutcome, NO_GENERATIONS } from '../flow/outcome';
import type { PassNode } from './messages';

/** Failures that are nobody's fault and pass by themselves: the node waits at the gate and is tried again. */
const GATE_TYPES: ReadonlySet<string> = new Set(['Backend.Unreachable']);

/** Why a node must wait at the gate, null when its failure is of another kind. */
export function gateReason(error: unknown): string | null {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && GATE_TYPES.has(cause.type ?? '') ? cause.message : null;
}

export function failureOutcome(key: string, error: unknown, cancelled: boolean): NodeOutcome {
  const cause = causeOf(error);
  if (cancelled) {
    const spent = cause instanceof CancelledFailure ? (cause.details?.[0] as GenerationCounts | null) : null;
    return { ...emptyOutcome(key, 'cancelled', { reason: 'the pass was cancelled' }), ...(spent ?? NO_GENERATIONS) };
  }
  if (cause instanceof ApplicationFailure) {
    const errorType = cause.type ?? 'Internal';
    const counts = (cause.details?.[0] as GenerationCounts | undefined) ?? NO_GENERATIONS;
    const state = errorType === 'Generation.Undecided' ? 'undecided' : 'failed';
    return { ...emptyOutcome(key, state, { errorType, reason: cause.message }), ...counts };
  }
  if (cause instanceof TimeoutFailure) {
    return emptyOutcome(key, 'failed', { errorType: 'Generation.Timeout', reason: 'it did not end within two days' });
  }
  return emptyOutcome(key, 'failed', {
    errorType: 'Internal',
    reason: error instanceof Error ? error.message : String(error),
  });
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
