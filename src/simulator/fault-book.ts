/** The faults that were set by hand, and the matcher that decides which one a request meets in which phase. */
import type { GenerationType } from './contract';
import type { Fault, FaultKind, Route } from './faults';

/**
 * When a fault is looked for. `before`: the request was read, nothing done yet. `task` and `company`: it is being
 * accepted, and others beside it. `after`: it was accepted, or any other answer is ready. The rest is one route's each.
 */
export type Phase = 'before' | 'task' | 'company' | 'after' | 'bytes' | 'status' | 'listing';

/** What the matcher sees of a request. */
export interface FaultTarget {
  readonly route: Route;
  readonly type: GenerationType | null;
  readonly prompt: string | null;
  /** The completion of the task behind it was told before. */
  readonly told?: boolean;
}

export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  readonly seen: number;
  readonly fired: number;
}

const PHASES: Partial<Record<FaultKind, Phase>> = {
  'drop-after-accept': 'after',
  'accept-then-status': 'after',
  fail: 'task',
  stall: 'task',
  'bad-bytes': 'bytes',
  gone: 'bytes',
  backwards: 'status',
  listing: 'listing',
};

/** The one phase in which a fault strikes. */
export function phaseOf(fault: Fault): Phase {
  if ((fault.kind === 'slow' || fault.kind === 'hang') && fault.accepted === true) return 'after';
  if (fault.kind === 'drop') return fault.answer === 'none' ? 'before' : 'after';
  if (fault.kind === 'foreign') return fault.when === 'instead' ? 'before' : 'company';
  return PHASES[fault.kind] ?? 'before';
}

/** Kinds that only make sense on one route. */
const HOME: Partial<Record<FaultKind, Route>> = {
  'drop-after-accept': 'submit',
  'accept-then-status': 'submit',
  fail: 'submit',
  stall: 'submit',
  foreign: 'submit',
  'bad-bytes': 'files',
  gone: 'files',
  backwards: 'status',
  listing: 'tasks',
};
/** Whether a fault is about this request, its `nth` and `count` left aside. */
export function isAbout(fault: Fault, target: FaultTarget): boolean {
  const home = HOME[fault.kind];
  const { route, type, promptContains } = fault.match ?? {};
  // Without words nothing is accepted, so there is nothing to be beside.
  if (fault.kind === 'foreign' && target.prompt === null) return false;
  if (fault.kind === 'backwards' && fault.told && target.told !== true) return false;
  return (
    (home === undefined || home === target.route) &&
    (route === undefined || route === target.route) &&
    (type === undefined || type === target.type) &&
    (promptContains === undefined || (target.prompt ?? '').includes(promptContains))
  );
}

interface Slot {
  readonly id: number;
  readonly fault: Fault;
  readonly until: number;
  readonly most: number;
  seen: number;
  fired: number;
}

/** The faults that stand. Times are milliseconds of one monotonic clock, handed in. */
export class FaultBook {
  private slots: Slot[] = [];
  private lastId = 0;

  add(fault: Fault, now: number): number {
    this.lastId += 1;
    // For these two forMs is how long the port stays closed, not how long the fault waits for its request.
    const window = fault.kind === 'refuse' || fault.kind === 'restart' ? undefined : fault.forMs;
    const until = window === undefined ? Infinity : now + window;
    const most = fault.count ?? (window === undefined ? 1 : Infinity);
    this.slots.push({ id: this.lastId, fault, until, most, seen: 0, fired: 0 });
    return this.lastId;
  }

  /** The first standing fault of this phase that hits the request; it is used up by that. */
  take(phase: Phase, target: FaultTarget, now: number): Fault | null {
    this.expire(now);
    let hit: Slot | null = null;
    for (const slot of this.slots) {
      if (phaseOf(slot.fault) !== phase || !isAbout(slot.fault, target)) continue;
      slot.seen += 1;
      if (hit === null && slot.seen >= (slot.fault.match?.nth ?? 1)) hit = slot;
    }
    if (hit === null) return null;
    hit.fired += 1;
    this.expire(now);
    return hit.fault;
  }

  list(now: number): readonly ActiveFault[] {
    this.expire(now);
    return this.slots.map(({ id, fault, seen, fired }) => ({ id, fault, seen, fired }));
  }

  clear(): void {
    this.slots = [];
  }

  private expire(now: number): void {
    this.slots = this.slots.filter((slot) => slot.until > now && slot.fired < slot.most);
  }
}
