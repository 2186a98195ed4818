import { planLines } from '../../src/cli/tracker-words';
import { planTracker } from '../../src/flow/tracker';
import { afterPlan, sheetsOf, workflowOf } from '../helpers/sheets';

const told = { kind: 'csv', dryRun: false, where: 'reference/tracker', remarks: [] } as const;
const first = workflowOf('XYZG3', {
  notes: 'a note that is longer than what fits into one line of a terminal',
  link: 'https://d/1',
});
const sheets = afterPlan(sheetsOf(), planTracker([first], sheetsOf()));

test('a change is told cell by cell: of paths the names, of long texts the beginning, of what was empty the new', () => {
  const file = first.file?.replace('V0-1', 'V0-2') ?? '';
  const plan = planTracker([{ ...first, file, notes: 'short', fanOut: 'not yet', link: '' }], sheets);
  expect(planLines({ ...told, plan }).lines).toEqual([
    'Tracker  reference/tracker (CSV files)',
    '  updated  XYZG3  Testing Workflows: Fan-out not yet; File XYZG3-V0-1.nbflow → XYZG3-V0-2.nbflow; Drive link https://d/1 → (empty); ' +
      'Notes a note that is longer than what fits int… → short',
  ]);
});

test('what is up to date is said in one line, with what a person should look at', () => {
  const plan = planTracker([first], sheets);
  expect(planLines({ ...told, dryRun: true, plan, remarks: ['look here'] })).toEqual({
    lines: ['Nothing to do: the tracker says it all already (1 workflow).', 'Tracker  reference/tracker'],
    notes: ['look here'],
    next: ['Open reference/tracker in a spreadsheet program: a file per tab.'],
  });
});

test('a dry run says so, and how to do it', () => {
  const plan = planTracker([first, workflowOf('XYZS1')], sheets);
  const { lines, next } = planLines({ ...told, dryRun: true, plan });
  expect(lines).toEqual([
    'Tracker  reference/tracker (CSV files); nothing was written, this would change:',
    '  added    XYZS1  Testing Workflows',
    '  1 workflow unchanged',
  ]);
  expect(next).toEqual(['To do it: nbflow tracker sync']);
});
