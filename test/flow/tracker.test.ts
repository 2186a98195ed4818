import { planTracker, tabOf } from '../../src/flow/tracker';
import type { Grid } from '../../src/flow/tracker-columns';
import { guarded } from '../../src/flow/tracker-columns';
import { afterPlan, recordsOf, sheetsOf, workflowOf } from '../helpers/sheets';

const APPROVED = 'Approved Workflows';
const TESTING = 'Testing Workflows';
const HISTORY = 'Version History';
const NOTE = { date: '2026-11-27', version: 'V0-1', notes: 'worker killed, nothing paid twice' };

describe('an empty tracker', () => {
  const one = workflowOf('XYZG3', { fanOut: 'not fanned out', notes: NOTE.notes, history: [NOTE] });
  const plan = planTracker([one], sheetsOf());

  test('gets headings, a row in the tab of its status, and its history', () => {
    const after = afterPlan(sheetsOf(), plan);
    expect(after[APPROVED]).toEqual([
      ['Workflow', 'Brand', 'Current version', 'Status', 'Fan-out', 'Last updated', 'File', 'Drive link', 'Notes'],
    ]);
    expect(recordsOf(after[TESTING])).toEqual([
      {
        Workflow: 'XYZG3',
        Brand: 'xyz-wellness',
        'Current version': 'V0-1',
        Status: 'testing',
        'Fan-out': 'not fanned out',
        'Last updated': '2026-11-27',
        File: 'projects/may/xyz-wellness/testing/XYZG3-V0-1.nbflow',
        'Drive link': '',
        Notes: NOTE.notes,
      },
    ]);
    expect(recordsOf(after[HISTORY])).toEqual([
      { Date: '2026-11-27', Workflow: 'XYZG3', Brand: 'xyz-wellness', Version: 'V0-1', Notes: NOTE.notes },
    ]);
    expect(plan.rows).toEqual([expect.objectContaining({ code: 'XYZG3', outcome: 'added', tab: TESTING })]);
  });

  test('has nothing to do afterwards', () => {
    const again = planTracker([one], afterPlan(sheetsOf(), plan));
    expect(again).toMatchObject({ edits: [], removals: [], newHistory: [], newColumns: [], warnings: [] });
    expect(again.rows).toEqual([expect.objectContaining({ outcome: 'unchanged', cells: [] })]);
  });
});

describe('what people made of it', () => {
  const theirs: Grid = [
    ['Tracker of the team', '', ''],
    ['Owner', 'CODE', 'version', 'Status', 'Rating'],
    ['Ann', 'XYZG3', 'V0-1', 'Testing', '4'],
    ['Bob', 'Idea: a hook with a dog'],
    ['Cid', 'xyzg4', 'V0-3', 'testing', '5', 'a cell without a heading'],
  ];

  test('their order, titles, rows, columns and spelling stay; cells that differ are written, columns added behind', () => {
    const sheets = sheetsOf({ [TESTING]: theirs });
    const workflows = [workflowOf('XYZG3', { version: 'V0-2' }), workflowOf('XYZG4', { version: 'V0-3' })];
    const plan = planTracker(workflows, sheets);
    expect(afterPlan(sheets, plan)[TESTING]).toEqual([
      ['Tracker of the team', '', ''],
      [
        'Owner',
        'CODE',
        'version',
        'Status',
        'Rating',
        '',
        'Brand',
        'Fan-out',
        'Last updated',
        'File',
        'Drive link',
        'Notes',
      ],
      ['Ann', 'XYZG3', 'V0-2', 'Testing', '4', '', 'xyz-wellness', '', '2026-11-27', workflows[0]?.file],
      ['Bob', 'Idea: a hook with a dog'],
      [
        'Cid',
        'XYZG4',
        'V0-3',
        'testing',
        '5',
        'a cell without a heading',
        'xyz-wellness',
        '',
        '2026-11-27',
        workflows[1]?.file,
      ],
    ]);
    expect(plan.rows[0]?.cells).toContainEqual({ column: 'version', before: 'V0-1', after: 'V0-2' });
  });

  test('what we do not know is left as it stands', () => {
    const rows: Grid = [
      ['Workflow', 'Fan-out', 'Drive link', 'Notes'],
      ['XYZG3', '3 accounts', 'https://drive.google.com/file/d/1', 'looks good'],
    ];
    const after = afterPlan(
      sheetsOf({ [TESTING]: rows }),
      planTracker([workflowOf('XYZG3')], sheetsOf({ [TESTING]: rows })),
    );
    expect(after[TESTING][1]?.slice(0, 4)).toEqual(rows[1]);
  });

  test('a tab without a column for the workflow is refused, with what it has', () => {
    const sheets = sheetsOf({
      [APPROVED]: [
        ['Owner', 'Mood'],
        ['Ann', 'fine'],
      ],
    });
    expect(() => planTracker([], sheets)).toThrow(
      expect.objectContaining({
        type: 'Tracker.NoHeadings',
        exitCode: 8,
        message:
          'The tab "Approved Workflows" can\'t be kept up to date: expected a heading "Workflow" in one of its first rows, got Owner, Mood.',
      }) as Error,
    );
  });
});

