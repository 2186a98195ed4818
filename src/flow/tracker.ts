/**
 * What has to change in the team's tracker so that it says what the workflows are: one row per workflow in the tab of its
 * status, one row per history entry. Rows, columns and their order are people's; only cells of our columns are written.
 */
import { slug } from './scene';
import type { HistoryField, Sheets, WorkflowField, WorkflowTab } from './tracker-columns';
import { HISTORY_HEADINGS, shown, WORKFLOW_HEADINGS } from './tracker-columns';
import { TabDraft } from './tracker-draft';
import type { RowOutcome, RowRemoval, TrackerPlan, TrackerWorkflow } from './tracker-types';
import { isInTesting } from './versions';

const APPROVED = 'Approved Workflows';
const TESTING = 'Testing Workflows';
const OTHER: Readonly<Record<WorkflowTab, WorkflowTab>> = { [APPROVED]: TESTING, [TESTING]: APPROVED };

type Drafts = Readonly<Record<WorkflowTab, TabDraft<WorkflowField>>>;

/** Throws FlowError `Tracker.NoHeadings` (exit 8) for a tab whose columns can't be told. */
export function planTracker(workflows: readonly TrackerWorkflow[], sheets: Sheets): TrackerPlan {
  const drafts: Drafts = {
    [APPROVED]: new TabDraft(APPROVED, sheets[APPROVED], WORKFLOW_HEADINGS),
    [TESTING]: new TabDraft(TESTING, sheets[TESTING], WORKFLOW_HEADINGS),
  };
  const history = new TabDraft('Version History', sheets['Version History'], HISTORY_HEADINGS);
  const removals: RowRemoval[] = [];
  const warnings: string[] = [];
  const rows = workflows.map((workflow) => {
    const isOnlyOne = workflows.filter(({ code }) => sameCode(code, workflow.code)).length === 1;
    return planRow(workflow, isOnlyOne, { drafts, removals, warnings });
  });
  const newHistory = addHistory(workflows, history);
  const all = [drafts[APPROVED], drafts[TESTING], history];
  return {
    edits: all.flatMap(({ edits }) => edits),
    removals,
    rows,
    newHistory,
    newColumns: all.flatMap(({ newColumns }) => newColumns),
    warnings,
  };
}

/** True when the tracker says all of it already. */
export function isUpToDate({ edits, removals }: TrackerPlan): boolean {
  return edits.length === 0 && removals.length === 0;
}

/** Where a workflow belongs. `now`: where it stands; an archived one stays there. */
export function tabOf(
  { status, version }: Pick<TrackerWorkflow, 'status' | 'version'>,
  now: WorkflowTab | null,
): WorkflowTab {
  const word = status?.trim().toLowerCase();
  if (word === 'approved') return APPROVED;
  if (word === 'testing') return TESTING;
  if (word === 'archived' && now) return now;
  return version === null || isInTesting(version) ? TESTING : APPROVED;
}

interface Work {
  readonly drafts: Drafts;
  readonly removals: RowRemoval[];
  readonly warnings: string[];
}

function planRow(workflow: TrackerWorkflow, isOnlyOne: boolean, { drafts, removals, warnings }: Work): RowOutcome {
  const found = {
    [APPROVED]: rowsOf(drafts[APPROVED], workflow, isOnlyOne),
    [TESTING]: rowsOf(drafts[TESTING], workflow, isOnlyOne),
  };
  const tab = tabOf(workflow, found[APPROVED].length > 0 ? APPROVED : found[TESTING].length > 0 ? TESTING : null);
  const from = OTHER[tab];
  const rows = found[tab];
  if (rows.length > 1) {
    const kept = `Row ${(rows[0] ?? 0) + 1} is kept up to date: delete the others.`;
    warnings.push(`${workflow.code} has ${rows.length} rows in ${tab}. ${kept}`);
  }
  const target = drafts[tab];
  const row = rows[0] ?? target.addRow();
  const olds = found[from].map((old): OldRow => ({ draft: drafts[from], row: old }));
  const values = valuesOf(workflow, olds, (field) => target.text(row, field) === '');
  // What a row that moves says in its new place is news only where it said something else in the old one.
  const cells = fill(target, row, values).flatMap(({ field, ...cell }) => {
    const before = cell.before || (olds[0]?.draft.text(olds[0].row, field) ?? '');
    return saysTheSame(field, before, cell.after) ? [] : [{ ...cell, before }];
  });
  const moved = olds.filter((old) => bringAlong(old, target, row));
  const { code, brand } = workflow;
  for (const old of moved) removals.push({ tab: from, row: old.row, code, column: old.draft.columnOf('code') });
  for (const old of olds.filter((one) => !moved.includes(one))) {
    const words = `${code} is in ${tab} and in ${from}, and your own columns say different things there.`;
    warnings.push(`${words} Delete row ${old.row + 1} of ${from} when you have what you want from it.`);
  }
  if (moved.length > 0) return { code, brand, outcome: 'moved', tab, from, cells };
  const outcome = rows.length === 0 ? 'added' : cells.length > 0 ? 'updated' : 'unchanged';
  return { code, brand, outcome, tab, from: null, cells };
}

