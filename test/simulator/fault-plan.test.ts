import { PLANNED } from '../../src/simulator/fault-catalogue';
import type { PlanInput } from '../../src/simulator/fault-plan';
import { drawFaults, planSchema, startPlan } from '../../src/simulator/fault-plan';
import { isAbout } from '../../src/simulator/fault-book';
import type { Fault, Route } from '../../src/simulator/faults';
import { FAULT_KINDS, faultSchema, ROUTES } from '../../src/simulator/faults';

const REQUESTS = 4_000;
const route = (request: number): Route => ROUTES[request % ROUTES.length] ?? 'submit';

/** What a plan has for a stream of requests that goes round all routes. */
function stream(input: PlanInput, requests = REQUESTS): readonly (readonly Fault[])[] {
  const plan = startPlan(planSchema.parse(input));
  return Array.from({ length: requests }, (_, i) => plan.draw(i + 1, route(i + 1)));
}

test('the same requests meet the same faults, with another seed other ones', () => {
  expect(stream({ seed: 7 })).toEqual(stream({ seed: 7 }));
  expect(stream({ seed: 7 })).not.toEqual(stream({ seed: 8 }));
});

test('what a request meets does not hang on the requests before it', () => {
  const settings = planSchema.parse({ seed: 7, rate: 0.2 });
  const alone = Array.from({ length: 200 }, (_, i) => drawFaults(settings, 200 - i, 'submit')).reverse();
  expect(alone).toEqual(Array.from({ length: 200 }, (_, i) => drawFaults(settings, i + 1, 'submit')));
});

test('about the asked share of requests is struck', () => {
  const struck = (rate: number): number =>
    stream({ seed: 1, rate }).filter((faults) => faults.length > 0).length / REQUESTS;
  expect(struck(0)).toBe(0);
  // The routes in ROUTES that a plan leaves alone count too: one of seven.
  expect(struck(0.1)).toBeGreaterThan(0.06);
  expect(struck(0.1)).toBeLessThan(0.11);
});

test('no route is struck more than three times in a row, even at the highest rate', () => {
  const plan = startPlan(planSchema.parse({ seed: 3, rate: 0.5 }));
  let inARow = 0;
  let longest = 0;
  for (let request = 1; request <= REQUESTS; request++) {
    inARow = plan.draw(request, 'status').length > 0 ? inARow + 1 : 0;
    longest = Math.max(longest, inARow);
  }
  expect(longest).toBe(3);
});

test('every kind of fault comes up, at every request that it can strike', () => {
  const seen = new Set(stream({ seed: 1, rate: 0.5 }, 20_000).flatMap((faults) => faults.map(({ kind }) => kind)));
  expect([...seen].sort()).toEqual([...FAULT_KINDS].sort());
});

test('all that it draws is a fault that strikes its route, and only what costs no more than a moment', () => {
  let drawn = 0;
  const draw = (): number => (drawn = (drawn + 0.37) % 1);
  for (const { kinds, routes, make } of PLANNED) {
    for (let i = 0; i < 20; i++) {
      const faults = make(draw).map((input) => faultSchema.parse(input));
      for (const fault of faults) {
        expect(kinds).toContain(fault.kind);
        for (const each of routes)
          expect(isAbout(fault, { route: each, type: 'image', prompt: 'p', told: true })).toBe(true);
        if (fault.kind === 'hang') expect(fault.cutAfterMs).toBeLessThanOrEqual(2_000);
        if (fault.kind === 'stall') expect(fault.watchdogMs).toBeLessThanOrEqual(3_000);
        if (fault.kind === 'listing') expect(fault.how).not.toBe('empty');
      }
    }
  }
});

test('it keeps to the kinds and routes it is given', () => {
  const kinds = stream({ seed: 1, rate: 0.5, kinds: ['drop-after-accept', 'bad-bytes'] }).flat();
  expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['drop-after-accept', 'bad-bytes']));
  const settings = planSchema.parse({ seed: 1, rate: 0.5, routes: ['submit'] });
  const reads = Array.from({ length: 200 }, (_, i) => drawFaults(settings, i, 'status')).flat();
  const submits = Array.from({ length: 200 }, (_, i) => drawFaults(settings, i, 'submit')).flat();
  expect([reads.length, submits.length > 50]).toEqual([0, true]);
});

test.each([{}, { seed: -1 }, { seed: 1, rate: 0.6 }, { seed: 1, kinds: ['explode'] }, { seed: 1, kinds: [] }])(
  'is refused when it is malformed: %j',
  (input) => {
    expect(planSchema.safeParse(input).success).toBe(false);
  },
);
