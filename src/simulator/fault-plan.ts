/**
 * A seeded plan: which faults a stream of requests meets, as a function of the seed, the number of the request and its
 * route alone. The same requests in the same order meet the same faults.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Draw } from './fault-catalogue';
import { PLANNED } from './fault-catalogue';
import type { Fault, Route } from './faults';
import { FAULT_KINDS, faultSchema, ROUTES } from './faults';

/** No route fails more often than this without a break, so that no request is refused for ever. */
const MOST_IN_A_ROW = 3;

/** What a plan may be told. */
export const planSchema = z.strictObject({
  seed: z.int().min(0),
  /** The share of requests that meet a fault. */
  rate: z.number().min(0).max(0.5).default(0.1),
  /** Only faults all of whose kinds are named; all of them unless given. */
  kinds: z.array(z.enum(FAULT_KINDS)).min(1).optional(),
  /** Only requests of these routes are struck. */
  routes: z.array(z.enum(ROUTES)).min(1).optional(),
});

export type PlanSettings = z.infer<typeof planSchema>;
/** A plan as it is asked for, defaults left out. */
export type PlanInput = z.input<typeof planSchema>;

export interface FaultPlan {
  readonly settings: PlanSettings;
  /** The faults of one request, mostly none. Each request is to be asked about once, in the order of numbers. */
  draw(request: number, route: Route): readonly Fault[];
}

/** A plan that runs: it remembers how many faults came in a row. */
export function startPlan(settings: PlanSettings): FaultPlan {
  const inARow = new Map<Route, number>();
  return {
    settings,
    draw: (request, route) => {
      const faults = (inARow.get(route) ?? 0) < MOST_IN_A_ROW ? drawFaults(settings, request, route) : [];
      inARow.set(route, faults.length === 0 ? 0 : (inARow.get(route) ?? 0) + 1);
      return faults;
    },
  };
}

/** What a plan has for the request with this number, the bound on faults in a row left aside. */
export function drawFaults(settings: PlanSettings, request: number, route: Route): readonly Fault[] {
  const { seed, rate, kinds, routes } = settings;
  const draw = numbers(`${seed}:${request}:${route}`);
  if (draw() >= rate || routes?.includes(route) === false) return [];
  const allowed = PLANNED.filter(
    (entry) =>
      entry.routes.includes(route) && (kinds === undefined || entry.kinds.every((kind) => kinds.includes(kind))),
  );
  let rest = draw() * allowed.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = allowed.find(({ weight }) => (rest -= weight) < 0);
  return chosen ? chosen.make(draw).map((fault) => faultSchema.parse(fault)) : [];
}

/** Numbers from 0 below 1, the same ones for the same text. */
function numbers(text: string): Draw {
  let drawn = 0;
  return () => createHash('sha256').update(`${text}:${drawn++}`).digest().readUInt32BE(0) / 2 ** 32;
}
