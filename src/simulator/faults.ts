/**
 * Faults as data. Which request meets one is decided in `fault-book.ts` and `fault-plan.ts`; what it does is written in
 * `trouble.ts` and in the routes that ask for their own kinds. docs/simulator.md has them all in a table.
 */
import { z } from 'zod';

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
/** How much of the answer gets out before the connection is cut; of `half` the status line and the headers do. */
const answer = z.enum(['none', 'half', 'whole']).default('none');

/**
 * Another client of the same backend: its tasks are listed, polled and downloaded like ours, and are not on our bill.
 * `same` words are those of the submit that meets the fault; made-up ones are told apart in their first characters.
 */
const foreignSchema = z
  .strictObject({
    kind: z.literal('foreign'),
    /** Around ours, in its place (ours never arrives, its connection is cut), or at once, without any submit. */
    when: z.enum(['before', 'after', 'instead', 'now']).default('after'),
    tasks: z.int().positive().max(500).default(1),
    words: z.enum(['same', 'other']).default('same'),
    /** Exact words instead. */
    prompt: z.string().min(1).optional(),
    /** Only asked where no submit says it. */
    type: z.enum(['image', 'video']).default('image'),
    ...common,
  })
  .refine(({ when, words, prompt }) => when !== 'now' || words === 'other' || prompt !== undefined, {
    error: 'at once there is no submit with the same words: give words "other" or a prompt',
  })
  .refine(({ when, match }) => when !== 'now' || match === undefined, { error: 'what comes "now" waits for no match' });

/** Every fault there is. `refuse`, `restart`, `forget` and `clock` act at once, unless a `match` makes them wait. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The port is closed and all connections are cut, for `forMs` (1000 if not given). */
  z.strictObject({ kind: z.literal('refuse'), ...common }),
  /** `refuse`, and another life after it: unless said otherwise without tasks and with the uptime from zero. */
  z.strictObject({
    kind: z.literal('restart'),
    forgets: z.boolean().default(true),
    resetsUptime: z.boolean().default(true),
    ...common,
  }),
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
  /** The connection is cut: before anything was done, or, with a part of the answer, when all was. */
  z.strictObject({ kind: z.literal('drop'), answer, ...common }),
  /** Accepted and billed, then the connection is cut before, in the middle of, or right after the answer. */
  z.strictObject({ kind: z.literal('drop-after-accept'), answer, ...common }),
  /** Accepted and billed, then answered with an error. */
  z.strictObject({ kind: z.literal('accept-then-status'), status: status.default(502), ...common }),
  /** Late by `delayMs`; `accepted`: the work is done first and only the answer is late. */
  z.strictObject({ kind: z.literal('slow'), delayMs: milliseconds, accepted: z.boolean().optional(), ...common }),
  /** Never answered; `accepted` as above. `cutAfterMs`: whoever waits so long gets a cut connection. */
  z.strictObject({
    kind: z.literal('hang'),
    accepted: z.boolean().optional(),
    cutAfterMs: milliseconds.optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('bad-bytes'),
    /** `cut` promises the whole length and breaks off; `truncated` is a short file that looks complete to HTTP. */
    how: z.enum(['truncated', 'cut', 'empty', 'html', 'wrong-type']),
    /** How much of the file `cut` and `truncated` let through. */
    part: z.number().gt(0).lt(1).default(0.5),
    ...common,
  }),
  /** The file of a completed task answers 404; `forever`: it is deleted. */
  z.strictObject({ kind: z.literal('gone'), forever: z.boolean().default(false), ...common }),
  foreignSchema,
  /** The task fails with this code, after its usual time. */
  z.strictObject({
    kind: z.literal('fail'),
    code: z.int().min(0).max(999),
    message: z.string().default('INTERNAL'),
    ...common,
  }),
  /** The task never ends; with `watchdogMs` the backend's watchdog fails it after that time. */
  z.strictObject({ kind: z.literal('stall'), watchdogMs: milliseconds.optional(), ...common }),
  /**
   * The status answer is behind the truth: the task is told to be pending or running. `told`: strikes only polls of a
   * task whose completion was told before, so that it really goes back.
   */
  z.strictObject({
    kind: z.literal('backwards'),
    says: z.enum(['pending', 'running']).default('running'),
    told: z.boolean().default(false),
    ...common,
  }),
  z.strictObject({ kind: z.literal('listing'), how: z.enum(['duplicated', 'overflowing', 'empty']), ...common }),
]);

export type Fault = z.infer<typeof faultSchema>;
/** A fault as it is written by hand, defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type FaultKind = Fault['kind'];

const AT_ONCE: ReadonlySet<FaultKind> = new Set(['refuse', 'restart', 'forget', 'clock']);

/** Whether a fault waits for no request: it is about the server, or about somebody else. */
export function actsAtOnce(fault: Fault): boolean {
  if (fault.kind === 'foreign') return fault.when === 'now';
  return AT_ONCE.has(fault.kind) && fault.match === undefined;
}

/** All kinds there are. */
export const FAULT_KINDS = faultSchema.options.map((option) => option.shape.kind.value);
