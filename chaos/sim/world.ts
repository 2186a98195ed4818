/** Everything of one run that its parts share. */
import type { Backend } from './backend';
import type { Choices } from './choices';
import type { Disk } from './disk';
import type { Host, Locks } from './host';
import type { Judge } from './judge';
import type { Network } from './network';
import type { Schedule } from './schedule';
import type { ObjectStore } from './object-store';
import type { Step } from '../../src/money/ports';
import type { Weaknesses } from './weaknesses';
import type { Weather } from './weather';

export interface World {
  readonly choices: Choices;
  readonly schedule: Schedule;
  readonly disk: Disk;
  readonly locks: Locks;
  readonly backend: Backend;
  readonly network: Network;
  readonly store: ObjectStore;
  readonly judge: Judge;
  readonly weather: Weather;
  readonly weak: Weaknesses;
  /** Worker processes that live, or died and were not replaced yet. */
  readonly hosts: Host[];
  /** The machine's clock on the wall, which somebody may set; `schedule.now` is true time. `anySet`: this or G-Labs' was. */
  readonly wall: { offsetMs: number; anySet: boolean };
  /** Called at each named step of the protocol, when a process may be hit. */
  readonly onStep: (host: Host, step: Step) => void;
  /** One line of the trace; the text is made only when somebody reads it. */
  readonly say: (text: () => string) => void;
  /** Counts something for the totals. */
  readonly count: (what: string) => void;
}
