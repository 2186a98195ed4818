/** What lies between a worker and G-Labs: requests that do not arrive, arrive late, or whose answers get lost. */
import { BackendError } from '../../src/clients/backend-error';
import type { SubmitEnd } from '../../src/flow/protocol';
import type { Backend, Task } from './backend';
import type { Choices } from './choices';
import type { Host } from './host';
import type { Actor, Schedule } from './schedule';
import type { Weather } from './weather';

export const SERVER = 'http://model';
/** A request on its way arrives at most so long after it left, in time in which the backend answers others. */
const MOST_LATE_MS = 1_400;
const ASK_TIMEOUT_MS = 10_000;
const NETWORK: Actor = { name: 'network', alive: true, suspended: false };

type Failure = { readonly status: number } | { readonly errno: string };

/** How a call that is no submit may fail. */
const ASK_FAULTS: readonly [Failure | null, ...Failure[]] = [
  null,
  { errno: 'ECONNRESET' },
  { errno: 'UND_ERR_HEADERS_TIMEOUT' },
  { status: 500 },
  { status: 503 },
  { status: 502 },
  { status: 429 },
  { status: 401 },
  { status: 200 },
];

const AWAY: Readonly<Record<string, Failure>> = {
  refuses: { errno: 'ECONNREFUSED' },
  'tunnel-404': { status: 404 },
  'tunnel-522': { status: 522 },
  'tunnel-530': { status: 530 },
};

type SubmitFault =
  | 'none'
  | 'never-arrives'
  | 'cut'
  | 'error-after'
  | 'error-before'
  | 'garbled'
  | 'slow'
  | 'late'
  | 'refused'
  | 'no-route';

const SUBMIT_FAULTS: readonly [SubmitFault, ...SubmitFault[]] = [
  'none',
  'never-arrives',
  'cut',
  'cut',
  'error-after',
  'error-before',
  'garbled',
  'slow',
  'late',
  'late',
  'refused',
  'no-route',
];
const MAYBE: readonly [number, ...number[]] = [500, 502, 503, 504, 520, 522, 524];
const SURELY_NOT: readonly [number, ...number[]] = [429, 429, 521, 523, 530, 404, 401];

interface Parts {
  readonly schedule: Schedule;
  readonly backend: Backend;
  readonly choices: Choices;
  readonly weather: Weather;
  readonly say: (text: () => string) => void;
  readonly count: (what: string) => void;
}

export class Network {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** A call that is no submit: `answer` is what the backend says at the moment when it is reached. */
  async ask<T>(host: Host, what: string, signal: AbortSignal, answer: () => T): Promise<T> {
    const { schedule, choices, weather } = this.parts;
    const fault = choices.one(`fault ${what}`, ASK_FAULTS, weather.askFaults);
    const waitedUntil = schedule.now + ASK_TIMEOUT_MS;
    for (;;) {
      const { frozenUntil } = this.parts.backend;
      const ms = Math.max(this.latency(), Math.min(frozenUntil, waitedUntil) - schedule.now);
      const got = await schedule.call(NETWORK, `${what} arrives`, ms, () => this.reach(fault, answer), { signal });
      if (got === 'frozen' && schedule.now < waitedUntil) continue;
      return schedule.call(host, `${what} answered`, this.latency(), () => this.read(what, got), { signal });
    }
  }

  /** Sends once. `accept` makes the task when and if the request arrives, at whatever then answers. */
  async submit(host: Host, accept: () => Task): Promise<SubmitEnd> {
    const { schedule, backend, choices, weather, count, say } = this.parts;
    const fault = choices.one('fault submit', SUBMIT_FAULTS, weather.submitFaults);
    if (fault !== 'none') count(`submit ${fault}`);
    const away = await schedule.call(host, 'connect', this.latency(), () =>
      fault === 'no-route' ? 'refuses' : backend.away,
    );
    if (away !== null) return refusal(AWAY[away] as Failure);
    say(() => `${host.name}: a request leaves${fault === 'none' ? '' : ` (${fault})`}`);
    const end = this.deliver(fault, accept);
    const cut: SubmitEnd = { kind: 'transport', phase: 'maybe-sent', errno: 'ECONNRESET', text: 'socket hang up' };
    if (fault === 'late' || fault === 'never-arrives') {
      return schedule.call(host, 'submit cut off', this.latency(), () => cut);
    }
    const answer = await end;
    const ms = fault === 'slow' ? 5_000 + 5_000 * choices.pick('slow answer', 8) : this.latency();
    return schedule.call(host, 'submit answered', ms, () => (fault === 'cut' ? cut : answer));
  }

