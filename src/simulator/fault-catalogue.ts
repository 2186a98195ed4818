/**
 * What a seeded plan draws from: every kind of fault that a client can come through, more often those that are common in
 * the field. Weights count among the entries of one route. Waits are short, so that a pass under a plan ends soon.
 */
import type { FaultInput, FaultKind, Route } from './faults';

/** The next number from 0 below 1. */
export type Draw = () => number;

export interface Planned {
  readonly kinds: readonly FaultKind[];
  readonly routes: readonly Route[];
  readonly weight: number;
  readonly make: (draw: Draw) => readonly FaultInput[];
}

const SUBMIT: readonly Route[] = ['submit'];
const READ: readonly Route[] = ['status', 'result', 'files', 'health', 'tasks'];
const ALL: readonly Route[] = [...SUBMIT, ...READ];
const HOUR_MS = 3_600_000;

function one<T>(draw: Draw, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(draw() * choices.length)] ?? choices[0];
}

function between(draw: Draw, least: number, most: number): number {
  return least + Math.floor(draw() * (most - least + 1));
}

const single =
  (weight: number, routes: readonly Route[]) =>
  <K extends FaultKind>(kind: K, make: (draw: Draw) => Omit<Extract<FaultInput, { kind: K }>, 'kind'>): Planned => ({
    kinds: [kind],
    routes,
    weight,
    make: (draw) => [{ kind, ...make(draw) } as FaultInput],
  });

/** An answer that does not come home although the work is done. */
function lostAnswer(draw: Draw): FaultInput {
  const answer = one(draw, ['none', 'half'] as const);
  return one<FaultInput>(draw, [
    { kind: 'drop-after-accept', answer },
    { kind: 'accept-then-status', status: one(draw, [500, 502, 504, 522, 524]) },
  ]);
}
const LOSES: readonly FaultKind[] = ['drop-after-accept', 'accept-then-status'];

/** Ends that the field knows, by code. */
const FAILED = { code: 500, message: 'INTERNAL' };
const REFUSED = { code: 400, message: 'INVALID_ARGUMENT' };
const TIMED_OUT = { code: 0, message: 'Timeout: no result generated' };

const ON_SUBMIT: readonly Planned[] = [
  single(14, SUBMIT)('drop-after-accept', (draw) => ({ answer: one(draw, ['none', 'half', 'whole']) })),
  single(14, SUBMIT)('accept-then-status', (draw) => ({ status: one(draw, [500, 502, 504, 520, 522, 524]) })),
  single(8, SUBMIT)('drop', () => ({})),
  single(8, SUBMIT)('slow', (draw) => ({ delayMs: between(draw, 50, 1_500), accepted: draw() < 0.7 })),
  single(3, SUBMIT)('hang', (draw) => ({ cutAfterMs: between(draw, 300, 2_000), accepted: draw() < 0.5 })),
  single(4, SUBMIT)('status', (draw) =>
    one(draw, [{ status: 500 }, { status: 503 }, { status: 429, retryAfter: '1' }]),
  ),
  single(8, SUBMIT)('cloudflare', (draw) => ({ status: one(draw, [502, 504, 520, 521, 522, 523, 524, 530]) })),
  single(4, SUBMIT)('fail', (draw) => one(draw, [FAILED, REFUSED, TIMED_OUT])),
  single(1, SUBMIT)('stall', (draw) => ({ watchdogMs: between(draw, 500, 3_000) })),
  // Another client only matters to those who have to look their task up, so its tasks come with a lost answer.
  {
    kinds: ['foreign', ...LOSES],
    routes: SUBMIT,
    weight: 4,
    make: (draw) => [{ kind: 'foreign', when: one(draw, ['before', 'after']) }, lostAnswer(draw)],
  },
  {
    kinds: ['foreign', ...LOSES],
    routes: SUBMIT,
    weight: 3,
    make: (draw) => [{ kind: 'foreign', tasks: 60, words: 'other' }, lostAnswer(draw)],
  },
  single(2, SUBMIT)('foreign', () => ({ when: 'instead' as const })),
];

const ON_READS: readonly Planned[] = [
  single(6, READ)('status', (draw) => ({ status: one(draw, [500, 502, 503]) })),
  single(8, READ)('cloudflare', (draw) => ({ status: one(draw, [502, 504, 520, 522, 524, 530]) })),
  single(6, READ)('drop', (draw) => ({ answer: one(draw, ['none', 'half', 'whole']) })),
  single(4, READ)('slow', (draw) => ({ delayMs: between(draw, 50, 1_000) })),
  single(2, READ)('hang', (draw) => ({ cutAfterMs: between(draw, 300, 2_000) })),
  single(8, ['status'])('backwards', (draw) => ({ says: one(draw, ['pending', 'running']), told: draw() < 0.5 })),
  single(16, ['files'])('bad-bytes', (draw) => ({
    how: one(draw, ['truncated', 'cut', 'empty', 'html', 'wrong-type']),
    part: one(draw, [0.01, 0.5, 0.99]),
  })),
  single(7, ['files'])('gone', (draw) => ({ forever: draw() < 0.15 })),
  // An empty list is left out: a backend that denies what it has makes a second payment look right to everybody.
  single(14, ['tasks'])('listing', (draw) => ({ how: one(draw, ['duplicated', 'duplicated', 'overflowing']) })),
];

/** About the whole server: rare, since a pass makes hundreds of requests and each of these is felt by all of them. */
const ON_SERVER: readonly Planned[] = [
  single(0.6, ALL)('refuse', (draw) => ({ forMs: between(draw, 200, 1_500) })),
  single(0.3, ALL)('restart', (draw) => ({
    forMs: between(draw, 200, 1_500),
    forgets: draw() < 0.7,
    resetsUptime: draw() < 0.8,
  })),
  single(0.1, ALL)('forget', () => ({})),
  single(0.4, ALL)('clock', (draw) => ({ offsetMs: one(draw, [HOUR_MS, -HOUR_MS, 0]) })),
];

/** All that a plan may draw. */
export const PLANNED: readonly Planned[] = [...ON_SUBMIT, ...ON_READS, ...ON_SERVER];
