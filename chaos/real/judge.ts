/**
 * Judges a pass from outside: by the backend's bill on the disk, the receipts, the files, the links and the source's
 * text. Nothing that the runner says about itself counts.
 */
import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { SAFE_STATES } from '../../src/flow/receipt';
import { promptPrefix } from '../../src/flow/request';
import type { Charge } from './bill';
import type { Forgetting } from './backend';
import { judgeOrigins } from './judge-origins';
import { judgeResults } from './judge-results';
import type { Scene } from './stage';

/**
 * double: two charged tasks for one candidate. lost: something paid for is gone. damaged: the user's file, or rubbish
 * beside it. disagree: bill and receipts. mixed: made from, or filled with, what belongs to another. unfinished, stuck:
 * the pass did not get to its end. unforeseen: a scenario came to other numbers than it must.
 */
export type BreachKind = 'double' | 'lost' | 'damaged' | 'disagree' | 'mixed' | 'unfinished' | 'stuck' | 'unforeseen';

export interface Breach {
  readonly kind: BreachKind;
  readonly text: string;
}

export interface Verdict {
  readonly breaches: readonly Breach[];
  readonly paid: number;
  readonly adopted: number;
  /** Charged tasks that the backend forgot and whose results never came home. */
  readonly forgotten: number;
  /** Entries that receipts call lost: possibly paid, made again. */
  readonly writtenOff: number;
}

/** One receipt entry with where it stands. */
export interface Owned {
  readonly receipt: Receipt;
  readonly entry: Generation;
  readonly name: string;
}

/** What both sides say, put side by side. */
export interface Books {
  readonly charges: readonly Charge[];
  readonly owned: readonly Owned[];
  readonly ownersOf: ReadonlyMap<string, readonly Owned[]>;
  isForgotten(charge: Charge): boolean;
}

/** Judges a pass that came to its end; `expected` is how many candidates must be there. */
export async function judge(scene: Scene, output: string, expected: number): Promise<Verdict> {
  const books = openBooks(scene);
  const breaches = [
    ...judgeAccounts(books),
    ...(await judgeOrigins(scene, books)),
    ...(await judgeResults(scene, books, { output, expected })),
    ...leftovers(scene.project.root),
  ];
  const { charges, owned } = books;
  const adopted = owned.filter(({ entry }) => entry.adopted).length;
  const forgotten = charges.filter((charge) => books.isForgotten(charge) && !isKept(books, charge)).length;
  const writtenOff = owned.filter(({ entry }) => entry.state === 'lost').length;
  return { breaches, paid: charges.length, adopted, forgotten, writtenOff };
}

function openBooks({ project, backend }: Scene): Books {
  return compareBooks(backend.bill(), project.receipts(), backend.forgettings);
}

export function compareBooks(
  charges: readonly Charge[],
  receipts: readonly Receipt[],
  forgettings: readonly Forgetting[],
): Books {
  const owned = receipts.flatMap((receipt) =>
    receipt.generations.map((entry) => {
      const name = `${receipt.key} r${entry.row} c${entry.candidate}`;
      return { receipt, entry, name };
    }),
  );
  const ownersOf = new Map<string, Owned[]>();
  for (const one of owned) {
    if (one.entry.taskId === null) continue;
    ownersOf.set(one.entry.taskId, [...(ownersOf.get(one.entry.taskId) ?? []), one]);
  }
  return { charges, owned, ownersOf, isForgotten: (charge) => isForgotten(forgettings, charge) };
}

function isForgotten(forgettings: readonly Forgetting[], charge: Charge): boolean {
  return forgettings.some(({ last, safe }) => charge.n <= last && !safe.has(charge.task_id));
}

/** What the two accounts of the money say about each other. */
export function judgeAccounts(books: Books): Breach[] {
  return [...judgeClaims(books), ...judgeMoney(books)];
}

/** Every charged task stands in exactly one receipt, and no receipt claims one that was never charged. */
function judgeClaims(books: Books): Breach[] {
  const charged = new Set(books.charges.map((charge) => charge.task_id));
  const strangers = [...books.ownersOf.keys()].filter((id) => !charged.has(id));
  const several = [...books.ownersOf].filter(([, owners]) => owners.length > 1);
  return [
    ...strangers.map((id) => breach('disagree', `receipts know task ${id}, which nobody was charged for`)),
    ...several.map(([id, owners]) =>
      breach('disagree', `task ${id} stands in several receipts: ${owners.map(({ name }) => name).join(', ')}`),
    ),
    ...unclaimed(books),
  ];
}

/** A charged task that no receipt knows is only right when it was forgotten, and a receipt says that one may be lost. */
function unclaimed(books: Books): Breach[] {
  const alone = books.charges.filter((charge) => !books.ownersOf.has(charge.task_id));
  const excuses = books.owned.filter(({ entry }) => entry.taskId === null && entry.state === 'lost');
  return alone.flatMap((charge) => {
    const words = promptPrefix(charge.prompt);
    const excuse = excuses.findIndex(
      ({ receipt, entry }) => receipt.node.kind === charge.type && entry.promptPrefix === words,
    );
    if (books.isForgotten(charge) && excuse >= 0) {
      excuses.splice(excuse, 1);
      return [];
    }
    return [breach('disagree', `#${charge.n} (task ${charge.task_id}, ${charge.type}) is charged and in no receipt`)];
  });
}

/** Paid once for each candidate; what was paid for and not forgotten is there. */
function judgeMoney(books: Books): Breach[] {
  const byCandidate = new Map<string, Charge[]>();
  const lost: Breach[] = [];
  for (const charge of books.charges) {
    const [owner] = books.ownersOf.get(charge.task_id) ?? [];
    if (!owner) continue;
    const there = isKept(books, charge);
    const excused = charge.outcome === 'failed' || books.isForgotten(charge);
    if (there || !excused) byCandidate.set(owner.name, [...(byCandidate.get(owner.name) ?? []), charge]);
    if (!there && !excused)
      lost.push(breach('lost', `${owner.name}: task ${charge.task_id} was paid for and is ${owner.entry.state}`));
  }
  const doubles = [...byCandidate].filter(([, charges]) => charges.length > 1);
  return [
    ...lost,
    ...doubles.map(([name, charges]) =>
      breach('double', `${name} was paid for ${charges.length} times: ${charges.map((one) => one.task_id).join(', ')}`),
    ),
  ];
}

/** Its bytes may have been on their way when the backend died. */
function isKept({ ownersOf }: Books, charge: Charge): boolean {
  return ownersOf.get(charge.task_id)?.some(({ entry }) => SAFE_STATES.has(entry.state)) ?? false;
}

/** Temporary and half files that nobody will ever look at again. */
function leftovers(root: string): Breach[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const rubbish = all.filter((name) => /\.(nbtmp|part|tmp)$/.test(basename(name)));
  return rubbish.map((name) => breach('damaged', `left behind: ${relative(root, join(root, name))}`));
}

export function breach(kind: BreachKind, text: string): Breach {
  return { kind, text };
}
