/** What one attempt at one node knows, plans and writes around the protocol: the model of node-run, prepare and save. */
import { candidateStates, resolveStill, urlsToSave } from '../../src/flow/candidates';
import { fileOwners } from '../../src/flow/entries';
import { FlowError } from '../../src/flow/errors';
import { fingerprintRow, slottedSources } from '../../src/flow/fingerprint';
import { changeCurrent, emptyReceipt } from '../../src/flow/ledger';
import { planNode } from '../../src/flow/plan';
import { reviveAsPlanned } from '../../src/flow/revival';
import type { Evidence, PlanOptions, PlannedNode } from '../../src/flow/plan-types';
import type { Receipt, ReferenceRecord, Still } from '../../src/flow/receipt';
import type { CompiledFlow, Generator, GeneratorRow } from '../../src/flow/types';
import type { Place, ReceiptPort, RowWork } from '../../src/money/ports';
import type { Host } from './host';
import { bodyOf } from './judge';
import { receiptsIn } from './receipts';
import { filePath, isWhole } from './results';
import type { FlowFile } from './story';
import { linksPath } from './story';
import { wallNow } from './clocks';
import type { World } from './world';

export interface NodeJob {
  readonly file: FlowFile;
  readonly id: number;
  readonly options: PlanOptions;
}

export interface AttemptFacts {
  readonly activity: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly stop: (reason: Error) => void;
}

export interface Run extends AttemptFacts {
  readonly world: World;
  readonly host: Host;
  readonly job: NodeJob;
  readonly place: Place;
  readonly receipts: ReceiptPort;
  readonly flow: CompiledFlow;
  readonly generator: Generator;
  readonly upstream: ReadonlyMap<string, Receipt>;
  readonly hashes: Map<string, string>;
}

export async function openRun(
  world: World,
  host: Host,
  job: NodeJob,
  facts: AttemptFacts & { readonly place: Place },
): Promise<Run> {
  const flow = await world.schedule.call(host, 'read the file', 2, () => job.file.compiled(world.disk));
  const generator = flow.byKey.get(`0:${job.id}`) as Generator;
  const receipts = receiptsIn(world, host, job.file.dir);
  const upstream = new Map<string, Receipt>();
  for (const key of generator.dependsOn) {
    const receipt = await receipts.read(`n${flow.byKey.get(key)?.id}`);
    if (receipt) upstream.set(key, receipt);
  }
  const hashes = new Map<string, string>();
  const own = await receipts.read(facts.place.key);
  for (const receipt of [own, ...upstream.values()]) {
    for (const entry of receipt?.generations ?? [])
      for (const { url, sha256 } of entry.references) hashes.set(url, sha256);
  }
  return { ...facts, world, host, job, receipts, flow, generator, upstream, hashes };
}

interface PlannedNow {
  readonly plan: PlannedNode;
  readonly receipt: Receipt;
}

/** From what the receipt says now; entries that count again (an edit was undone) are written first. */
export async function planNow(run: Run): Promise<PlannedNow> {
  const planned = await planOnce(run);
  const change = (now: Receipt): Receipt => reviveAsPlanned(now, planned, new Date(wallNow(run.world)).toISOString());
  if (change(planned.receipt) === planned.receipt) return planned;
  await run.receipts.update(run.place.key, (now) => change(now ?? planned.receipt));
  return planOnce(run);
}

async function planOnce(run: Run): Promise<PlannedNow> {
  const { evidence, receipt } = await evidenceNow(run);
  return { plan: planNode(run.flow, run.generator, evidence, run.job.options), receipt };
}

async function evidenceNow({ world, host, receipts, place, generator, upstream, hashes }: Run): Promise<{
  readonly evidence: Evidence;
  readonly receipt: Receipt;
}> {
  const receipt = (await receipts.read(place.key)) ?? emptyReceipt(place.key, generator);
  const missing = await world.schedule.call(host, 'look for files', 1, () =>
    fileOwners(receipt).filter((entry) => !isWhole(world, place.dir, entry)),
  );
  const evidence: Evidence = {
    receipts: new Map([...upstream, [generator.key, receipt]]),
    deadUrls: new Set(),
    hashes,
    missingFiles: new Set(missing.map(({ file }) => file as string)),
  };
  return { evidence, receipt };
}

/** Everything a row is made from; the judge is told what will be asked for. */
export async function prepare(run: Run, row: GeneratorRow): Promise<RowWork> {
  const { world, host, generator, hashes, job } = run;
  return world.schedule.call(host, 'prepare', 3, () => {
    const references: ReferenceRecord[] = [];
    const stills: Still[] = [];
    for (const { slot, source } of slottedSources(generator, row)) {
      if (source.kind === 'generated') stills.push(stillOf(run, row, slot, source));
      if (source.kind === 'url') references.push({ url: source.url, sha256: `sha of ${source.url}` });
    }
    for (const { url, sha256 } of references) hashes.set(url, sha256);
    const fingerprint = fingerprintRow(generator, row, hashes);
    const made = [...references, ...stills].map(({ sha256 }) => sha256 ?? '');
    const body = bodyOf({ kind: generator.kind, prompt: row.prompt, references: made });
    const claim = `${job.file.dir} ${generator.key} ${row.row} ${job.options.noCache ? (job.options.pass ?? '') : ''}`;
    world.judge.wish(body, fingerprint, claim, generator.outputCount);
    return { row, fingerprint, references, stills, body: Buffer.from(body) };
  });
}

function stillOf(
  { world, flow, upstream, hashes, generator, place }: Run,
  row: GeneratorRow,
  slot: string,
  source: Parameters<typeof resolveStill>[0]['source'],
): Still {
  const from = flow.byKey.get(source.from) as Generator;
  const evidence: Evidence = { receipts: upstream, deadUrls: new Set(), hashes, missingFiles: new Set() };
  const still = resolveStill({ source, row, upstream: from, receipt: upstream.get(source.from), evidence });
  const bytes = still && stillBytes(world, place.dir, still);
  if (!still || !bytes) throw new FlowError('Reference.Unavailable', `${generator.title}: its picture is not there`, 1);
  const { tab, id } = from;
  return { slot, tab, id, row: still.row, candidate: still.candidate, sha256: bytes, url: still.url };
}

function stillBytes(
  { disk, store }: World,
  dir: string,
  still: { file: string | null; sha256: string | null; url: string | null },
): string | null {
  if (still.file !== null && disk.read(filePath(dir, still.file)) !== undefined) return still.sha256;
  return still.url === null ? null : store.get(still.url);
}

/** Links into the file, then `cached`. */
export async function saveLinks(run: Run): Promise<void> {
  const { world, host, generator, place, receipts, job } = run;
  const { schedule, disk } = world;
  const { evidence, receipt } = await evidenceNow(run);
  const urls = urlsToSave(generator, candidateStates(generator, receipt, evidence), job.options.onLost);
  if (!urls) return;
  const path = linksPath(place.dir, generator.id);
  world.onStep(host, 'patching');
  await schedule.call(host, 'patch the file', 3, () => disk.write(path, urls));
  await schedule.call(host, 'sync the file', 2, () => disk.sync(path));
  world.onStep(host, 'patched');
  const at = new Date(wallNow(world)).toISOString();
  await receipts.update(place.key, (before) => {
    const stored = (before as Receipt).generations.filter((entry) => !entry.superseded && entry.state === 'stored');
    return stored.reduce(
      (now, { row, candidate }) => changeCurrent(now, { row, candidate }, { state: 'cached' }, at),
      before as Receipt,
    );
  });
}
