/** What activities are given by the worker: clients and clocks, so that tests give others. */
import type { GLabsClient } from '../clients/glabs';
import type { ObjectStore } from '../clients/object-store';
import type { Env, Settings, StoreSettings } from '../config';
import type { FlowCache } from '../flow-cache';
import type { PatchQueue } from '../files/source-file';
import type { Queues } from '../money/queues';
import type { Step } from '../money/ports';
import type { GateHolds } from './gate-holds';
import type { FoundOpen } from './node-words';
import type { ReferenceCache } from './references';

export interface ActivityDeps {
  /** NBFLOW_HOME: state of this machine, such as the holds for takeover. */
  readonly home: string;
  readonly env: Env;
  readonly glabsFor: (settings: Settings) => GLabsClient;
  readonly storeFor: (settings: StoreSettings) => ObjectStore;
  readonly flows: FlowCache;
  readonly patches: PatchQueue;
  /** One after the other per words, within this process. */
  readonly queues: Queues;
  readonly foundOpen: FoundOpen;
  readonly holds: GateHolds;
  /** Told of each step of the money protocol. */
  readonly reached: (step: Step) => void;
  readonly references: ReferenceCache;
  readonly now: () => number;
}
