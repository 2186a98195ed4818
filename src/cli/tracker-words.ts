/** What a sync changed, or would change, for people and for scripts. */
import { isUpToDate } from '../flow/tracker';
import { sameHeading, TABS, WORKFLOW_HEADINGS } from '../flow/tracker-columns';
import type { RowOutcome, TrackerPlan } from '../flow/tracker-types';
import { plural } from './output';

export interface ToldSync {
  readonly plan: TrackerPlan;
  readonly kind: 'csv' | 'sheets';
  readonly dryRun: boolean;
  readonly where: string;
  readonly remarks: readonly string[];
}

export interface SyncWords {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  readonly next: readonly string[];
}

/** Longer values are shown by their beginning. */
const MOST_SHOWN = 40;

export function planLines(told: ToldSync): SyncWords {
  const { plan, kind, dryRun, where } = told;
  const notes = [...plan.warnings, ...told.remarks];
  const count = plural(plan.rows.length, 'workflow');
  if (isUpToDate(plan)) {
    const lines = [`Nothing to do: the tracker says it all already (${count}).`, `Tracker  ${where}`];
    return { lines, notes, next: nextOf(told) };
  }
  const changed = plan.rows.filter(({ outcome }) => outcome !== 'unchanged');
  const width = Math.max(0, ...changed.map(({ code }) => code.length));
  const unchanged = plan.rows.length - changed.length;
  const lines = [
    `Tracker  ${where}${kind === 'csv' ? ' (CSV files)' : ''}${dryRun ? '; nothing was written, this would change:' : ''}`,
    ...changed.map((row) => `  ${row.outcome.padEnd(7)}  ${row.code.padEnd(width)}  ${rowWords(row)}`),
    ...(unchanged > 0 ? [`  ${plural(unchanged, 'workflow')} unchanged`] : []),
    ...(plan.newHistory.length > 0
      ? [`  ${plural(plan.newHistory.length, 'entry', 'entries')} added to Version History`]
      : []),
    ...newColumnLines(plan),
  ];
  return { lines, notes, next: nextOf(told) };
}

export function planJson(told: ToldSync): object {
  const { plan, dryRun, remarks } = told;
  const { rows, newHistory, newColumns, warnings } = plan;
  return {
    dryRun,
    upToDate: isUpToDate(plan),
    workflows: rows.map(({ code, brand, outcome, tab, from, cells }) => ({ code, brand, outcome, tab, from, cells })),
    history: newHistory.map(({ code, date, version, notes }) => ({ code, date, version, notes })),
    columns: newColumns.map(({ tab, heading }) => ({ tab, heading })),
    notes: [...warnings, ...remarks],
    next: nextOf(told),
  };
}

function rowWords({ outcome, tab, from, cells }: RowOutcome): string {
  if (outcome === 'added') return tab;
  const changes = cells.map(({ column, before, after }) => `${column} ${changeWords(before, after)}`);
  const where = from === null ? tab : `${from} → ${tab}`;
  return [where, changes.join('; ')].filter(Boolean).join(': ');
}

/** Of two paths in one folder only the names are shown. */
function changeWords(before: string, after: string): string {
  if (before === '') return short(after);
  const folder = before.slice(0, before.lastIndexOf('/') + 1);
  const skip = after.startsWith(folder) ? folder.length : 0;
  return `${short(before.slice(skip))} → ${short(after.slice(skip))}`;
}

function newColumnLines({ newColumns }: TrackerPlan): readonly string[] {
  return TABS.flatMap((tab) => {
    const headings = newColumns.filter((column) => column.tab === tab).map(({ heading }) => heading);
    if (headings.length === 0) return [];
    // Of a tab with columns of people's at least the one with the codes is there.
    const isNew = headings.some((heading) => sameHeading(heading, WORKFLOW_HEADINGS.code[0]));
    return [isNew ? `  new tab: ${tab}` : `  columns added to ${tab}: ${headings.join(', ')}`];
  });
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line === '' ? '(empty)' : line;
}

function nextOf({ plan, kind, dryRun, where }: ToldSync): readonly string[] {
  if (dryRun && !isUpToDate(plan)) return ['To do it: nbflow tracker sync'];
  return [kind === 'csv' ? `Open ${where} in a spreadsheet program: a file per tab.` : `Open it: ${where}`];
}
