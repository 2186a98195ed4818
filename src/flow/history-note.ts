/** The sentence that a pass writes into the history: what happened to it, and what it came to. Pure. */
import { GATES } from './gates';
import type { WorkerEnd } from './interruption';
import type { NodeCounts, PassState } from './outcome';
import type { PassMoney } from './pass-money';
import { isPaidOnce } from './pass-money';
import type { PassPast } from './pass-past';

export interface PassFacts {
  readonly version: string;
  readonly ends: readonly WorkerEnd[];
  readonly past: PassPast;
  readonly money: PassMoney;
  /** Results that were there before. */
  readonly reused: number;
  readonly nodes: NodeCounts;
  readonly state: PassState;
  /** No generator of the file lacks a result. */
  readonly complete: boolean;
}

/** Beyond so many, ends of workers are counted instead of told one by one. */
const MOST_TOLD = 3;

/** `V0-1: worker killed at Scene 06, resumed after 4 s, 12 reused, 8 generated, nothing paid twice, full output`. */
export function passNote(facts: PassFacts): string {
  const { version, ends, past, money, reused } = facts;
  const { generated, failed, lost, open, adopted } = money;
  const count = (n: number, words: string): string[] => (n > 0 ? [`${n} ${words}`] : []);
  const parts = [
    ...endWords(ends),
    ...waitWords(past),
    ...count(reused, 'reused'),
    ...count(generated, 'generated'),
    ...count(adopted, 'found again after a lost answer'),
    ...count(failed, 'failed at G-Labs'),
    ...count(lost, 'lost by G-Labs, perhaps paid for nothing'),
    ...count(open, 'still out at G-Labs'),
    ...moneyWords(money),
    stateWords(facts),
  ];
  return `${version}: ${parts.join(', ')}`;
}

/** Whether a pass is worth a line in a team's registry: something happened, or something was paid. */
export function isEventful({ ends, past, money, state }: PassFacts): boolean {
  const waited = Object.values(past.waitedMs).some((ms) => ms > 0);
  return ends.length > 0 || waited || past.moves > 0 || money.paid + money.perhaps > 0 || state !== 'done';
}

const HOW: Readonly<Record<WorkerEnd['how'], string>> = {
  killed: 'killed',
  stopped: 'stopped',
  silent: 'on another machine fell silent',
};

function endWords(ends: readonly WorkerEnd[]): readonly string[] {
  const longest = Math.max(0, ...ends.map(({ gapMs }) => gapMs));
  if (ends.length <= MOST_TOLD) {
    return ends.flatMap(({ how, places, gapMs }) => [
      `worker ${HOW[how]} at ${list(places)}`,
      `resumed after ${timeWords(gapMs)}`,
    ]);
  }
  const first = list(ends[0]?.places ?? []);
  const last = list(ends.at(-1)?.places ?? []);
  const kinds = new Set(ends.map(({ how }) => how));
  const how = kinds.size === 1 ? HOW[ends[0]?.how ?? 'killed'] : 'killed or stopped';
  return [
    `worker ${how} ${ends.length} times`,
    `first at ${first}`,
    `last at ${last}`,
    `each time resumed within ${timeWords(longest)}`,
  ];
}

function waitWords({ waitedMs, moves }: PassPast): readonly string[] {
  const waits = Object.entries(waitedMs).filter(([, ms]) => ms > 0);
  const words = waits.map(([gate, ms]) => {
    if (gate === 'pause') return `paused for ${timeWords(ms)}`;
    const what = gate in GATES ? GATES[gate as keyof typeof GATES].what : gate;
    return `waited ${timeWords(ms)} for ${what}`;
  });
  if (moves > 0) words.push(`G-Labs' address changed${moves > 1 ? ` ${moves} times` : ''}`);
  return words;
}

function moneyWords(money: PassMoney): readonly string[] {
  if (money.paid + money.perhaps === 0) return ['nothing paid'];
  if (isPaidOnce(money)) return ['nothing paid twice'];
  const again = money.again > 0 ? [`${money.again} of these made afresh`] : [];
  return money.twice > 0 ? [...again, `${money.twice} paid twice`] : again;
}

function stateWords({ state, nodes, complete }: PassFacts): string {
  const count = (n: number, words: string): string => `${n} ${n === 1 ? 'node' : 'nodes'} ${words}`;
  switch (state) {
    case 'cancelled':
      return 'cancelled';
    case 'over-budget':
      return 'stopped at its budget';
    case 'needs-person':
      return count(nodes.undecided, nodes.undecided === 1 ? 'needs a decision' : 'need a decision');
    case 'done-with-failures':
      return count(nodes.failed + nodes.skipped, 'without a result');
    case 'done':
      return complete ? 'full output' : 'output not complete yet';
  }
}

/** `Scene 01`, `Scene 01 and Scene 02`, `Scene 01, Scene 02 and 3 more`. */
function list(places: readonly string[]): string {
  const [first = 'its start', second, ...rest] = places;
  if (second === undefined) return first;
  return rest.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${rest.length} more`;
}

/** `4 s`, `12 min`, `3 h`, `2 days`. */
export function timeWords(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
