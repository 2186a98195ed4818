/** One request on its way through its phases, and the faults that it meets: those set by hand first, then the plan's. */
import type { ActiveFault, FaultTarget, Phase } from './fault-book';
import { FaultBook, isAbout, phaseOf } from './fault-book';
import type { FaultLog, Strike } from './fault-log';
import type { FaultPlan, PlanSettings } from './fault-plan';
import { startPlan } from './fault-plan';
import type { Fault } from './faults';

/** What is known of a request before it is handled. */
export interface Approach {
  readonly target: FaultTarget;
  readonly argument: string;
  readonly taskId: string | null;
}

export interface Encounter {
  /** Set when a submit is accepted. */
  taskId: string | null;
  /** The fault that strikes in this phase; it is used up, and on record, by that. */
  take(phase: Phase): Fault | null;
}

/** All faults of a simulator: what stands, what is planned, what struck. */
export class FaultDesk {
  private readonly book = new FaultBook();
  private readonly log: FaultLog;
  private readonly now: () => Date;
  private running: FaultPlan | null = null;
  private requests: number;

  constructor(log: FaultLog, now: () => Date) {
    this.log = log;
    this.now = now;
    // Goes on after a kill: a plan that began again from 1 would strike the first requests of each life alike.
    this.requests = log.lastRequest;
  }

  /** Sets a fault that waits for its request, and gives its id. */
  add(fault: Fault): number {
    return this.book.add(fault, performance.now());
  }

  list(): readonly ActiveFault[] {
    return this.book.list(performance.now());
  }

  /** Takes back what was set by hand; a plan goes on. */
  clear(): void {
    this.book.clear();
  }

  get plan(): PlanSettings | null {
    return this.running?.settings ?? null;
  }

  /** Starts a plan, in place of one that may be running; null ends it. */
  setPlan(plan: PlanSettings | null): void {
    this.running = plan === null ? null : startPlan(plan);
  }

  struck(): readonly Strike[] {
    return this.log.newest();
  }

  /** Puts a fault that waited for no request on record. */
  noteAtOnce(fault: Fault): void {
    const nobody = { request: null, route: null, argument: null, type: null, task_id: null };
    this.log.note({ at: this.now().toISOString(), ...nobody, by: 'hand', fault });
  }

  /** Numbers a request and decides what the plan has for it. */
  meet({ target, argument, taskId }: Approach): Encounter {
    this.requests += 1;
    const request = this.requests;
    let planned = this.running?.draw(request, target.route) ?? [];
    const record = (by: 'hand' | 'plan', fault: Fault): Fault => {
      const { route, type } = target;
      const at = this.now().toISOString();
      this.log.note({ at, request, route, argument, type, task_id: encounter.taskId, by, fault });
      return fault;
    };
    const encounter: Encounter = {
      taskId,
      take: (phase) => {
        const byHand = this.book.take(phase, target, performance.now());
        if (byHand) return record('hand', byHand);
        const due = planned.find((fault) => phaseOf(fault) === phase && isAbout(fault, target));
        planned = planned.filter((fault) => fault !== due);
        return due ? record('plan', due) : null;
      },
    };
    return encounter;
  }
}
