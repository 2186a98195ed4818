/** Sums up what many passes came to. */
import { percentile } from '../../bench/statistics';
import type { BreachKind } from './judge';
import type { RunReport } from './run';
import type { Blow } from './schedule';
import { isKill } from './schedule';

export interface Recovery {
  readonly kind: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Totals {
  readonly runs: number;
  readonly kills: number;
  readonly killsByKind: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly candidates: number;
  readonly paid: number;
  readonly adopted: number;
  readonly forgotten: number;
  readonly breaches: Readonly<Record<BreachKind, number>>;
  /** Seconds, by what struck. */
  readonly recovery: readonly Recovery[];
}

const KINDS: readonly BreachKind[] = [
  'double',
  'lost',
  'damaged',
  'disagree',
  'mixed',
  'unfinished',
  'stuck',
  'unforeseen',
];

export function sumUp(reports: readonly RunReport[], perRun: number): Totals {
  const fallen = reports.flatMap(({ strikes }) => strikes).filter(({ atMs }) => atMs !== null);
  const breaches = reports.flatMap((report) => report.breaches);
  const names = fallen.map(({ blow }) => tableName(blow));
  const kills = names.filter((_, index) => isKill(fallen[index]?.blow.kind ?? 'refuse'));
  const faults = names.filter((_, index) => !isKill(fallen[index]?.blow.kind ?? 'refuse'));
  const sum = (of: (report: RunReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  return {
    runs: reports.length,
    kills: kills.length,
    killsByKind: countBy(kills),
    faults: countBy(faults),
    candidates: reports.length * perRun,
    paid: sum(({ paid }) => paid),
    adopted: sum(({ adopted }) => adopted),
    forgotten: sum(({ forgotten }) => forgotten),
    breaches: Object.fromEntries(
      KINDS.map((kind) => [kind, breaches.filter((one) => one.kind === kind).length]),
    ) as Record<BreachKind, number>,
    recovery: recoveries(reports),
  };
}

function tableName(blow: Blow): string {
  if (blow.kind === 'kill-at') return `kill-at ${blow.point}`;
  return blow.kind === 'kill-backend' && blow.forgets ? 'kill-backend-forgets' : blow.kind;
}

function recoveries(reports: readonly RunReport[]): readonly Recovery[] {
  const byKind = new Map<string, number[]>();
  for (const { blow, recoveryMs } of reports.flatMap(({ strikes }) => strikes)) {
    if (recoveryMs === null) continue;
    const kind = /^kill-(worker|at|in-answer)$/.test(blow.kind) ? 'kill -9 of the worker' : blow.kind;
    byKind.set(kind, [...(byKind.get(kind) ?? []), recoveryMs / 1000]);
  }
  return [...byKind].map(([kind, seconds]) => ({
    kind,
    count: seconds.length,
    p50: round(percentile(seconds, 0.5)),
    p95: round(percentile(seconds, 0.95)),
    max: round(Math.max(...seconds)),
  }));
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export function breachCount({ breaches }: Totals): number {
  return Object.values(breaches).reduce((sum, count) => sum + count, 0);
}

/** The lines that people read at the end. */
export function tableLines(totals: Totals): readonly string[] {
  const { runs, kills, killsByKind, faults, candidates, paid, adopted, forgotten, breaches, recovery } = totals;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const row = (name: string, value: string | number): string => `${name.padEnd(18)} ${value}`;
  return [
    '',
    row('passes', runs),
    row('kills', `${kills}  (${list(killsByKind)})`),
    row('faults', list(faults)),
    row('candidates', candidates),
    row('paid', `${paid}  (candidates + what the backend forgot: ${candidates + forgotten})`),
    row('adopted', adopted),
    row('forgotten', `${forgotten}  (by the backend; made again)`),
    ...KINDS.map((kind) => row(LABELS[kind], breaches[kind])),
    'seconds to recover',
    ...recovery.map(({ kind, count, p50, p95, max }) => {
      const figures = [p50, p95, max].map((value) => value.toFixed(1).padStart(6)).join('');
      return `  ${kind.padEnd(24)} p50 p95 max ${figures}  n=${count}`;
    }),
  ];
}

const LABELS: Readonly<Record<BreachKind, string>> = {
  double: 'paid twice',
  lost: 'paid results lost',
  damaged: 'damaged',
  disagree: 'bill disagrees',
  mixed: 'mixed up',
  unfinished: 'unfinished',
  stuck: 'stuck',
  unforeseen: 'unforeseen',
};