type Values = Readonly<Record<WorkflowField, string | null>>;

interface OldRow {
  readonly draft: TabDraft<WorkflowField>;
  readonly row: number;
}

/** What our columns are to say. What we know nothing about comes from the rows that move, where nothing stands yet. */
function valuesOf(
  workflow: TrackerWorkflow,
  olds: readonly OldRow[],
  isFree: (field: WorkflowField) => boolean,
): Values {
  const { code, brand, version, status, fanOut, updated, file, link, notes } = workflow;
  const values: Values = { code, brand, version, status, fanOut, updated, file, link, notes };
  const before = (field: WorkflowField): string | null =>
    isFree(field) ? (olds.map(({ draft, row }) => draft.text(row, field)).find((text) => text !== '') ?? null) : null;
  const fields = Object.keys(values) as WorkflowField[];
  return Object.fromEntries(fields.map((field) => [field, values[field] ?? before(field)])) as Values;
}

function fill(
  draft: TabDraft<WorkflowField>,
  row: number,
  values: Values,
): readonly (RowOutcome['cells'][number] & { readonly field: WorkflowField })[] {
  return (Object.keys(values) as WorkflowField[]).flatMap((field) => {
    const after = cellText(values[field]);
    const before = draft.text(row, field);
    if (after === null || saysTheSame(field, before, after)) return [];
    draft.set(row, field, after);
    return [{ field, column: draft.headingOf(field), before, after }];
  });
}

/** How people write a status or a brand is theirs: `Approved`, `XYZ Wellness`. */
function saysTheSame(field: WorkflowField, before: string, after: string): boolean {
  if (before === after) return true;
  if (field === 'status') return before.toLowerCase() === after.toLowerCase();
  return field === 'brand' && before !== '' && slug(before, '') === slug(after, '');
}

/** Cells of people's go with their row. False when the row that is there already says something else. */
function bringAlong(old: OldRow, target: TabDraft<WorkflowField>, row: number): boolean {
  const cells = old.draft.peoplesCells(old.row).map((cell) => {
    const column = target.peoplesColumn(cell);
    return { ...cell, there: column === null ? '' : target.cell(row, column).trim() };
  });
  if (cells.some(({ there, value }) => there !== '' && there !== value.trim())) return false;
  for (const { there, ...cell } of cells) if (there === '') target.carry(row, cell);
  return true;
}

function rowsOf(draft: TabDraft<WorkflowField>, { code, brand }: TrackerWorkflow, isOnlyOne: boolean): number[] {
  return draft.rowsWhere((row) => {
    if (!sameCode(draft.text(row, 'code'), code)) return false;
    const written = draft.text(row, 'brand');
    return written === '' || brand === null ? isOnlyOne : slug(written, '') === slug(brand, '');
  });
}

function sameCode(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Only grows: what was once said is not unsaid when the registry is corrected. */
function addHistory(workflows: readonly TrackerWorkflow[], draft: TabDraft<HistoryField>): TrackerPlan['newHistory'] {
  const known = new Set(
    draft
      .rowsWhere(() => true)
      .map((row) =>
        keyOf(draft.text(row, 'code'), draft.text(row, 'date'), draft.text(row, 'version'), draft.text(row, 'notes')),
      ),
  );
  const text = (value: string): string => cellText(value) ?? '';
  const entries = workflows.flatMap(({ code, brand, history }) =>
    history.map(({ date, version, notes }) => ({
      code,
      brand,
      ...{ date: text(date), version: text(version), notes: text(notes) },
    })),
  );
  // Stable: entries of one day keep their order.
  const ordered = entries.toSorted((a, b) => (a.date < b.date ? -1 : Number(a.date > b.date)));
  return ordered.flatMap(({ code, brand, date, version, notes }) => {
    const key = keyOf(code, date, version, notes);
    if (known.has(key)) return [];
    known.add(key);
    const row = draft.addRow();
    const values = { date, code, brand: brand ?? '', version, notes };
    for (const field of Object.keys(values) as HistoryField[])
      if (values[field] !== '') draft.set(row, field, values[field]);
    return [{ code, date, version, notes }];
  });
}

function keyOf(code: string, date: string, version: string, notes: string): string {
  return JSON.stringify([code.toLowerCase(), date, version.toLowerCase(), notes]);
}

/** Google Sheets takes 50,000 characters in a cell. */
const MOST_CHARACTERS = 40_000;

function cellText(value: string | null): string | null {
  if (value === null) return null;
  const text = shown(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
