/** Trackers in memory: what a plan makes of a set of tabs. */
import type { Grid, Sheets, Tab } from '../../src/flow/tracker-columns';
import { TABS } from '../../src/flow/tracker-columns';
import { editedRows } from '../../src/flow/tracker-edits';
import type { TrackerPlan, TrackerWorkflow } from '../../src/flow/tracker-types';

export function sheetsOf(grids: Partial<Record<Tab, Grid>> = {}): Sheets {
  return { 'Approved Workflows': [], 'Testing Workflows': [], 'Version History': [], ...grids };
}

export function afterPlan(sheets: Sheets, { edits, removals }: Pick<TrackerPlan, 'edits' | 'removals'>): Sheets {
  const of = (tab: Tab): Grid =>
    editedRows(
      sheets[tab],
      edits.filter((edit) => edit.tab === tab),
      removals.filter((removal) => removal.tab === tab),
    ).map(({ cells }) => cells);
  return Object.fromEntries(TABS.map((tab) => [tab, of(tab)])) as Record<Tab, Grid>;
}

/** Rows as objects by heading, the headings being the first row. */
export function recordsOf([headings = [], ...rows]: Grid): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(headings.map((heading, at) => [heading, row[at] ?? ''])));
}

export function workflowOf(code: string, of: Partial<TrackerWorkflow> = {}): TrackerWorkflow {
  return {
    code,
    brand: 'xyz-wellness',
    version: 'V0-1',
    status: 'testing',
    fanOut: null,
    updated: '2026-11-27',
    file: `projects/may/xyz-wellness/testing/${code}-V0-1.nbflow`,
    link: null,
    notes: null,
    history: [],
    ...of,
  };
}

/** Two workflows of which one is approved while the other goes back to testing. */
export function changingPlaces(when: 'before' | 'after'): readonly TrackerWorkflow[] {
  const [first, second] = when === 'before' ? ['testing', 'approved'] : ['approved', 'testing'];
  const history = when === 'before' ? [] : [{ date: '2026-11-27', version: 'V0-1', notes: 'changed' }];
  return [workflowOf('XYZG3', { status: first, history }), workflowOf('XYZG4', { status: second })];
}
