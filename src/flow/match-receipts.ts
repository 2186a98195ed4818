/**
 * Finds each receipt's node again (D12) after tabs were moved, renamed, made equal or emptied, and ids renumbered. A
 * receipt serves one node only, a node has one receipt (D17); what can't be told is left unmatched, never guessed at
 * random. The order of evidence: id and tab name, renumbered id and tab name, id alone, fingerprint alone.
 */
import { fingerprintVariants, matchesFingerprint } from './fingerprint';
import type { Receipt } from './receipt';
import { promptPrefix } from './request';
import { slug } from './scene';
import type { CompiledFlow, Generator } from './types';

export interface ReceiptMatch {
  /** By generator key. */
  readonly byKey: ReadonlyMap<string, Receipt>;
  /** Receipts of nodes that are no longer in the file, or can't be told apart. */
  readonly unmatched: readonly Receipt[];
}

/** The offset that fan-out and `check --fix` add to ids, times the tab's index (D21). */
const RENUMBERING = 100_000;

interface Matching {
  readonly hashes: ReadonlyMap<string, string>;
  readonly generators: Set<Generator>;
  readonly receipts: Set<Receipt>;
  readonly found: Map<string, Receipt>;
  readonly index: () => FingerprintIndex;
}

interface FingerprintIndex {
  readonly byFingerprint: ReadonlyMap<string, readonly Generator[]>;
  readonly byPrefix: ReadonlyMap<string, readonly Generator[]>;
}

/** Matches receipts to generators. `hashes` are known content hashes of references, as in `Evidence`. */
export function matchReceipts(
  compiled: CompiledFlow,
  receipts: readonly Receipt[],
  hashes: ReadonlyMap<string, string> = new Map(),
): ReceiptMatch {
  const sorted = [...receipts].sort(
    (a, b) => a.node.tab - b.node.tab || a.node.id - b.node.id || (a.key < b.key ? -1 : 1),
  );
  let index: FingerprintIndex | undefined;
  const matching: Matching = {
    hashes,
    generators: new Set([...compiled.generators].sort((a, b) => a.tab - b.tab || a.id - b.id)),
    receipts: new Set(sorted),
    found: new Map(),
    // Built on demand: in the ordinary case every receipt is found by its id.
    index: () => (index ??= buildIndex(compiled.generators, hashes)),
  };
  const generatorId = ({ kind, id }: Generator): string => `${kind} ${id}`;
  const receiptId = ({ node }: Receipt): string => `${node.kind} ${node.id}`;
  const renumbered = (kind: string, id: number): string => `${kind} ${id % RENUMBERING}`;
  pairGroups(matching, {
    generator: (g) => `${generatorId(g)} ${g.account}`,
    receipt: (r) => `${receiptId(r)} ${r.node.account}`,
  });
  pairGroups(matching, {
    generator: (g) => `${renumbered(g.kind, g.id)} ${g.account}`,
    receipt: (r) => `${renumbered(r.node.kind, r.node.id)} ${r.node.account}`,
  });
  pairGroups(matching, { generator: generatorId, receipt: receiptId, plausible: isPlausible });
  pairByFingerprint(matching);
  return { byKey: matching.found, unmatched: [...matching.receipts] };
}

/**
 * File name without ending for a node's new receipt: `n{id}` where no other generator has the id, else with the tab's
 * slug. `taken` holds the keys of existing receipts, so that a new one never overwrites the record of another node.
 */
export function receiptKey(
  generator: Generator,
  compiled: CompiledFlow,
  taken: ReadonlySet<string> = new Set(),
): string {
  const twins = compiled.generators.filter(({ id, key }) => id === generator.id && key !== generator.key);
  const own = slug(generator.account, 'tab');
  const sameSlug = twins.some(({ account }) => slug(account, 'tab') === own);
  const plain = `${own}-n${generator.id}`;
  const base = twins.length === 0 ? `n${generator.id}` : sameSlug ? `${plain}-t${generator.tab + 1}` : plain;
  let key = base;
  for (let n = 2; taken.has(key); n++) key = `${base}-x${n}`;
  return key;
}

function take(matching: Matching, generator: Generator, receipt: Receipt): void {
  matching.generators.delete(generator);
  matching.receipts.delete(receipt);
  matching.found.set(generator.key, receipt);
}

interface Grouping {
  readonly generator: (generator: Generator) => string;
  readonly receipt: (receipt: Receipt) => string;
  /** Whether a pair may be made without the fingerprint's support; absent: yes. */
  readonly plausible?: (receipt: Receipt, generator: Generator) => boolean;
}

function pairGroups(matching: Matching, grouping: Grouping): void {
  if (matching.receipts.size === 0) return;
  const generators = groupBy(matching.generators, grouping.generator);
  for (const [key, receipts] of groupBy(matching.receipts, grouping.receipt)) {
    pairGroup(matching, generators.get(key) ?? [], receipts, grouping.plausible ?? (() => true));
  }
}