describe('a workflow that is approved', () => {
  const sheets = sheetsOf({
    [TESTING]: [
      ['Workflow', 'Owner', 'Drive link', 'Mood'],
      ['XYZS1', 'Bob', '', ''],
      ['XYZG3', 'Ann', 'https://drive.google.com/file/d/1', '=joy'],
    ],
    [APPROVED]: [['Workflow', 'Owner']],
  });
  const approved = workflowOf('XYZG3', { status: 'approved', version: 'V1' });
  const plan = planTracker([approved], sheets);

  test("moves with people's cells and what only the tracker knows", () => {
    const after = afterPlan(sheets, plan);
    expect(after[TESTING].map(([code]) => code)).toEqual(['Workflow', 'XYZS1']);
    expect(recordsOf(after[APPROVED])).toEqual([
      expect.objectContaining({
        Workflow: 'XYZG3',
        Owner: 'Ann',
        Mood: '=joy',
        Status: 'approved',
        'Drive link': 'https://drive.google.com/file/d/1',
      }),
    ]);
    expect(plan.rows).toEqual([expect.objectContaining({ outcome: 'moved', from: TESTING, tab: APPROVED })]);
    expect(planTracker([approved], after)).toMatchObject({ edits: [], removals: [] });
  });

  test('is in both tabs after a sync that died in between, and the next one ends it', () => {
    const half = afterPlan(sheets, { edits: plan.edits, removals: [] });
    const next = planTracker([approved], half);
    expect(next.edits).toEqual([]);
    expect(afterPlan(half, next)).toEqual(afterPlan(sheets, plan));
  });

  test("stays in both when people's cells differ, and a person is asked", () => {
    const both = sheetsOf({
      ...sheets,
      [APPROVED]: [
        ['Workflow', 'Owner'],
        ['XYZG3', 'Dan'],
      ],
    });
    const next = planTracker([approved], both);
    expect(next.removals).toEqual([]);
    expect(next.warnings).toEqual([
      expect.stringMatching(/XYZG3 is in Approved Workflows and in Testing Workflows.*Delete row 3/),
    ]);
    const [row] = recordsOf(afterPlan(both, next)[APPROVED]);
    expect(row).toMatchObject({ Owner: 'Dan', 'Drive link': 'https://drive.google.com/file/d/1' });
    expect(row).not.toHaveProperty('Mood');
  });
});

test.each([
  ['approved', 'V0-1', null, APPROVED],
  ['Testing', 'V1', null, TESTING],
  ['archived', 'V0-1', APPROVED, APPROVED],
  ['archived', 'V1', null, APPROVED],
  ['archived', 'V0-4', null, TESTING],
  [null, 'V2-0-1', null, TESTING],
  ['on hold', 'V2', TESTING, APPROVED],
] as const)('status %s, version %s, now in %s: %s', (status, version, now, expected) => {
  expect(tabOf({ status, version }, now)).toBe(expected);
});

test('two rows of one workflow: the first is kept up to date, the other shown to a person', () => {
  const sheets = sheetsOf({ [TESTING]: [['Workflow'], ['XYZG3'], ['XYZG3']] });
  const plan = planTracker([workflowOf('XYZG3')], sheets);
  expect(plan.warnings).toEqual([
    'XYZG3 has 2 rows in Testing Workflows. Row 2 is kept up to date: delete the others.',
  ]);
  expect(afterPlan(sheets, plan)[TESTING][2]).toEqual(['XYZG3']);
});

test('two brands may have the same code', () => {
  const workflows = [workflowOf('AAAG1', { brand: 'a-one' }), workflowOf('AAAG1', { brand: 'b-two', version: 'V0-7' })];
  const sheets = sheetsOf({
    [TESTING]: [
      ['Workflow', 'Brand'],
      ['AAAG1', 'B Two'],
    ],
  });
  const after = afterPlan(sheets, planTracker(workflows, sheets));
  expect(recordsOf(after[TESTING]).map((row) => [row['Brand'], row['Current version']])).toEqual([
    ['B Two', 'V0-7'],
    ['a-one', 'V0-1'],
  ]);
});

test('history only grows, oldest first, and says nothing twice', () => {
  const entry = (date: string, notes: string) => ({ date, version: 'V0-1', notes });
  const first = workflowOf('XYZG3', { history: [entry('2026-05-12', 'b'), entry('2026-05-12', 'a')] });
  const other = workflowOf('XYZS1', { history: [entry('2026-05-01', 'c'), entry('2026-05-01', 'c')] });
  const begun = afterPlan(sheetsOf(), planTracker([first, other], sheetsOf()));
  expect(recordsOf(begun[HISTORY]).map((row) => row['Notes'])).toEqual(['c', 'b', 'a']);
  const corrected = workflowOf('XYZG3', { history: [entry('2026-05-12', 'B')] });
  const after = afterPlan(begun, planTracker([corrected], begun));
  expect(recordsOf(after[HISTORY]).map((row) => row['Notes'])).toEqual(['c', 'b', 'a', 'B']);
});

test.each(['=1+1', '+1', '-1', '@x', "'=1+1", "it's", ''])('%s in a note is shown as it is', (notes) => {
  const workflow = workflowOf('XYZG3', { notes });
  const plan = planTracker([workflow], sheetsOf());
  const written = plan.edits.map((edit) => (edit.ours ? { ...edit, value: guarded(edit.value) } : edit));
  const after = afterPlan(sheetsOf(), { ...plan, edits: written });
  expect(planTracker([workflow], after).edits).toEqual([]);
  expect(recordsOf(after[TESTING])[0]?.['Notes']).not.toMatch(/^[=+\-@]/);
});
