/** The words port of one attempt: locks and the index under NBFLOW_HOME, receipts wherever they lie. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileOfReceipts } from '../files/layout';
import { ReceiptStore } from '../files/receipts';
import { lockWords, notePlace, placesOf } from '../files/words';
import type { Receipt } from '../flow/receipt';
import type { OwnedTask } from '../flow/protocol';
import type { Place, WordsPort } from '../money/ports';
import { hasOpen, openRows } from '../money/words';
import { lockOther } from './lock-other';
import type { NodeRun } from './node-run';

/**
 * Receipts with unanswered submits that this process found in a folder when it first looked: made by others, perhaps
 * where no index knows of them (copied from another machine, an index that got lost). Later ones are in the index.
 */
export class FoundOpen {
  private readonly seen = new Map<string, Promise<readonly Receipt[]>>();

  in(run: NodeRun): Promise<readonly Receipt[]> {
    const folder = run.project.layout.receiptsDir;
    const known = this.seen.get(folder) ?? run.project.receipts.list().then((all) => all.filter(hasOpen));
    known.catch(() => this.seen.delete(folder));
    this.seen.set(folder, known);
    return known;
  }
}

export function nodeWords(run: NodeRun): WordsPort {
  const { home, queues, foundOpen } = run.deps;
  const own: Place = { dir: run.project.layout.receiptsDir, key: run.receiptKey };
  const others = async (words: string): Promise<readonly Place[]> => {
    const found = (await foundOpen.in(run)).filter((receipt) => openRows(receipt, words).length > 0);
    const places = [...(await placesOf(home, words)), ...found.map(({ key }) => ({ dir: own.dir, key }))];
    const named = new Map(places.map((place) => [join(place.dir, place.key), place]));
    named.delete(join(own.dir, own.key));
    return [...named.values()];
  };
  return {
    alone: (words, work) =>
      queues.alone(words, async () => {
        const lock = await lockWords(home, words, run.signal);
        return work().finally(() => lock.release());
      }),
    note: (words) => notePlace(home, words, own),
    others,
    receiptsAt: ({ dir }) => new ReceiptStore(dir),
    fileOf: ({ dir }) => (dir === own.dir ? null : fileOfReceipts(dir)),
    lock: (place) => lockOther(place, run.signal),
    owned: async (words) => ownedTasks(run, await others(words)),
  };
}

/** Other versions of the file have the same prompts, so theirs count too. */
async function ownedTasks({ project }: NodeRun, places: readonly Place[]): Promise<readonly OwnedTask[]> {
  const own = project.layout.receiptsDir;
  const versions = dirname(dirname(own));
  const names = await readdir(versions).catch(() => []);
  const siblings = names.map((name) => join(versions, name, basename(own))).filter((folder) => folder !== own);
  const near = await Promise.all([
    project.receipts.list(),
    // A damaged record of another version or file is that one's trouble.
    ...siblings.map((folder) => new ReceiptStore(folder).list().catch(() => [])),
  ]);
  const far = await Promise.all(places.map(({ dir, key }) => new ReceiptStore(dir).read(key).catch(() => null)));
  return [...near.flat(), ...far].flatMap((receipt) =>
    (receipt?.generations ?? []).flatMap(({ taskId, intentAt, submittedAt, skewMs }) =>
      taskId === null ? [] : [{ taskId, intentAt, submittedAt, skewMs }],
    ),
  );
}
