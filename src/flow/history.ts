/** The history of one workflow code, over all its versions: one entry per pass, note of a person, or bump. Pure. */
import { counted } from './labels';
import type { PassState } from './outcome';
import { passMoney } from './pass-money';
import type { Receipt } from './receipt';

export interface HistoryEntry {
  /** Of the shape of the line. */
  readonly schema: 1;
  /** The same thing is recorded once, however often it is told. */
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  /** Of the file, `V0-1`. */
  readonly version: string;
  readonly kind: 'pass' | 'note' | 'bump';
  /** One line for people. A pass's begins with the version. */
  readonly text: string;
  readonly pass?: PassRecord | undefined;
}

/** What a pass came to, in numbers. Generations, unless said otherwise. */
export interface PassRecord {
  readonly id: string;
  readonly state: PassState;
  readonly seconds: number;
  /** Tasks at G-Labs, whatever became of them. */
  readonly paid: number;
  /** Results of these. */
  readonly generated: number;
  readonly reused: number;
  readonly failed: number;
  /** Money possibly gone. */
  readonly lost: number;
  /** Price units of what was, or may have been, paid. */
  readonly price: number;
  /** How often a worker died or was stopped under it. */
  readonly interruptions: number;
  /** Path of `-generated.nbflow`. */
  readonly output: string | null;
}

/** A pass that receipts know and the history does not: it runs still, was ended from outside, or ran before there was one. */
export function unrecordedPasses(
  receipts: readonly Receipt[],
  { version, entries }: { readonly version: string; readonly entries: readonly HistoryEntry[] },
): readonly HistoryEntry[] {
  const recorded = new Set(entries.flatMap(({ pass }) => (pass ? [pass.id] : [])));
  const begun = new Map<string, string>();
  for (const { pass, intentAt, origin } of receipts.flatMap(({ generations }) => generations)) {
    if (origin !== 'generated' || intentAt === null || recorded.has(pass)) continue;
    const at = begun.get(pass);
    if (at === undefined || intentAt < at) begun.set(pass, intentAt);
  }
  return [...begun].map(([pass, at]) => {
    const { paid, perhaps, generated } = passMoney(pass, receipts);
    const text = `${version}: ${generated} of ${counted(paid + perhaps, 'generation')} came home; the pass has no end on record yet`;
    return { schema: 1, id: pass, at, version, kind: 'pass', text };
  });
}
