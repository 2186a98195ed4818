/** What of the servers runs or is configured, told in one shape to everybody who needs a server. */
import type { Env, StoreSettings } from '../config';
import { configuredStore, configuredTemporal } from './configured';
import type { Home } from './home';
import { homeFolders } from './home';
import { askStatus } from './requests';
import type { ServiceName, ServicesState } from './state';
import { readControl } from './state';
import { temporalAddress, temporalUiUrl } from './temporal';
import { storeEnv, storeSettings } from './weed';

export interface Services {
  readonly temporal: {
    readonly address: string;
    readonly uiUrl: string | null;
    readonly source: 'embedded' | 'configured';
  };
  readonly store: StoreSettings & { readonly source: 'embedded' | 'configured' };
  readonly worker: { readonly pid: number | null; readonly restarts: number; readonly lastExit: string | null } | null;
  /** `supervisor`, `temporal`, `store`, `worker`: what this call started. */
  readonly startedNow: readonly string[];
  readonly notes: readonly string[];
  /** Variables that lead any client of ours to the embedded servers; empty where all is configured. */
  readonly env: Readonly<Record<string, string>>;
}

/** Which servers are somebody else's, and which are to be ours. */
export interface Servers {
  readonly home: Home;
  /** Address of a configured Temporal server, null for the embedded one. */
  readonly temporal: string | null;
  readonly store: StoreSettings | null;
  readonly embedded: readonly ServiceName[];
}

export async function readServers(env: Env): Promise<Servers> {
  const temporal = await configuredTemporal(env);
  const store = configuredStore(env);
  const embedded: ServiceName[] = [];
  if (temporal === null) embedded.push('temporal');
  if (store === null) embedded.push('store');
  return { home: homeFolders(env), temporal, store, embedded };
}

/** The servers as they are, nothing is started: null when an embedded one is needed and not ready. Takes some 20 ms. */
export async function runningServices(options: { readonly env?: Env } = {}): Promise<Services | null> {
  const servers = await readServers(options.env ?? process.env);
  const control = servers.embedded.length > 0 ? readControl(servers.home) : null;
  const state = control ? await askStatus(control) : null;
  if (!servers.embedded.every((name) => state?.services[name]?.ready)) return null;
  return describeServices(servers, state, []);
}

/** The embedded store alone, null while it is not ready: for what needs no Temporal. */
export async function runningStore(env: Env): Promise<StoreSettings | null> {
  const home = homeFolders(env);
  const control = readControl(home);
  const state = control ? await askStatus(control) : null;
  return state?.services.store?.ready ? storeSettings(home, state.ports) : null;
}

export async function describeServices(
  servers: Servers,
  state: ServicesState | null,
  startedNow: readonly string[],
): Promise<Services> {
  const ports = state?.ports ?? {};
  const store = servers.store ?? (await storeSettings(servers.home, ports));
  const worker = state?.services.worker;
  const address = servers.temporal ?? temporalAddress(ports);
  return {
    temporal: servers.temporal
      ? { address, uiUrl: null, source: 'configured' }
      : { address, uiUrl: temporalUiUrl(ports), source: 'embedded' },
    store: { ...store, source: servers.store ? 'configured' : 'embedded' },
    worker: worker ? { pid: worker.identity?.pid ?? null, restarts: worker.restarts, lastExit: worker.lastExit } : null,
    startedNow,
    notes: state?.notes ?? [],
    env: { ...(servers.temporal ? {} : { TEMPORAL_ADDRESS: address }), ...(servers.store ? {} : storeEnv(store)) },
  };
}
