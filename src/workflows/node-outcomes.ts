/** Turns failures of a node's activity into the outcome that the pass states for it. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { NodeOutcome } from '../flow/outcome';
import type { NodeCounts } from '../activities/node-result';
import type { PassNode } from './messages';

const NO_COUNTS: NodeCounts = { paid: 0, adopted: 0, lost: 0, reused: 0 };
/** Failures that are nobody's fault and pass by themselves: the node waits at the gate and is tried again. */
const GATE_TYPES: ReadonlySet<string> = new Set(['Backend.Unreachable']);

export function gateReason(error: unknown): string | null {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && GATE_TYPES.has(cause.type ?? '') ? cause.message : null;
}

export function failureOutcome(error: unknown, cancelled: boolean): NodeOutcome {
  if (cancelled) return { ...NO_COUNTS, state: 'cancelled', type: null, reason: 'the pass was cancelled' };
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const type = cause.type ?? 'Internal';
    const counts = (cause.details?.[0] as NodeCounts | undefined) ?? NO_COUNTS;
    return { ...counts, state: type === 'Generation.Undecided' ? 'undecided' : 'failed', type, reason: cause.message };
  }
  const timedOut = cause instanceof TimeoutFailure;
  const reason = timedOut ? 'it did not end within two days' : String((cause as Error | undefined)?.message ?? cause);
  return { ...NO_COUNTS, state: 'failed', type: timedOut ? 'Generation.Timeout' : 'Internal', reason };
}

export function skippedOutcome(because: PassNode, outcome: NodeOutcome | undefined): NodeOutcome {
  const cancelled = outcome?.state === 'cancelled';
  const reason = cancelled ? 'the pass was cancelled' : `needs "${because.label}", which ${words(outcome)}`;
  return { ...NO_COUNTS, state: cancelled ? 'cancelled' : 'skipped', type: null, reason };
}

function words(outcome: NodeOutcome | undefined): string {
  if (outcome?.state === 'failed') return 'failed';
  if (outcome?.state === 'undecided') return 'needs a decision';
  return `was skipped${outcome?.reason ? ` (${outcome.reason})` : ''}`;
}

function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}
