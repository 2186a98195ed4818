/** What is wrong with the links and files of a storyboard, each with what would mend it and what that costs. */
import { candidateStates } from './candidates';
import type { CandidateState, CandidateStates } from './candidates';
import { isHeld } from './entries';
import type { LinkFacts, LinkFault, Ownership } from './link-facts';
import { evidenceFor, faultAt, fileLook, isReplaceable, ownershipOf, safeEntries } from './link-facts';
import type { LinkList } from './link-lists';
import type { Prices } from './plan-types';
import { OPEN_STATES } from './receipt';
import { fillersOf } from './relink';
import type { CompiledFlow, Generator } from './types';

/** `short`: the list lacks entries. `unlisted`: results on record are not in the list. `file-…`: the copy on this machine. */
export type ProblemKind = LinkFault | 'short' | 'unlisted' | 'file-missing' | 'file-differs';

/**
 * upload, relink, fetch: `verify --repair` does it for nothing. ask: a run asks G-Labs for its copy, for nothing if it still
 * has it. pay: a run makes it again. rerun: a run would use it as it is, so a person asks for a new one. wait: look again
 * later. none: nothing is missing.
 */
export type Mend = 'upload' | 'relink' | 'fetch' | 'ask' | 'pay' | 'rerun' | 'wait' | 'none';

export interface LinkProblem {
  readonly kind: ProblemKind;
  readonly mend: Mend;
  /** Whose output; null for galleries that no generator feeds. */
  readonly generator: Generator | null;
  readonly tab: number;
  readonly node: number;
  readonly title: string;
  readonly field: string | null;
  /** Candidates count from 1 through all rows, as the list does; null where no place is meant. */
  readonly place: number | null;
  readonly url: string | null;
  /** Of the receipt's file, for `file-…`. */
  readonly file: string | null;
  /** 0 unless `pay` or `rerun`; of `ask` what it costs when G-Labs has it no more. */
  readonly price: number;
}

/** By generator, in the order in which a pass would make them; galleries of nobody last. */
export function linkProblems(compiled: CompiledFlow, facts: LinkFacts, prices: Prices): readonly LinkProblem[] {
  const owners = ownershipOf(facts);
  const own = compiled.generators.flatMap((generator) => problemsOf({ facts, owners, generator, prices }));
  const loose = facts.lists
    .filter(({ generator }) => generator === null)
    .flatMap((list) =>
      list.entries.flatMap((_, index): LinkProblem[] => {
        const kind = faultAt(facts, owners, list, index);
        if (kind === null || kind === 'hole') return [];
        return [{ ...placed(list, index), kind, mend: kind === 'silent' ? 'wait' : 'none', price: 0 }];
      }),
    );
  return [...own, ...loose];
}

interface About {
  readonly facts: LinkFacts;
  readonly owners: Ownership;
  readonly generator: Generator;
  readonly prices: Prices;
}

/** Places of which nothing is left; each wrong entry stands for one of them at most, so that a price counts once. */
interface Vacant {
  ask: number;
  pay: number;
}

function problemsOf(about: About): LinkProblem[] {
  const { facts, owners, generator, prices } = about;
  const receipt = facts.receipts.get(generator.key);
  const states = candidateStates(generator, receipt, evidenceFor(facts, owners, generator));
  const vacant = vacantOf(states);
  const lists = facts.lists.filter((list) => list.generator?.key === generator.key);
  const seen = new Set<string>();
  const found = lists.flatMap((list) => listProblems(about, { list, states, vacant, seen }));
  const isStarted = lists.some(({ role, entries }) => role === 'cache' && entries.length > 0);
  const isRecorded = safeEntries(receipt).length > 0;
  const base = { ...nodeOf(generator), field: null, place: null, url: null, file: null };
  const price = prices[generator.kind];
  if (isStarted || isRecorded) {
    for (; vacant.ask > 0; vacant.ask--) found.push({ ...base, kind: 'short', mend: 'ask', price });
    for (; vacant.pay > 0; vacant.pay--) found.push({ ...base, kind: 'short', mend: 'pay', price });
  }
  if (!isStarted) {
    for (const { usable } of states.places)
      if (usable) found.push({ ...base, kind: 'unlisted', mend: usable.url === null ? 'upload' : 'relink', price: 0 });
  }
  return [...found, ...fileProblems(about)];
}

