/**
 * Forgetting what a file remembers: its cache fields emptied, and the entries of receipts that would fill them again
 * without pay put aside. Nothing is deleted: files, links and entries stay, and a restore brings them back.
 */
import { cacheLists, entryUrls } from './cached';
import { CACHE_WIPED } from './entries';
import type { Edit } from './patches';
import type { Generation, Receipt } from './receipt';
import { OPEN_STATES } from './receipt';
import type { CompiledFlow, FlowNode, Generator } from './types';

/** Edits that empty the cache fields of these generators; only those that change something. Picks and galleries stay. */
export function wipeEdits(compiled: CompiledFlow, generators: readonly Generator[]): readonly Edit[] {
  return generators.flatMap((generator) => {
    const node = nodeOf(compiled, generator);
    if (!node) return [];
    const path = (field: string): Edit['path'] => [
      'tabs',
      generator.tab,
      'graphData',
      'nodes',
      node.index,
      'properties',
      field,
    ];
    const lists = cacheLists(generator.kind, generator.vocabulary)
      .filter((field) => isFilled(node.properties[field]))
      .map((field): Edit => ({ path: path(field), value: [] }));
    const single = '_savedVideoUrl';
    const value = node.properties[single];
    const hasOne = generator.kind === 'video' && typeof value === 'string' && value !== '';
    return hasOne ? [...lists, { path: path(single), value: null }] : lists;
  });
}

/** How many links the cache fields of a generator hold. */
export function cachedCount(compiled: CompiledFlow, generator: Generator): number {
  const node = nodeOf(compiled, generator);
  const lists = cacheLists(generator.kind, generator.vocabulary);
  const counts = lists.map((field) => entryUrls(node?.properties[field]).filter((url) => url !== null).length);
  return Math.max(0, ...counts);
}

/** Whether a wipe puts an entry aside: all that is made or ended. Tasks that are out are paid for, and stay. */
export function isWipeable({ superseded, state }: Generation): boolean {
  return !superseded && !OPEN_STATES.has(state);
}

/** Puts aside what is made, for these candidates or all; also what was replaced, else an older one would count again. */
export function wipeReceipt(
  receipt: Receipt,
  at: string,
  isMeant: (entry: Generation) => boolean = () => true,
): Receipt {
  const generations = receipt.generations.map((entry): Generation => {
    if (!isMeant(entry) || OPEN_STATES.has(entry.state) || entry.error?.type === CACHE_WIPED) return entry;
    const error = { type: CACHE_WIPED, code: entry.error?.code ?? null, message: entry.error?.message ?? '' };
    return { ...entry, superseded: true, error, updatedAt: at };
  });
  return { ...receipt, generations };
}

/** Takes a wipe back for the entries whose links the file lists again; a plan then finds them as it finds any other. */
export function unwipeReceipt(receipt: Receipt, listed: ReadonlySet<string>, at: string): Receipt {
  const isBack = ({ error, url }: Generation): boolean =>
    error?.type === CACHE_WIPED && url !== null && listed.has(url);
  if (!receipt.generations.some(isBack)) return receipt;
  const generations = receipt.generations.map((entry) =>
    isBack(entry) ? { ...entry, error: null, updatedAt: at } : entry,
  );
  return { ...receipt, generations };
}

function nodeOf(compiled: CompiledFlow, { tab, id }: Generator): FlowNode | undefined {
  return compiled.document.tabs.find(({ index }) => index === tab)?.nodes.find((node) => node.id === id);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
