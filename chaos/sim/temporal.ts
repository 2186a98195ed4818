/** Stands for Temporal: hands activities to workers, notices dead ones, tries again what may be tried again. */
import { BackendError } from '../../src/clients/backend-error';
import { FlowError } from '../../src/flow/errors';
import type { Handling } from '../../src/flow/failure-classes';
import { failureClass, isFailureType } from '../../src/flow/failure-classes';
import { failedCall } from '../../src/flow/failure-evidence';
import type { Host } from './host';
import type { Actor } from './schedule';
import type { World } from './world';

/** One try at an activity, in one process. */
export class Attempt {
  readonly activity: string;
  readonly number: number;
  readonly host: Host;
  readonly controller = new AbortController();
  /** Temporal stops waiting for it, and hands the activity out again after so long. */
  gone: (afterMs: number) => void = () => undefined;

  constructor(activity: string, number: number, host: Host) {
    this.activity = activity;
    this.number = number;
    this.host = host;
  }
}

/** Whose activities they are. */
export interface Scope {
  readonly name: string;
  /** Cancelled or terminated: nothing new is started for it. */
  over: boolean;
  readonly attempts: Set<Attempt>;
}

export type End<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failed'; readonly type: string; readonly message: string }
  | { readonly kind: 'cancelled' };

type Report<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown; readonly stopped: boolean }
  | { readonly kind: 'gone'; readonly afterMs: number };

const RETRY_MS = 1_000;

export class Temporal {
  readonly actor: Actor = { name: 'temporal', alive: true, suspended: false };
  private readonly world: World;
  private count = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** Runs one activity until it ends for good. */
  async execute<T>(scope: Scope, name: string, work: (attempt: Attempt) => Promise<T>): Promise<End<T>> {
    const { schedule } = this.world;
    let activity = `${scope.name} ${name} ${this.count++}`;
    for (let number = 1; ; number++) {
      const host = await this.freeHost(scope);
      if (!host) return { kind: 'cancelled' };
      const report = await this.attempt(scope, new Attempt(activity, number, host), work);
      if (report.kind === 'value') return report;
      if (scope.over) return { kind: 'cancelled' };
      if (report.kind === 'gone' || report.stopped) {
        await schedule.pause(this.actor, report.kind === 'gone' ? report.afterMs : 1);
        continue;
      }
      const { type, handling, message } = this.classify(report.error);
      if (handling === 'final') return { kind: 'failed', type, message };
      await this.untilRetry(scope, handling);
      // Behind the gate it is another activity, whose attempts count from one.
      if (handling === 'gate') [activity, number] = [`${scope.name} ${name} ${this.count++}`, 0];
    }
  }

  private attempt<T>(scope: Scope, attempt: Attempt, work: (attempt: Attempt) => Promise<T>): Promise<Report<T>> {
    const { schedule, say } = this.world;
    const { host } = attempt;
    host.attempts.add(attempt);
    scope.attempts.add(attempt);
    say(() => `${host.name} begins ${attempt.activity}, attempt ${attempt.number}`);
    return new Promise((resolve) => {
      const report = (end: Report<T>): void =>
        void schedule.call(host, 'report', 2, () => {
          host.attempts.delete(attempt);
          scope.attempts.delete(attempt);
          resolve(end);
        });
      attempt.gone = (afterMs) => {
        scope.attempts.delete(attempt);
        resolve({ kind: 'gone', afterMs });
      };
      work(attempt).then(
        (value) => report({ kind: 'value', value }),
        (error: unknown) => {
          const stopped = attempt.controller.signal.aborted;
          say(() => `${host.name} ends ${attempt.activity}: ${stopped ? 'stopped' : String(error)}`);
          report({ kind: 'error', error, stopped });
        },
      );
    });
  }

  /** A worker that polls; null when the scope ends before there is one. */
  private async freeHost(scope: Scope): Promise<Host | null> {
    const { hosts, choices, schedule } = this.world;
    for (;;) {
      if (scope.over) return null;
      const free = hosts.filter((host) => host.alive && !host.suspended && !host.stopping);
      const chosen = free[choices.pick('worker', free.length)];
      if (chosen) return chosen;
      await schedule.pause(this.actor, 250);
    }
  }

  private async untilRetry(scope: Scope, handling: Handling): Promise<void> {
    const { schedule, backend } = this.world;
    do await schedule.pause(this.actor, RETRY_MS);
    while (handling === 'gate' && !scope.over && (backend.away !== null || schedule.now < backend.frozenUntil));
  }

  /** The table of failure classes, with what leads to which (src/activities/failures.ts, servers.ts). */
  private classify(error: unknown): { readonly type: string; readonly handling: Handling; readonly message: string } {
    const message = error instanceof Error ? error.message : String(error);
    const type = error instanceof FlowError ? error.type : error instanceof BackendError ? failedCall(error) : null;
    if (type === null) {
      this.world.judge.breach('bug', error instanceof Error ? (error.stack ?? message) : message);
      return { type: 'Internal', handling: 'final', message };
    }
    return { type, handling: isFailureType(type) ? failureClass(type).handling : 'final', message };
  }
}