function vacantOf({ places }: CandidateStates): Vacant {
  const empty = places.filter(({ usable, entry, current }) => {
    // What was edited since is made afresh anyway; what is out, or was given up, is not missing.
    const isMeant = entry === undefined || (current && !OPEN_STATES.has(entry.state) && entry.state !== 'skipped');
    return usable === null && isMeant;
  });
  const mayBeAtBackend = ({ entry, current }: CandidateState): boolean =>
    current && entry !== undefined && isHeld(entry, null);
  const ask = empty.filter(mayBeAtBackend).length;
  return { ask, pay: empty.length - ask };
}

interface Within {
  readonly list: LinkList;
  readonly states: CandidateStates;
  readonly vacant: Vacant;
  /** What another list of the node showed already. */
  readonly seen: Set<string>;
}

function listProblems({ facts, owners, generator, prices }: About, within: Within): LinkProblem[] {
  const { list, states, vacant, seen } = within;
  const faults = list.entries.map((_, index) => faultAt(facts, owners, list, index));
  const fillers = fillersOf(list, (index) => isReplaceable(faults[index] ?? null), generator, states);
  const wrong = faults.flatMap((kind, index): LinkProblem[] => {
    const name = `${kind ?? ''} ${list.entries[index] ?? `${list.role} ${index}`}`;
    if (kind === null || seen.has(name)) return [];
    seen.add(name);
    const mend = mendOf(kind, fillers.get(index), list, vacant);
    const costs = mend === 'pay' || mend === 'rerun' || mend === 'ask';
    return [{ ...placed(list, index), kind, mend, price: costs ? prices[generator.kind] : 0 }];
  });
  const added = [...fillers].flatMap(([index, { url }]): LinkProblem[] => {
    const name = `unlisted ${index}`;
    if (index < list.entries.length || seen.has(name)) return [];
    seen.add(name);
    const place = { ...nodeOf(generator), field: list.field, place: index + 1, url, file: null };
    return [{ ...place, kind: 'unlisted', mend: url === null ? 'upload' : 'relink', price: 0 }];
  });
  return [...wrong, ...added];
}

function mendOf(
  kind: LinkFault,
  filler: { readonly url: string | null } | undefined,
  { role }: LinkList,
  vacant: Vacant,
): Mend {
  if (kind === 'silent') return 'wait';
  if (kind === 'twice') return 'rerun';
  if (filler) return filler.url === null ? 'upload' : 'relink';
  // A gallery shows what the cache lists; what it needs is counted there.
  if (role === 'gallery') return 'none';
  if (kind === 'repeated') return 'rerun';
  if (vacant.ask > 0) {
    vacant.ask--;
    return 'ask';
  }
  if (vacant.pay === 0) return 'none';
  vacant.pay--;
  // A run takes a link for dead only when the server says so; any other it would use as it is.
  return kind === 'gone' || kind === 'hole' ? 'pay' : 'rerun';
}

function fileProblems({ facts, generator }: About): LinkProblem[] {
  const receipt = facts.receipts.get(generator.key);
  if (!receipt) return [];
  return safeEntries(receipt).flatMap((entry): LinkProblem[] => {
    const look = fileLook(facts, receipt, entry);
    if (look === null || look === 'right') return [];
    const link = entry.url === null ? undefined : facts.looks.get(entry.url);
    const isThere = link?.state === 'whole' && link.sha256 === entry.sha256;
    // Without a copy there either, the link's own problem says what it costs.
    if (!isThere && link?.state !== 'silent') return [];
    const place = (entry.row - 1) * generator.outputCount + entry.candidate;
    const { file, url } = entry;
    const kind = look === 'missing' ? 'file-missing' : 'file-differs';
    return [{ ...nodeOf(generator), kind, mend: isThere ? 'fetch' : 'wait', field: null, place, url, file, price: 0 }];
  });
}

function nodeOf(generator: Generator): Pick<LinkProblem, 'generator' | 'tab' | 'node' | 'title'> {
  return { generator, tab: generator.tab, node: generator.id, title: generator.title };
}

function placed(
  { generator, tab, node, field, entries }: LinkList,
  index: number,
): Omit<LinkProblem, 'kind' | 'mend' | 'price'> {
  const url = entries[index] ?? null;
  return { generator, tab, node: node.id, title: node.title, field, place: index + 1, url, file: null };
}
