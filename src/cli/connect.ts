import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { FlowError } from '../flow/errors';
import type { Env } from '../config';
import { SEARCH_ATTRIBUTES } from '../names';

export interface Connected {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

/** Connects to what `env` says (TEMPORAL_ADDRESS, profiles, TLS, API key). Throws FlowError (4) naming the address. */
export async function connectTemporal(env: Env): Promise<Connected> {
  const overrideEnvVars = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars });
  const address = connectionOptions?.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5 s' });
    return { client: new Client({ connection, namespace }), namespace, address, close: () => connection.close() };
  } catch (error) {
    throw new FlowError(
      'Temporal.Unreachable',
      `The Temporal server at ${address} does not answer.`,
      4,
      ['Start it, or let us: nbflow up'],
      {
        cause: error,
      },
    );
  }
}

/** KEYWORD in the server's enumeration of value types. */
const KEYWORD = 2;

/** Whether the cluster knows our search attributes; those that are missing are added where we may. */
export async function ensureSearchAttributes({ client, namespace }: Connected): Promise<boolean> {
  const { operatorService } = client.connection as Connection;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes));
    if (missing.length === 0) return true;
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
    return true;
  } catch {
    // A managed cluster may not let us; passes run without being searchable then.
    return false;
  }
}
