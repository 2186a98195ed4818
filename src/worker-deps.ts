import type { ActivityDeps } from './activities/deps';
import { GateHolds } from './activities/gate-holds';
import { FoundOpen } from './activities/node-words';
import { ReferenceCache } from './activities/references';
import { createGLabsClient } from './clients/glabs';
import { fetchReference, PATIENT_PAUSES_MS } from './clients/references';
import type { FetchedReference } from './clients/references';
import { pictureProblem } from './files/media';
import { createS3Store } from './clients/s3';
import type { ObjectStore } from './clients/object-store';
import type { GLabsClient } from './clients/glabs';
import type { Env } from './config';
import { PatchQueue } from './files/source-file';
import { FlowCache } from './flow-cache';
import { killAt } from './kill-at';
import { Queues } from './money/queues';

/** The real clients of a worker, one per distinct setting, kept while the worker lives. */
export function workerDeps(home: string, env: Env): ActivityDeps {
  const glabs = new Map<string | null, GLabsClient>();
  const stores = new Map<string, ObjectStore>();
  return {
    home,
    env,
    glabsFor: ({ glabsKey }) => remember(glabs, glabsKey, () => createGLabsClient({ key: () => glabsKey })),
    storeFor: (settings) => remember(stores, JSON.stringify(settings), () => createS3Store(settings)),
    flows: new FlowCache(),
    patches: new PatchQueue(),
    queues: new Queues(),
    foundOpen: new FoundOpen(),
    holds: new GateHolds(),
    reached: killAt(env),
    references: new ReferenceCache(fetchPicture),
    now: Date.now,
  };
}

/** What is no picture would be paid for as one: G-Labs takes any bytes. */
async function fetchPicture(url: string): Promise<FetchedReference> {
  const fetched = await fetchReference(url, { pausesMs: PATIENT_PAUSES_MS });
  const problem = await pictureProblem(fetched.bytes, fetched.contentType);
  if (problem !== null) throw new Error(`${url} ${problem}`);
  return fetched;
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
