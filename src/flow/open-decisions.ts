/** Candidates about which a person may decide: G-Labs lost them, it is uncertain what became of them, or one was given up. */
import { candidateStates } from './candidates';
import type { CandidateState } from './candidates';
import { decide, isUndecided } from './decide';
import { nodeLabel, selectorFor } from './labels';
import { NEEDS_PERSON } from './outcome';
import type { Evidence, Prices } from './plan-types';
import type { Generation, Receipt } from './receipt';
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
  /** What making it again costs. */
  readonly price: number;
}

/** In file order. Cost: the nodes that have receipts. */
export function decidables(compiled: CompiledFlow, evidence: Evidence, prices: Prices): readonly Decidable[] {
  return compiled.generators.flatMap((generator) => {
    const receipt = evidence.receipts.get(generator.key);
    if (!receipt || generator.muted) return [];
    return candidateStates(generator, receipt, evidence).places.flatMap((state) => {
      const row = generator.rows.find((one) => one.row === state.row);
      const entry = decidableEntry(state);
      return row && entry ? [decidableOf({ generator, row, receipt, evidence }, state, entry, prices)] : [];
    });
  });
}

function decidableEntry({ entry, current, origin }: CandidateState): Generation | null {
  return entry && current && origin === null && canDecide(entry) ? entry : null;
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
    price: prices[generator.kind],
  };
}

function reasonOf(place: Place, state: CandidateState, entry: Generation): string {
  if (isUndecided(entry)) return `its answer was lost, and ${entry.error?.message ?? 'G-Labs can not tell'}`;
  const { reason } = decide(state, { ...place, onLost: 'ask' });
  return reason.endsWith(`; ${NEEDS_PERSON}`) ? reason.slice(0, -NEEDS_PERSON.length - 2) : reason;
}

/** How to name a candidate on the command line, so that it is meant alone. */
export function candidateSelector(of: Decidable, all: readonly Decidable[], compiled: CompiledFlow): string {
  const { generator, row, candidate } = of;
  const { tab, scene, kind, account } = generator;
  const tabs = new Set(compiled.generators.map((one) => one.tab));
  const alike = all.some(({ generator: one }) => one.tab === tab && one.scene === scene && one.kind !== kind);
  return [
    alike ? `--node ${generator.id}` : selectorFor(generator),
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
