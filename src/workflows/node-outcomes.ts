/** Turns failures of a node's activity into the outcome that the pass states for it. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { failureClass, isFailureType } from '../flow/failure-classes';
import type { GateKind } from '../flow/gates';
import type { GenerationCounts } from '../flow/ledger';
import type { NodeOutcome } from '../flow/outcome';
import { emptyOutcome } from '../flow/outcome';
import type { PassNode } from './messages';

/** Why a node must wait, and at which gate. */
export interface GateReason {
  readonly gate: GateKind;
  readonly detail: string;
  /** Epoch milliseconds at which it passes by itself, where that is known. */
  readonly until: number | null;
}

/** Null when a failure is of another kind: those at gates are nobody's fault and pass by themselves. */
export function gateReason(error: unknown): GateReason | null {
  const cause = causeOf(error);
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  const gate = isFailureType(type) ? failureClass(type).gate : undefined;
  if (!gate) return null;
  const { message, details } = cause as ApplicationFailure;
  const facts = details?.[1] as { readonly detail?: string; readonly waitMs?: number | null } | null | undefined;
  const waitMs = facts?.waitMs ?? null;
  return { gate, detail: facts?.detail ?? message, until: waitMs === null ? null : Date.now() + waitMs };
}

/** The pass was told to pay for nothing more, and all that is out has been brought home. */
export function isStopped(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.type === 'Pass.Stopped';
}

/** What the node had spent when its activity ended so; null when the failure does not tell. */
export function countsOf(error: unknown): GenerationCounts | null {
  const cause = causeOf(error);
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure)) return null;
  return (cause.details?.[0] as GenerationCounts | null | undefined) ?? null;
}

/** A node that a person's cancel ended, with what it had cost. */
export function cancelledOutcome(key: string, spent: GenerationCounts): NodeOutcome {
  return { ...emptyOutcome(key, 'cancelled', { reason: 'the pass was cancelled' }), ...spent };
}

/** `spent`: what is known of the node's cost in this pass, whatever the failure itself tells. */
export function failureOutcome(key: string, error: unknown, spent: GenerationCounts, cancelled: boolean): NodeOutcome {
  const outcome = (state: 'failed' | 'undecided', errorType: string | null, reason: string): NodeOutcome => ({
    ...emptyOutcome(key, state, { errorType, reason }),
    ...spent,
  });
  if (cancelled) return cancelledOutcome(key, spent);
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
