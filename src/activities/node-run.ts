/** Everything one attempt at one node works with. Built once per attempt; the receipt is the only lasting state. */
import type { GLabsClient } from '../clients/glabs';
import type { Settings } from '../config';
import { errorsAbout } from '../flow/edits-meanwhile';
import { FlowError } from '../flow/errors';
import { planNode } from '../flow/plan';
import type { Evidence, PlannedNode } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import { fileOwners } from '../flow/entries';
import { emptyReceipt, hasUnfinished } from '../flow/ledger';
import { reviveAsPlanned } from '../flow/revival';
import type { Generator } from '../flow/types';
import { statSizes } from '../files/sizes';
import type { Project } from '../project';
import { locateGenerator, reopenProject } from '../project';
import { loadSettings } from '../config';
import type { GenerateInput, PassNode } from '../workflows/messages';
import type { ActivityDeps } from './deps';
import { planOptions } from './plan-options';
import type { ProgressMeter } from './progress-meter';
import type { Backend } from './servers';
import { firstHealthyServer } from './servers';

export interface NodeRun {
  readonly deps: ActivityDeps;
  readonly input: GenerateInput;
  readonly settings: Settings;
  readonly project: Project;
  readonly generator: Generator;
  readonly receiptKey: string;
  readonly glabs: GLabsClient;
  /** The G-Labs that answers now. */
  readonly backend: Backend;
  /** Aborted when the attempt must stop: cancelled, worker stopping, or a newer attempt wants the node. */
  readonly signal: AbortSignal;
  readonly meter: ProgressMeter;
  /** Content hashes of reference URLs, as far as known. Grows while references are downloaded. */
  readonly hashes: Map<string, string>;
  /** Receipts of the nodes this one depends on. */
  readonly upstream: ReadonlyMap<string, Receipt>;
}

export async function openNodeRun(
  deps: ActivityDeps,
  input: GenerateInput,
  signal: AbortSignal,
  meter: ProgressMeter,
): Promise<NodeRun> {
  const settings = loadSettings(input.root, deps.env, { servers: input.options.servers });
  const project = await reopenProject(input.file, deps.flows, input.root, settings.brand);
  const node: PassNode = input.node;
  const title = node.title;
  const id = Number(node.key.split(':')[1]);
  const located = locateGenerator(project.flow, { key: node.key, id, account: node.account, title });
  refuseErrors(project, located);
  const glabs = deps.glabsFor(settings);
  const receiptKey = node.receiptKeys[node.key] as string;
  const own = await project.receipts.read(receiptKey);
  if (input.collectOnly && !hasUnfinished(own)) throw stopped();
  // Names were fixed with the first receipt: files that people know do not move.
  const generator = own ? { ...located, naming: own.naming } : located;
  const upstream = await readUpstream(project, node);
  const hashes = new Map<string, string>();
  for (const receipt of [own, ...upstream.values()]) {
    for (const entry of receipt?.generations ?? [])
      for (const { url, sha256 } of entry.references) hashes.set(url, sha256);
  }
  const backend = await firstHealthyServer(glabs, settings.servers, signal);
  return { deps, input, settings, project, generator, receiptKey, glabs, backend, signal, meter, hashes, upstream };
}

/** The pass was told to pay for nothing more, and something of the node is not made. */
export function stopped(): FlowError {
  return new FlowError('Pass.Stopped', 'nothing more was to be paid for', 1);
}

/** The pass began without errors: an edit made since left this node, or what feeds it, in a state that can't be sent. */
function refuseErrors({ flow }: Project, generator: Generator): void {
  const errors = errorsAbout(flow, generator);
  if (errors.length === 0) return;
  throw new FlowError(
    'File.Changed',
    `It was edited while the pass ran, and can't be made like this: ${errors.map(({ message }) => message).join('; ')}. Nothing was paid for it.`,
    3,
  );
}

async function readUpstream(project: Project, node: PassNode): Promise<ReadonlyMap<string, Receipt>> {
  const found = new Map<string, Receipt>();
  for (const [key, receiptKey] of Object.entries(node.receiptKeys)) {
    const receipt = key === node.key ? null : await project.receipts.read(receiptKey);
    if (receipt) found.set(key, receipt);
  }
  return found;
}

interface PlannedNow {
  readonly plan: PlannedNode;
  readonly receipt: Receipt;
}

/** The plan of this node from what its receipt says now; entries that count again (an edit was undone) are written first. */
export async function planNow(run: NodeRun): Promise<PlannedNow> {
  const planned = await planOnce(run);
  const change = (now: Receipt): Receipt => reviveAsPlanned(now, planned, new Date(run.deps.now()).toISOString());
  if (change(planned.receipt) === planned.receipt) return planned;
  await run.project.receipts.update(run.receiptKey, (now) => change(now ?? planned.receipt));
  return planOnce(run);
}

async function planOnce(run: NodeRun): Promise<PlannedNow> {
  const { project, generator, input } = run;
  const { evidence, receipt } = await evidenceNow(run);
  const options = planOptions(input.options, run.settings.prices, input.pass);
  return { plan: planNode(project.flow, generator, evidence, options), receipt };
}

/** What is known of this node and of those it depends on, from receipts and the disk. */
export async function evidenceNow(run: NodeRun): Promise<{ evidence: Evidence; receipt: Receipt }> {
  const { project, generator } = run;
  const receipt = (await project.receipts.read(run.receiptKey)) ?? emptyReceipt(run.receiptKey, generator);
  const evidence: Evidence = {
    receipts: new Map([...run.upstream, [generator.key, receipt]]),
    deadUrls: new Set(),
    hashes: run.hashes,
    missingFiles: await statSizes(project.layout.baseDir, fileOwners(receipt)),
  };
  return { evidence, receipt };
}
