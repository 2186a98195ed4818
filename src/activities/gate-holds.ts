/**
 * Which gates a running pass is known to wait at. One node alone tells the pass that the outside is away; the others are
 * tried again by Temporal meanwhile, which adds nothing to the pass's history, however many they are.
 */
import { activityInfo } from '@temporalio/activity';
import type { GateKind } from '../flow/gates';

/** A pass that was told starts its prober within this, milliseconds; longer and another node tells it again. */
const TOLD_MS = 30_000;

interface Hold {
  /** Key of the node that told the pass; null: its prober did. */
  readonly teller: string | null;
  readonly until: number;
}

export class GateHolds {
  private readonly held = new Map<string, Map<GateKind, Hold>>();
  private readonly now: () => number;

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Whether this node is to tell its run of a pass; false when the run knows already. */
  tells(runId: string, gate: GateKind, node: string): boolean {
    const hold = this.current(runId, gate);
    if (hold && hold.teller !== node) return false;
    this.set(runId, gate, { teller: node, until: this.now() + TOLD_MS });
    return true;
  }

  /** The prober of this run is at it, or looked in vain: it is known for so many milliseconds. */
  keep(runId: string, gate: GateKind, forMs: number): void {
    this.set(runId, gate, { teller: null, until: this.now() + forMs });
  }

  /** All is well there. */
  open(runId: string, gate: GateKind): void {
    const gates = this.held.get(runId);
    gates?.delete(gate);
    if (gates?.size === 0) this.held.delete(runId);
  }

  /** The gates that this run is known to wait at. */
  of(runId: string): readonly GateKind[] {
    return [...(this.held.get(runId)?.keys() ?? [])].filter((gate) => this.current(runId, gate) !== null);
  }

  private current(runId: string, gate: GateKind): Hold | null {
    const hold = this.held.get(runId)?.get(gate);
    if (hold && hold.until > this.now()) return hold;
    this.open(runId, gate);
    return null;
  }

  private set(runId: string, gate: GateKind, hold: Hold): void {
    const gates = this.held.get(runId) ?? new Map<GateKind, Hold>();
    gates.set(gate, hold);
    this.held.set(runId, gates);
  }
}

/** The run of a pass that the present activity belongs to. */
export function presentRun(): string {
  return activityInfo().workflowExecution?.runId ?? '';
}