function pairGroup(
  matching: Matching,
  generators: readonly Generator[],
  receipts: readonly Receipt[],
  plausible: (receipt: Receipt, generator: Generator) => boolean,
): void {
  const open = {
    generators: () => generators.filter((g) => matching.generators.has(g)),
    receipts: () => receipts.filter((r) => matching.receipts.has(r)),
  };
  const accept = (receipt: Receipt, generator: Generator | undefined): void => {
    if (generator && plausible(receipt, generator) && !isContradicted(matching, receipt, generator)) {
      take(matching, generator, receipt);
    }
  };
  if (generators.length > 1 || receipts.length > 1) {
    for (const receipt of open.receipts()) {
      const [fit, ...others] = open.generators().filter((g) => fits(matching, receipt, g));
      const rivals = fit ? open.receipts().filter((r) => fits(matching, r, fit)) : [];
      if (fit && others.length === 0 && rivals.length === 1) take(matching, fit, receipt);
    }
    for (const receipt of open.receipts()) {
      accept(
        receipt,
        open.generators().find((g) => g.tab === receipt.node.tab),
      );
    }
  }
  // What is left keeps its order when it is as many on both sides: tabs were moved together.
  const left = open.generators();
  const rest = open.receipts();
  if (left.length === rest.length) rest.forEach((receipt, i) => accept(receipt, left[i]));
}

/** By id alone a pair needs a second sign: the id was unique when the receipt was made, or the place or title is the same. */
function isPlausible({ key, node }: Receipt, { id, tab, title }: Generator): boolean {
  return key === `n${id}` || node.tab === tab || node.title === title;
}

/**
 * The receipt's outputs were made from the inputs of another free node, and not from this one's. Where the place agrees
 * too, that other node may be a mere copy of this one before an edit, unless this one has a better receipt itself.
 */
function isContradicted(matching: Matching, receipt: Receipt, generator: Generator): boolean {
  if (fits(matching, receipt, generator) || fitting(matching, receipt).length === 0) return false;
  if (receipt.node.tab !== generator.tab) return true;
  return [...matching.receipts].some((other) => fits(matching, other, generator));
}

function fits({ hashes }: Matching, receipt: Receipt, generator: Generator): boolean {
  if (receipt.node.kind !== generator.kind) return false;
  return receipt.generations.some((entry) => {
    const row = generator.rows.find((candidate) => candidate.row === entry.row);
    return row !== undefined && matchesFingerprint(generator, row, hashes, entry);
  });
}

/** Free generators with the inputs that a receipt's outputs were made from. */
function fitting(matching: Matching, receipt: Receipt): readonly Generator[] {
  const { byFingerprint, byPrefix } = matching.index();
  const likely = new Set<Generator>();
  for (const entry of receipt.generations) {
    for (const generator of byFingerprint.get(entry.fingerprint) ?? []) likely.add(generator);
    for (const generator of byPrefix.get(entry.promptPrefix) ?? []) likely.add(generator);
  }
  return [...likely].filter((g) => matching.generators.has(g) && fits(matching, receipt, g));
}

function buildIndex(generators: readonly Generator[], hashes: ReadonlyMap<string, string>): FingerprintIndex {
  const byFingerprint = new Map<string, Generator[]>();
  const byPrefix = new Map<string, Generator[]>();
  const add = (map: Map<string, Generator[]>, key: string, generator: Generator): void => {
    const list = map.get(key);
    if (list) list.push(generator);
    else map.set(key, [generator]);
  };
  for (const generator of generators) {
    for (const row of generator.rows) {
      add(byPrefix, promptPrefix(row.prompt), generator);
      for (const variant of fingerprintVariants(generator, row, hashes)) add(byFingerprint, variant, generator);
    }
  }
  return { byFingerprint, byPrefix };
}

/** The last resort before anything is paid. Among equal inputs the same tab name, title and id decide, then file order. */
function pairByFingerprint(matching: Matching): void {
  if (matching.generators.size === 0) return;
  const pairs = [...matching.receipts].flatMap((receipt) =>
    fitting(matching, receipt).map((generator) => ({ receipt, generator, score: likeness(receipt, generator) })),
  );
  // Stable, so equal scores stay in file order.
  pairs.sort((a, b) => b.score - a.score);
  for (const { receipt, generator } of pairs) {
    if (matching.receipts.has(receipt) && matching.generators.has(generator)) take(matching, generator, receipt);
  }
}

function likeness({ node }: Receipt, { account, title, id, tab }: Generator): number {
  const points = [
    [node.account === account, 8],
    [node.title === title, 4],
    [node.id % RENUMBERING === id % RENUMBERING, 2],
    [node.tab === tab, 1],
  ] as const;
  return points.reduce((sum, [same, weight]) => sum + (same ? weight : 0), 0);
}

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
