/** One node's activities without Temporal: a real simulator, a store in memory, a project on disk. */
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDeps } from '../../src/activities/deps';
import { createGenerateNode } from '../../src/activities/generate-node';
import { createOpenPass } from '../../src/activities/open-pass';
import { GateHolds } from '../../src/activities/gate-holds';
import { FoundOpen } from '../../src/activities/node-words';
import { ReferenceCache } from '../../src/activities/references';
import { createGLabsClient } from '../../src/clients/glabs';
import type { GLabsClient } from '../../src/clients/glabs';
import type { ObjectStore } from '../../src/clients/object-store';
import { fetchReference } from '../../src/clients/references';
import type { Change } from '../../src/flow/ledger';
import type { NodeOutcome } from '../../src/flow/outcome';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { PatchQueue } from '../../src/files/source-file';
import { ReceiptStore } from '../../src/files/receipts';
import { FlowCache } from '../../src/flow-cache';
import { Queues } from '../../src/money/queues';
import type { Simulator } from '../../src/simulator/simulator';
import { startSimulator } from '../../src/simulator/simulator';
import type { OpenedPass, PassNode, PassOptions } from '../../src/workflows/messages';
import type { TestProject } from '../helpers/project';
import { makeProject } from '../helpers/project';
import { serveReferences } from '../helpers/references';

export interface NodeRig {
  readonly simulator: Simulator;
  readonly project: TestProject;
  readonly deps: ActivityDeps;
  /** Plans the picture of scene 01, as a pass of this id. */
  open(pass: string, options?: Partial<PassOptions>): Promise<OpenedPass>;
  /** One attempt at a node of an opened pass. */
  attempt(opened: OpenedPass, options?: Partial<PassOptions>, env?: MockActivityEnvironment): Promise<NodeOutcome>;
  /** Changes the entries of the only receipt, as an attempt that was killed there would have left them. */
  rewrite(change: (entry: Generation) => Change): Promise<void>;
  close(): Promise<void>;
}

export interface NodeRigOptions {
  readonly edit?: (text: string) => string;
  /** Stands between the activity and the simulator. */
  readonly client?: (real: GLabsClient) => GLabsClient;
}

export async function openNodeRig({ edit, client = (real) => real }: NodeRigOptions = {}): Promise<NodeRig> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'nbflow node ')));
  const references = await serveReferences();
  const simulator = await startSimulator({ dir: join(base, 'sim'), imageMs: 20, videoMs: 20, plain: true });
  const project = makeProject({
    fixture: 'XYZG3-V0-1',
    references: references.origin,
    root: join(base, 'root'),
    name: 'p',
    ...(edit ? { edit } : {}),
  });
  const glabs = createGLabsClient({ key: () => null });
  const deps = depsOf(base, simulator.url, client(glabs));
  const optionsOf = (options: Partial<PassOptions> = {}): PassOptions => ({
    ...OPTIONS,
    servers: [simulator.url],
    ...options,
  });
  const { file, root } = project;
  const receipts = new ReceiptStore(project.layout.receiptsDir);
  return {
    simulator,
    project,
    deps,
    open: (pass, options) =>
      quietEnvironment().run(createOpenPass(deps), { file, root, pass, options: optionsOf(options) }),
    attempt: (opened, options, env = quietEnvironment()) =>
      env.run(createGenerateNode(deps), {
        file,
        root,
        pass: opened.pass,
        node: opened.nodes[0] as PassNode,
        options: optionsOf(options),
      }),
    rewrite: async (change) => {
      const { key } = project.receipts()[0] as Receipt;
      await receipts.update(key, (before) => ({
        ...(before as Receipt),
        generations: (before as Receipt).generations.map((entry) => ({ ...entry, ...change(entry) })),
      }));
    },
    close: async () => {
      await glabs.close();
      await simulator.close();
      references.close();
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

const OPTIONS: PassOptions = {
  servers: [],
  concurrency: 5,
  mode: 'images',
  scenes: ['01'],
  accounts: [],
  nodes: [],
  rows: [],
  noCache: false,
  refreshStale: false,
  budget: null,
  onLost: 'regenerate',
};

function depsOf(home: string, server: string, glabs: GLabsClient): ActivityDeps {
  return {
    home,
    env: {
      GLABS_SERVER: server,
      R2_ENDPOINT: 'http://store.example.test',
      R2_BUCKET: 'b',
      R2_ACCESS_KEY_ID: 'id',
      R2_SECRET_ACCESS_KEY: 'secret',
      R2_PUBLIC_BASE_URL: 'http://store.example.test/b',
    },
    glabsFor: () => glabs,
    storeFor: () => memoryStore(join(home, 'uploaded')),
    flows: new FlowCache(),
    patches: new PatchQueue(),
    queues: new Queues(),
    foundOpen: new FoundOpen(),
    holds: new GateHolds(),
    reached: () => undefined,
    references: new ReferenceCache((url) => fetchReference(url, {})),
    now: Date.now,
  };
}

/** Reads what it is given, as a store does: a file that is not there can't be uploaded. */
function memoryStore(scratch: string): ObjectStore {
  const publicUrl = (key: string): string => `http://127.0.0.1:9/${key}`;
  return {
    publicUrl,
    put: ({ key, path }) => {
      copyFileSync(path, scratch);
      return Promise.resolve({ url: publicUrl(key), existed: false });
    },
    head: () => Promise.resolve(null),
  };
}

/** The worker's warnings about failed attempts are what these tests are about, not news. */
export function quietEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

/** The failure that an attempt ends with. */
export async function failureOf(attempt: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`no failure: ${String(error)}`);
  return error;
}