  private async deliver(fault: SubmitFault, accept: () => Task): Promise<SubmitEnd> {
    const { schedule, backend, choices } = this.parts;
    const sentAt = schedule.now;
    let left =
      fault === 'late'
        ? 200 * (1 + choices.pick('late by', MOST_LATE_MS / 200))
        : Math.min(this.latency(), MOST_LATE_MS);
    for (;;) {
      await schedule.call(NETWORK, 'request travels', left, () => undefined, { punctual: true });
      if (fault === 'never-arrives') return { kind: 'unreadable', status: 0, text: '' };
      if (backend.away !== null && backend.answeredAt >= sentAt) return hangUp();
      if (backend.away === null && schedule.now >= backend.frozenUntil) return this.arrive(fault, accept);
      if (backend.away !== null && choices.chance('held back', 0.5)) return hangUp();
      // What a frozen backend, or a tunnel, holds back comes in soon after it is well again.
      const spent = backend.away === null ? Math.max(0, backend.frozenFrom - sentAt) : 0;
      const thaw = 1 + choices.pick('thaw', Math.max(1, MOST_LATE_MS - spent));
      // It is not asked for every millisecond of an outage whether it is over.
      left = Math.max(backend.frozenUntil - schedule.now, 0) + (backend.away === null ? thaw : Math.max(100, thaw));
    }
  }

  private arrive(fault: SubmitFault, accept: () => Task): SubmitEnd {
    const { choices, say, backend, schedule } = this.parts;
    backend.answeredAt = schedule.now;
    if (fault === 'refused') return { kind: 'answered', status: choices.one('refusal', SURELY_NOT), text: 'no' };
    if (fault === 'error-before') return { kind: 'answered', status: choices.one('error status', MAYBE), text: 'oops' };
    const task = accept();
    say(() => `G-Labs takes ${task.id}: ${task.prompt.slice(-24)}${fault === 'none' ? '' : ` (${fault})`}`);
    if (fault === 'error-after') return { kind: 'answered', status: choices.one('error status', MAYBE), text: 'oops' };
    if (fault === 'garbled') return { kind: 'unreadable', status: 202, text: '{"task' };
    return { kind: 'accepted', taskId: task.id };
  }

  private reach<T>(fault: Failure | null, answer: () => T): { value: T } | { failure: Failure } | 'frozen' {
    const { schedule, backend, count } = this.parts;
    if (backend.away !== null) return { failure: AWAY[backend.away] as Failure };
    if (schedule.now < backend.frozenUntil) return 'frozen';
    if (fault) count('call failed');
    backend.answeredAt = schedule.now;
    return fault ? { failure: fault } : { value: answer() };
  }

  private read<T>(what: string, got: { value: T } | { failure: Failure } | 'frozen'): T {
    if (got !== 'frozen' && 'value' in got) return got.value;
    const failure = got === 'frozen' ? { errno: 'UND_ERR_HEADERS_TIMEOUT' } : got.failure;
    throw new BackendError({ server: SERVER, text: what, ...failure });
  }

  private latency(): number {
    const { choices, weather } = this.parts;
    return choices.one('latency', [2, 10, 60, 300, 1_000, 4_000], weather.slowness);
  }
}

function hangUp(): SubmitEnd {
  return { kind: 'transport', phase: 'maybe-sent', errno: 'ECONNRESET', text: 'socket hang up' };
}

function refusal(failure: Failure): SubmitEnd {
  if ('status' in failure) return { kind: 'answered', status: failure.status, text: 'the tunnel has no other end' };
  return { kind: 'transport', phase: 'before-sent', errno: failure.errno, text: 'connection refused' };
}
