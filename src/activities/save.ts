/** The last step of a node: its links into the file, its pictures where people look for them. */
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { changeCurrent } from '../flow/ledger';
import { cacheEdits } from '../flow/patches';
import type { Generation, Receipt } from '../flow/receipt';
import { currentGeneration } from '../flow/receipt';
import { pickedPath } from '../files/layout';
import { locateGenerator } from '../project';
import type { NodeRun } from './node-run';
import { planNow } from './node-run';
import { isoNow } from './submit';

/** Writes the cache fields of the node and of its galleries, then marks the receipt. Throws FlowError `File.Changed`. */
export async function saveNode(run: NodeRun): Promise<void> {
  const { deps, input, project, generator } = run;
  run.meter.save();
  const { plan } = await planNow(run);
  const receipt = await project.receipts.read(run.receiptKey);
  const urls = plan.rows.flatMap((row) =>
    row.candidates.map(
      ({ candidate, url }) => currentGeneration(receipt ?? undefined, row.row, candidate)?.url ?? url ?? '',
    ),
  );
  if (urls.some((url) => url === ''))
    throw new Error(`${generator.title}: a candidate has no link after it was stored`);
  await deps.patches.patch(input.file, (text) => {
    const flow = deps.flows.compile(text, input.file);
    return cacheEdits(flow, locateGenerator(flow, generator), urls);
  });
  await markCached(run);
  if (receipt) await copyPicked(run, receipt);
}

async function markCached(run: NodeRun): Promise<void> {
  const at = isoNow(run);
  await run.project.receipts.update(run.receiptKey, (before) => {
    const receipt = before as Receipt;
    const stored = receipt.generations.filter((entry) => !entry.superseded && entry.state === 'stored');
    return stored.reduce(
      (current, { row, candidate }) => changeCurrent(current, { row, candidate }, { state: 'cached' }, at),
      receipt,
    );
  });
}

/** `scene01.png`, beside its candidates: the first one, until somebody picks. A convenience copy, so it is not synced. */
async function copyPicked(run: NodeRun, receipt: Receipt): Promise<void> {
  const { layout } = run.project;
  for (const { row } of run.generator.rows) {
    const entry = firstWithFile(receipt, row, run.generator.outputCount);
    if (!entry) continue;
    const target = join(
      layout.baseDir,
      pickedPath(layout, run.generator, row, entry.file.slice(entry.file.lastIndexOf('.'))),
    );
    await mkdir(dirname(target), { recursive: true });
    const part = `${target}.part`;
    await copyFile(join(layout.baseDir, entry.file), part);
    await rename(part, target);
  }
}

function firstWithFile(receipt: Receipt, row: number, candidates: number): (Generation & { file: string }) | null {
  for (let candidate = 1; candidate <= candidates; candidate++) {
    const entry = currentGeneration(receipt, row, candidate);
    if (entry?.file) return { ...entry, file: entry.file };
  }
  return null;
}
