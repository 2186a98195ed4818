/**
 * Faults as data, and the small matcher that decides which one a request meets. Nothing here touches a socket: what a
 * fault does is written in `trouble.ts` and in the routes that ask for their own kinds.
 */
import { z } from 'zod';
import type { GenerationType } from './contract';

export const ROUTES = ['submit', 'status', 'result', 'files', 'health', 'tasks', 'stop'] as const;
export type Route = (typeof ROUTES)[number];

const matchSchema = z.strictObject({
  type: z.enum(['image', 'video']).optional(),
  route: z.enum(ROUTES).optional(),
  /** The first request that is hit, counted from 1 among those that match since the fault was set. */
  nth: z.int().positive().optional(),
  promptContains: z.string().min(1).optional(),
});

/** `count`: how many requests are hit (1 unless `forMs` is given); `forMs`: for how long the fault stands. */
const common = {
  match: matchSchema.optional(),
  count: z.int().positive().optional(),
  forMs: z.int().positive().max(86_400_000).optional(),
};
const milliseconds = z.int().min(0).max(86_400_000);
const status = z.int().min(400).max(599);

/** Every fault there is. `refuse`, `restart`, `forget` and `clock` act at once, unless a `match` makes them wait. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The port is closed and all connections are cut, for `forMs` (1000 if not given). */
  z.strictObject({ kind: z.literal('refuse'), ...common }),
  /** `refuse`, and a fresh process after it: no tasks, uptime from zero. */
  z.strictObject({ kind: z.literal('restart'), ...common }),
  /** All tasks are gone; with `restart` the uptime starts again too. */
  z.strictObject({ kind: z.literal('forget'), restart: z.boolean().optional(), ...common }),
  /** The backend's clock is wrong by this much; 0 mends it. */
  z.strictObject({ kind: z.literal('clock'), offsetMs: z.int(), ...common }),
  z.strictObject({
    kind: z.literal('status'),
    status,
    message: z.string().optional(),
    retryAfter: z.string().optional(),
    ...common,
  }),
  /** A page in Cloudflare's shape, as a tunnel gives it. */
  z.strictObject({ kind: z.literal('cloudflare'), status: status.default(522), ...common }),
  /** The connection is cut before anything was done. */
  z.strictObject({ kind: z.literal('drop'), ...common }),
  /** Accepted and billed, then the connection is cut before the answer. */
  z.strictObject({ kind: z.literal('drop-after-accept'), ...common }),
  /** Accepted and billed, then answered with an error. */
  z.strictObject({ kind: z.literal('accept-then-status'), status: status.default(502), ...common }),
  /** Late by `delayMs`; `accepted`: the work is done first and only the answer is late. */
  z.strictObject({ kind: z.literal('slow'), delayMs: milliseconds, accepted: z.boolean().optional(), ...common }),
  /** Never answered; `accepted` as above. */
  z.strictObject({ kind: z.literal('hang'), accepted: z.boolean().optional(), ...common }),
  z.strictObject({
    kind: z.literal('bad-bytes'),
    /** `cut` promises the whole length and breaks off; `truncated` is a short file that looks complete to HTTP. */
    how: z.enum(['truncated', 'cut', 'empty', 'html', 'wrong-type']),
    ...common,
  }),
  /** The task fails with this code, after its usual time. */
  z.strictObject({
    kind: z.literal('fail'),
    code: z.int().min(0).max(999),
    message: z.string().default('INTERNAL'),
    ...common,
  }),
  /** The task never ends. */
  z.strictObject({ kind: z.literal('stall'), ...common }),
  /** The status answer is behind the truth: a finished task is told to be pending or running again. */
  z.strictObject({ kind: z.literal('backwards'), says: z.enum(['pending', 'running']).default('running'), ...common }),
  z.strictObject({ kind: z.literal('listing'), how: z.enum(['duplicated', 'overflowing', 'empty']), ...common }),
]);

export type Fault = z.infer<typeof faultSchema>;
/** A fault as it is written by hand, defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type FaultKind = Fault['kind'];

/**
 * When a fault is looked for. `before`: the request was read, nothing done yet. `task`: it is being accepted. `after`:
 * it was accepted, or any other answer is ready. The others belong to one route each.
 */
export type Phase = 'before' | 'task' | 'after' | 'bytes' | 'status' | 'listing';

/** What the matcher sees of a request. */
export interface FaultTarget {
  readonly route: Route;
  readonly type: GenerationType | null;
  readonly prompt: string | null;
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
  backwards: 'status',
  listing: 'listing',
};

export function phaseOf(fault: Fault): Phase {
  if ((fault.kind === 'slow' || fault.kind === 'hang') && fault.accepted === true) return 'after';
  return PHASES[fault.kind] ?? 'before';
}

/** Kinds that only make sense on one route. */
const HOME: Partial<Record<FaultKind, Route>> = {
  'drop-after-accept': 'submit',
  'accept-then-status': 'submit',
  fail: 'submit',
  stall: 'submit',
  'bad-bytes': 'files',
  backwards: 'status',
  listing: 'tasks',
};
const AT_ONCE: ReadonlySet<FaultKind> = new Set(['refuse', 'restart', 'forget', 'clock']);

export function actsAtOnce(fault: Fault): boolean {
  return AT_ONCE.has(fault.kind) && fault.match === undefined;
}

/** Whether a fault is about this request, its `nth` and `count` left aside. */
export function isAbout(fault: Fault, target: FaultTarget): boolean {
  const home = HOME[fault.kind];
  const { route, type, promptContains } = fault.match ?? {};
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
