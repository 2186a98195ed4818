/** The bill as a table by scene with sentences below it, or as one JSON object. */
import { quoted } from '../flow/advice';
import type { Amounts } from '../flow/bill-entry';
import type { Bill, BillLine } from '../flow/bill';
import { billSentences, reconcileSentences } from '../flow/bill-words';
import type { FlowError } from '../flow/errors';
import { counted, productOf, sceneLabel } from '../flow/labels';
import { units } from '../flow/money-words';
import type { Reconciliation } from '../flow/reconcile';
import type { FileBill } from './bill';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

export interface WholeBill {
  readonly bills: readonly FileBill[];
  readonly bill: Bill;
  readonly damaged: readonly FlowError[];
  /** Task ids that two entries claim. */
  readonly claimed: readonly string[];
  readonly backend: Reconciliation | null;
  readonly problem: string | null;
}

export function printBill(whole: WholeBill, options: OutputOptions & { readonly files: readonly string[] }): void {
  const doubts = { claimedTwice: whole.claimed.length, strangers: whole.backend?.strangers.length ?? 0 };
  const sentences = billSentences(whole.bill, doubts);
  const next = advice(whole, options.files);
  if (options.json) return jsonResult(billJson(whole, sentences, next));
  for (const one of whole.bills) printFile(one);
  for (const sentence of sentences) result(sentence);
  if (whole.claimed.length > 0) result(`Two receipts claim one task: ${whole.claimed.join(', ')}.`);
  for (const sentence of whole.backend ? reconcileSentences(whole.backend) : []) result(sentence);
  if (whole.problem !== null) result(`Not compared with G-Labs, which can't be asked now: ${whole.problem}`);
  for (const { message } of whole.damaged) say(`${message} It is not in these sums.`);
  for (const step of next) say(`  → ${step}`);
}

function printFile({ folder, bill }: FileBill): void {
  if (bill.lines.length === 0) return;
  result(`${folder.code} ${folder.fileVersion}`);
  const several = new Set(bill.lines.map(({ account }) => account)).size > 1;
  const rows = new Map<string, string[]>();
  for (const line of bill.lines) {
    const name = `${several ? `${line.account} · ` : ''}${sceneLabel(line)}`;
    rows.set(name, [...(rows.get(name) ?? []), lineWords(line)]);
  }
  const width = Math.min(40, Math.max(...[...rows.keys()].map((name) => name.length)));
  for (const [name, cells] of rows) result(`  ${name.padEnd(width)}  ${cells.join('  |  ')}`);
}

/** `4 pictures paid (1 adopted), 1 lost, 4 units`. */
function lineWords({ kind, price, ...amounts }: BillLine): string {
  const parts: readonly (readonly [keyof Amounts, string])[] = [
    ['lost', 'lost'],
    ['failed', 'failed'],
    ['replaced', 'replaced'],
    ['givenUp', 'given up'],
    ['inFlight', 'under way'],
    ['undecided', 'undecided'],
    ['reused', 'reused'],
  ];
  const adopted = amounts.adopted > 0 ? ` (${amounts.adopted} adopted)` : '';
  return [
    `${counted(amounts.paid, productOf(kind))} paid${adopted}`,
    ...parts.flatMap(([field, word]) => (amounts[field] > 0 ? [`${amounts[field]} ${word}`] : [])),
    units(price.paid),
  ].join(', ');
}

function advice({ bill, bills, damaged, backend }: WholeBill, names: readonly string[]): readonly string[] {
  const [name = 'FILE'] = names.length === 1 ? names : bills.length === 1 ? bills.map(fileName) : [];
  const { inFlight, undecided, lostTooOften } = bill.total;
  const fetching = inFlight > 0 || (backend !== null && backend.ready.length + backend.lostAnswers.length > 0);
  return [
    ...damaged.flatMap((error) => error.next),
    ...(fetching ? [`nbflow run ${quoted(name)}  (fetches what is under way, pays nothing for it again)`] : []),
    ...(undecided + lostTooOften > 0 ? [`nbflow decide ${quoted(name)}  (shows what waits for a decision)`] : []),
  ];
}

function fileName({ folder }: FileBill): string {
  return folder.file === null ? 'FILE' : `${folder.code}-${folder.fileVersion}`;
}

function billJson(whole: WholeBill, sentences: readonly string[], next: readonly string[]): object {
  const { bills, bill, damaged, claimed, backend, problem } = whole;
  return {
    ...bill.total,
    price: { ...bill.price, unit: 'units' },
    saved: bill.saved,
    scenes: bills.flatMap(({ folder, bill: { lines } }) =>
      lines.map(({ account, scene, title, kind, price, saved, ...amounts }) => ({
        code: folder.code,
        fileVersion: folder.fileVersion,
        account,
        scene,
        title,
        kind,
        ...amounts,
        price,
        saved,
      })),
    ),
    files: bills.map(({ folder, bill: { total, price, saved } }) => ({
      file: folder.file,
      code: folder.code,
      fileVersion: folder.fileVersion,
      receipts: folder.receiptsDir,
      ...total,
      price,
      saved,
    })),
    damaged: damaged.map(({ message }) => message),
    claimedTwice: claimed,
    backend,
    backendProblem: problem,
    sentences,
    next,
  };
}
