/** A pass over one file, as runPass does it: what is known is settled and planned, then each node once its inputs are there. */
import type { SettleOptions } from '../../src/activities/settle-receipts';
import { settleReceipts } from '../../src/activities/settle-receipts';
import { entriesToCheck, fileOwners } from '../../src/flow/entries';
import { owesLeftovers } from '../../src/flow/leftovers';
import type { NodeOutcome, NodeState } from '../../src/flow/outcome';
import { emptyOutcome, settledOutcome } from '../../src/flow/outcome';
import { planPass } from '../../src/flow/plan';
import type { Evidence, PlanOptions } from '../../src/flow/plan-types';
import type { Receipt } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { acquireNodeLock } from './node-lock';
import type { NodeJob } from './node-run';
import { workOnNode } from './node-work';
import { receiptsIn } from './receipts';
import { isWhole } from './results';
import type { FlowFile } from './story';
import type { Attempt, Scope, Temporal } from './temporal';
import { lockPath } from './words';
import { wallNow } from './clocks';
import type { World } from './world';

const CONCURRENCY = 3;

export interface Pass extends Scope {
  readonly file: FlowFile;
  readonly options: PlanOptions;
}

export function newPass(file: FlowFile, name: string, noCache: boolean): Pass {
  const options: PlanOptions = {
    mode: 'full',
    scenes: [],
    accounts: [],
    nodes: [],
    rows: [],
    noCache,
    pass: name,
    refreshStale: false,
    onLost: 'regenerate',
    prices: { image: 1, video: 10 },
  };
  return { name, file, options, over: false, attempts: new Set() };
}

/** How each node ended, by generator key. */
export async function runPass(world: World, temporal: Temporal, pass: Pass): Promise<ReadonlyMap<string, NodeOutcome>> {
  const outcomes = new Map<string, NodeOutcome>();
  const opened = await temporal.execute(pass, 'open', (attempt) => openPass(world, attempt, pass));
  if (opened.kind !== 'value') return outcomes;
  const { generators } = pass.file.compiled(world.disk);
  let running = 0;
  const ended = new Map<string, Promise<void>>();
  for (const generator of generators) {
    const run = async (): Promise<void> => {
      await Promise.all(generator.dependsOn.flatMap((key) => ended.get(key) ?? []));
      while (running >= CONCURRENCY) await world.schedule.pause(temporal.actor, 100);
      running++;
      const known = opened.value.get(generator.key);
      outcomes.set(generator.key, known ?? (await runNode(world, temporal, pass, { generator, outcomes })));
      running--;
    };
    ended.set(generator.key, run());
  }
  await Promise.all(ended.values());
  return outcomes;
}

async function runNode(
  world: World,
  temporal: Temporal,
  pass: Pass,
  { generator, outcomes }: { readonly generator: Generator; readonly outcomes: ReadonlyMap<string, NodeOutcome> },
): Promise<NodeOutcome> {
  const ready = generator.dependsOn.every((key) => ['done', 'reused'].includes(outcomes.get(key)?.state ?? ''));
  if (!ready) return emptyOutcome(generator.key, 'skipped');
  const job: NodeJob = { file: pass.file, id: generator.id, options: pass.options };
  const end = await temporal.execute(pass, `n${generator.id}`, ({ activity, number, host, controller }) =>
    workOnNode(world, host, job, {
      activity,
      attempt: number,
      signal: controller.signal,
      stop: (reason) => world.schedule.abort(controller, reason),
    }),
  );
  if (end.kind === 'value') return emptyOutcome(generator.key, 'done');
  if (end.kind === 'cancelled') return emptyOutcome(generator.key, 'cancelled');
  const state: NodeState = end.type === 'Generation.Undecided' ? 'undecided' : 'failed';
  return emptyOutcome(generator.key, state, { errorType: end.type, reason: end.message });
}

/** Answers the outcomes of nodes that the plan leaves nothing to do for. */
async function openPass(world: World, attempt: Attempt, pass: Pass): Promise<ReadonlyMap<string, NodeOutcome>> {
  const { schedule, disk, store } = world;
  const { dir } = pass.file;
  const { host } = attempt;
  const port = receiptsIn(world, host, dir);
  const flow = await schedule.call(host, 'read the file', 2, () => pass.file.compiled(disk));
  const receipts = new Map<string, Receipt>();
  for (const { key, id } of flow.generators) {
    const receipt = await port.read(`n${id}`);
    if (receipt) receipts.set(key, receipt);
  }
  const evidence = await schedule.call(host, 'look around', 5, (): Evidence => {
    const hashes = new Map<string, string>();
    for (const { generations } of receipts.values())
      for (const { references } of generations) for (const { url, sha256 } of references) hashes.set(url, sha256);
    const entries = flow.generators.flatMap((generator) => {
      const receipt = receipts.get(generator.key);
      return receipt ? entriesToCheck(generator, receipt, hashes) : [];
    });
    const missing = [...receipts.values()].flatMap(fileOwners).filter((one) => !isWhole(world, dir, one));
    const urls = [
      ...flow.generators.flatMap(({ cachedUrls }) => cachedUrls),
      ...entries.flatMap(({ url }) => url ?? []),
    ];
    // A store that is down tells nothing: its links are trusted, not fetched from.
    const unasked = store.down || pass.options.noCache;
    const dead = unasked ? [] : urls.filter((url) => store.get(url) === null);
    return {
      receipts,
      deadUrls: new Set(dead),
      unsureUrls: new Set(unasked ? urls : []),
      hashes,
      missingFiles: new Set(missing.map(({ file }) => file as string)),
    };
  });
  const plan = planPass(flow, evidence, pass.options);
  const receiptKeys = new Map(flow.generators.map(({ key, id }) => [key, `n${id}`]));
  const settings: SettleOptions = {
    at: new Date(wallNow(world)).toISOString(),
    lock: (key) =>
      acquireNodeLock(world, host, lockPath({ dir, key }), {
        activity: `${attempt.activity} for ${key}`,
        attempt: attempt.number,
        stop: () => undefined,
        signal: attempt.controller.signal,
      }),
  };
  await settleReceipts({ flow, receipts: port }, { plan, evidence, receiptKeys, unsure: [] }, pass.name, settings);
  const settled = plan.nodes.flatMap((node) => {
    const owes = owesLeftovers(receipts.get(node.key), flow.byKey.get(node.key) as Generator, node);
    return settledOutcome(node, owes) ?? [];
  });
  return new Map(settled.map((outcome) => [outcome.key, outcome]));
}
