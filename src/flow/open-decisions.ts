/** Candidates about which a person may decide: G-Labs lost them, it is uncertain what became of them, or one was given up. */
import { candidateStates } from './candidates';
import type { CandidateState } from './candidates';
import { decide, isUndecided } from './decide';
import { nodeLabel, selectorFor } from './labels';
import { NEEDS_PERSON } from './outcome';
import type { Evidence, Prices } from './plan-types';
import { goneNode, hasPlace, isGone, withPlace } from './gone-nodes';
import type { Generation, Receipt } from './receipt';
import { currentGeneration, isUnsettled } from './receipt';
import type { CompiledFlow, Generator, GeneratorRow } from './types';

export interface Decidable {
  readonly generator: Generator;
  readonly row: number;
  readonly candidate: number;
  readonly receiptKey: string;
  /** Place of the entry in the receipt's `generations`. */
  readonly index: number;
  readonly state: 'lost' | 'undecided' | 'skipped';
  /** False when somebody has decided already; it may still be decided otherwise. */
  readonly open: boolean;
  readonly reason: string;
  /** Whether it can be made again: the file still has it. */
  readonly again: boolean;
  /** What making it again costs. */
  readonly price: number;
}

/**
 * In file order, then what the file no longer has: `gone` are receipts that fit no node. An uncertain answer keeps everybody
 * from sending the same words, so it is listed whatever became of its prompt, row or node. Cost: the nodes that have receipts.
 */
export function decidables(
  compiled: CompiledFlow,
  evidence: Evidence,
  prices: Prices,
  gone: readonly Receipt[] = [],
): readonly Decidable[] {
  const known = compiled.generators.flatMap((generator) => {
    const receipt = evidence.receipts.get(generator.key);
    if (!receipt) return [];
    const own = generator.muted ? [] : ofToday({ generator, receipt, evidence }, prices);
    return [...own, ...uncertain(generator, receipt, prices, own)];
  });
  return [...known, ...gone.flatMap((receipt) => uncertain(goneNode(receipt), receipt, prices, []))];
}

/** Candidates of which nothing is there that was made from today's inputs. */
function ofToday(node: Omit<Place, 'row'>, prices: Prices): readonly Decidable[] {
  const { generator, receipt, evidence } = node;
  return candidateStates(generator, receipt, evidence).places.flatMap((state) => {
    const row = generator.rows.find((one) => one.row === state.row);
    const entry = decidableEntry(receipt, state);
    return row && entry ? [decidableOf({ ...node, row }, state, entry, prices)] : [];
  });
}

function decidableEntry(
  receipt: Receipt,
  { entry, current, origin, row, candidate }: CandidateState,
): Generation | null {
  if (!entry || !current || origin !== null || !canDecide(entry)) return null;
  // What was sent since comes first: nothing may take its place before it is known.
  const counting = currentGeneration(receipt, row, candidate);
  return counting === entry || !isUnsettled(counting) ? entry : null;
}

/** Uncertain answers that `listed` does not have. */
function uncertain(
  generator: Generator,
  receipt: Receipt,
  prices: Prices,
  listed: readonly Decidable[],
): readonly Decidable[] {
  const known = new Set(listed.map(({ index }) => index));
  return receipt.generations.flatMap((entry, index): Decidable[] => {
    if (entry.superseded || !isUndecided(entry) || known.has(index)) return [];
    const why = whyNot(generator, entry);
    const { row, candidate } = entry;
    return [
      {
        generator: withPlace(generator, entry),
        row,
        candidate,
        receiptKey: receipt.key,
        index,
        state: 'undecided',
        open: true,
        reason: `${uncertainReason(entry)}; ${why ?? 'its prompt or another input was edited since'}`,
        again: why === null,
        price: why === null ? prices[generator.kind] : 0,
      },
    ];
  });
}

/** Why it will not be made again, whatever the decision; null when it will. */
function whyNot(generator: Generator, entry: Generation): string | null {
  if (isGone(generator)) return 'its node is no longer in the file';
  if (generator.muted) return 'its node is muted in the file';
  return hasPlace(generator, entry) ? null : 'its row or candidate is no longer in the file';
}

/** Whether a person's word about an entry means anything: nothing came of it, and nobody else can tell what to do. */
export function canDecide(entry: Generation): boolean {
  return entry.state === 'lost' || entry.state === 'skipped' || isUndecided(entry);
}

interface Place {
  readonly generator: Generator;
  readonly row: GeneratorRow;
  readonly receipt: Receipt;
  readonly evidence: Evidence;
}

function decidableOf(place: Place, state: CandidateState, entry: Generation, prices: Prices): Decidable {
  const { generator, receipt } = place;
  const kind = isUndecided(entry) ? 'undecided' : entry.state === 'lost' ? 'lost' : 'skipped';
  return {
    generator,
    row: state.row,
    candidate: state.candidate,
    receiptKey: receipt.key,
    index: receipt.generations.indexOf(entry),
    state: kind,
    open: entry.decision === null && kind !== 'skipped',
    reason: reasonOf(place, state, entry),
    again: true,
    price: prices[generator.kind],
  };
}

function reasonOf(place: Place, state: CandidateState, entry: Generation): string {
  if (isUndecided(entry)) return uncertainReason(entry);
  const { reason } = decide(state, { ...place, onLost: 'ask' });
  return reason.endsWith(`; ${NEEDS_PERSON}`) ? reason.slice(0, -NEEDS_PERSON.length - 2) : reason;
}

function uncertainReason({ error }: Generation): string {
  return `its answer was lost, and ${error?.message ?? 'G-Labs can not tell'}`;
}

/** How to name a candidate on the command line, so that it is meant alone. */
export function candidateSelector(of: Decidable, all: readonly Decidable[], compiled: CompiledFlow): string {
  const { generator, row, candidate } = of;
  const { tab, scene, kind, account } = generator;
  const tabs = new Set(compiled.generators.map((one) => one.tab));
  const alike = all.some(({ generator: one }) => one.tab === tab && one.scene === scene && one.kind !== kind);
  return [
    alike || isGone(generator) ? `--node ${generator.id}` : selectorFor(generator),
    ...(tabs.size > 1 ? [`--account ${quotedWord(account)}`] : []),
    ...(generator.rows.length > 1 ? [`--row ${row}`] : []),
    `--candidate ${candidate}`,
  ].join(' ');
}

function quotedWord(text: string): string {
  const last = text.trim().split(/\s+/).at(-1) ?? text;
  return /^[\w.-]+$/.test(last) ? last : `"${text}"`;
}

/** `Scene 03 — image gen (Account A), candidate 2`. */
export function candidateLabel(
  { generator, row, candidate }: Pick<Decidable, 'generator' | 'row' | 'candidate'>,
  compiled: CompiledFlow,
): string {
  const several = new Set(compiled.generators.map(({ tab }) => tab)).size > 1;
  const which = generator.rows.length > 1 ? `row ${row}, candidate ${candidate}` : `candidate ${candidate}`;
  return `${nodeLabel(generator, several)}, ${which}`;
}
