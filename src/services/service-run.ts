/** What the installed service runs: everything is up, and comes back when the supervisor itself dies. */
import { isSurelyDead } from '../files/process-identity';
import { FlowError } from '../flow/errors';
import type { Home } from './home';
import { askStatus } from './requests';
import { readControl } from './state';

const LOOK_MS = 2_000;
const FIRST_PAUSE_MS = 2_000;
const MOST_PAUSE_MS = 60_000;
const MOST_DOUBLINGS = 5;

/** `stopped`: somebody typed `nbflow down`, which takes the supervisor's record away. */
export type Sight = 'alive' | 'dead' | 'stopped';

export interface ServiceRun {
  /** Starts what is missing; joins what runs already. */
  readonly up: () => Promise<unknown>;
  readonly look: () => Promise<Sight>;
  readonly say: (line: string) => void;
  /** Told to stop. */
  readonly signal: AbortSignal;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** How the supervisor of a home is doing. */
export async function lookAtSupervisor(home: Home): Promise<Sight> {
  const control = readControl(home);
  if (control === null) return 'stopped';
  if (await askStatus(control)) return 'alive';
  return isSurelyDead(control.identity) ? 'dead' : 'alive';
}

/**
 * Returns when the servers were stopped by hand, or when it is told to stop. Never gives up: after a boot the disk with a
 * project or a server elsewhere may come later than we do.
 */
export async function runService(run: ServiceRun): Promise<'told' | 'stopped'> {
  for (;;) {
    await bringUp(run);
    if (run.signal.aborted) return 'told';
    run.say('the servers and the worker are up');
    const sight = await watch(run);
    if (run.signal.aborted) return 'told';
    if (sight === 'stopped') return 'stopped';
    run.say('the supervisor died; starting it again');
  }
}

async function bringUp({ up, say, signal, pause }: ServiceRun): Promise<void> {
  let said = '';
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await up();
      return;
    } catch (error) {
      const next = error instanceof FlowError ? error.next.map((step) => `\n  → ${step}`).join('') : '';
      const message = `${(error as Error).message}${next}`;
      // A log that says the same every minute hides what else happened.
      if (message !== said) say(`${message}\n  Trying again until it works.`);
      said = message;
      await pause(Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, MOST_DOUBLINGS)));
    }
  }
}

async function watch({ look, signal, pause }: ServiceRun): Promise<Sight> {
  for (;;) {
    const sight = await look();
    if (sight !== 'alive' || signal.aborted) return sight;
    await pause(LOOK_MS);
  }
}
