/** What happens to a pass, drawn from a seed: the same seed and number always give the same plan. */
import type { FaultKind } from '../../src/simulator/faults';
import { seeded } from '../../test/helpers/seeded';

/** Steps of the money protocol at which a worker can be made to die; see src/kill-points.ts. */
export const KILL_POINTS = [
  'before-intent',
  'intent-synced',
  'answered',
  'id-synced',
  'looked-up',
  'downloaded',
  'kept',
  'uploaded',
  'patching',
  'patched',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** How an answer gets lost although the generation was accepted. */
export type LostAnswer =
  { readonly kind: 'drop-after-accept' } | { readonly kind: 'accept-then-status'; status: number };

export type Blow =
  /** kill -9 of the worker, wherever it is. */
  | { readonly kind: 'kill-worker' }
  /** kill -9 of the worker at a named step. */
  | { readonly kind: 'kill-at'; readonly point: KillPoint }
  /** kill -9 of the worker while accepted generations wait for their late answers. */
  | { readonly kind: 'kill-in-answer'; readonly delayMs: number; readonly count: number; readonly afterMs: number }
  /** SIGTERM of the worker. */
  | { readonly kind: 'stop-worker' }
  /** SIGSTOP of the worker, SIGCONT later. */
  | { readonly kind: 'suspend-worker'; readonly forMs: number }
  /** The same for all of it, the backend and the command line too: a laptop's lid. Scenarios alone do it. */
  | { readonly kind: 'suspend-everything'; readonly forMs: number }
  | { readonly kind: 'kill-temporal' }
  | { readonly kind: 'kill-store' }
  /** kill -9 of G-Labs' stand-in: it comes back with or without memory of its tasks. */
  | { readonly kind: 'kill-backend'; readonly downMs: number; readonly forgets: boolean }
  /** It hangs for a while and remembers everything. */
  | { readonly kind: 'suspend-backend'; readonly forMs: number }
  | { readonly kind: 'refuse'; readonly forMs: number }
  /** A tunnel without its end: 522 pages. */
  | { readonly kind: 'tunnel'; readonly forMs: number }
  | { readonly kind: 'lose-answers'; readonly how: LostAnswer; readonly count: number }
  /** kill -9 of the command line; the command is typed again. */
  | { readonly kind: 'kill-cli' }
  /** kill -9 of everything but the backend, as when the machine's plug is pulled; the command is typed again. */
  | { readonly kind: 'kill-everything' };
export type BlowKind = Blow['kind'];

export interface Strike {
  readonly blow: Blow;
  /** Strikes when this many generations are on the bill… */
  readonly paid: number;
  /** …and this long after. */
  readonly afterMs: number;
  /** The next one does not wait for the recovery from this one. */
  readonly hasty: boolean;
}

export interface RunPlan {
  readonly seed: number;
  readonly run: number;
  readonly storyboard: 'one account' | 'five accounts';
  readonly imageMs: number;
  readonly videoMs: number;
  readonly concurrency: number;
  readonly strikes: readonly Strike[];
  /** Faults that any request may meet, all the while. */
  readonly weather: Weather | null;
}

export interface Weather {
  readonly seed: number;
  /** The share of requests that is struck. */
  readonly rate: number;
}

/**
 * What bad weather consists of: all that a client which does everything right comes through without paying more. What
 * costs by itself (tasks that fail, a list that hides ours) would leave nothing to judge.
 */
export const WEATHER: readonly FaultKind[] = [
  'drop-after-accept',
  'accept-then-status',
  'drop',
  'slow',
  'hang',
  'status',
  'cloudflare',
  'bad-bytes',
  'backwards',
  'clock',
];

/** Every storyboard of these runs comes to this many generations. */
export const GENERATIONS = 40;
/** A candidate that the backend forgot is made again twice; then a person is asked, which no run waits for. */
const MOST_FORGETTINGS = 2;

type Random = (most: number) => number;

/** Weight and maker of each kind of blow. */
const BLOWS: readonly (readonly [weight: number, make: (random: Random) => Blow])[] = [
  [5, () => ({ kind: 'kill-worker' })],
  [9, (random) => ({ kind: 'kill-at', point: KILL_POINTS[random(KILL_POINTS.length)] as KillPoint })],
  [
    4,
    (random) => ({
      kind: 'kill-in-answer',
      delayMs: 600 + random(900),
      count: 1 + random(8),
      afterMs: random(500),
    }),
  ],
  [3, () => ({ kind: 'stop-worker' })],
  [2, (random) => ({ kind: 'suspend-worker', forMs: random(4) === 0 ? 12_000 : 300 + random(3_000) })],
  [3, () => ({ kind: 'kill-temporal' })],
  [3, () => ({ kind: 'kill-store' })],
  [4, (random) => ({ kind: 'kill-backend', downMs: random(3) * random(1_500), forgets: random(2) === 0 })],
  [2, (random) => ({ kind: 'suspend-backend', forMs: 500 + random(5_000) })],
  [2, (random) => ({ kind: 'refuse', forMs: 200 + random(7_000) })],
  [2, (random) => ({ kind: 'tunnel', forMs: 200 + random(7_000) })],
  [4, (random) => ({ kind: 'lose-answers', how: lostAnswer(random), count: 1 + random(4) })],
  [2, () => ({ kind: 'kill-cli' })],
  [1, () => ({ kind: 'kill-everything' })],
];

function lostAnswer(random: Random): LostAnswer {
  const statuses = [500, 502, 504, 520, 522, 524];
  if (random(2) === 0) return { kind: 'drop-after-accept' };
  return { kind: 'accept-then-status', status: statuses[random(statuses.length)] as number };
}

function drawBlow(random: Random, allowed: (blow: Blow) => boolean): Blow {
  const sum = BLOWS.reduce((total, [weight]) => total + weight, 0);
  for (;;) {
    let left = random(sum);
    const make = BLOWS.find(([weight]) => (left -= weight) < 0)?.[1];
    const blow = make?.(random);
    if (blow && allowed(blow)) return blow;
  }
}

export function planRun(seed: number, run: number): RunPlan {
  const random = seeded(seed * 1_000_003 + run);
  const count = 4 + random(4);
  const moments = Array.from({ length: count }, () => 1 + random(GENERATIONS - 6)).sort((a, b) => a - b);
  let forgettings = 0;
  const strikes = moments.map((paid): Strike => {
    const blow = drawBlow(random, (one) => !forgets(one) || forgettings < MOST_FORGETTINGS);
    if (forgets(blow)) forgettings += 1;
    return { blow, paid, afterMs: random(400), hasty: random(3) === 0 };
  });
  return {
    seed,
    run,
    storyboard: random(4) === 0 ? 'five accounts' : 'one account',
    imageMs: 300 + random(500),
    videoMs: 400 + random(900),
    concurrency: 2 + random(4),
    strikes,
    weather: random(2) === 0 ? { seed: random(1_000_000), rate: (2 + random(7)) / 100 } : null,
  };
}

function forgets(blow: Blow): boolean {
  return blow.kind === 'kill-backend' && blow.forgets;
}

const KILLS: ReadonlySet<BlowKind> = new Set([
  'kill-worker',
  'kill-at',
  'kill-in-answer',
  'stop-worker',
  'kill-temporal',
  'kill-store',
  'kill-backend',
  'kill-cli',
  'kill-everything',
]);

/** Whether a process ends by it; the others are faults. */
export function isKill(kind: BlowKind): boolean {
  return KILLS.has(kind);
}

/** `kill-at uploaded`, as the lines of a run name it. */
export function blowWords(blow: Blow): string {
  switch (blow.kind) {
    case 'kill-at':
      return `kill-at ${blow.point}`;
    case 'suspend-worker':
    case 'suspend-everything':
    case 'suspend-backend':
    case 'refuse':
    case 'tunnel':
      return `${blow.kind} ${blow.forMs} ms`;
    case 'kill-backend':
      return `kill-backend${blow.forgets ? ' that forgets' : ''}`;
    case 'lose-answers':
      return `${blow.how.kind}${'status' in blow.how ? ` ${blow.how.status}` : ''} x${blow.count}`;
    default:
      return blow.kind;
  }
}
