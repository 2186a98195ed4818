/** Columns of people's that can't be told by a word: several of one heading, and headings that are a sign. */
import { planTracker } from '../../src/flow/tracker';
import { afterPlan, sheetsOf, workflowOf } from '../helpers/sheets';

test('a workflow that moves takes each of their cells along, once, also after a sync that died in between', () => {
  const approved = workflowOf('XYZG3', { status: 'approved', version: 'V1' });
  const sheets = sheetsOf({
    'Approved Workflows': [['Workflow', 'Cost', '🎬', '✅']],
    'Testing Workflows': [
      ['Workflow', 'Cost', 'Cost', '✅', '🎬'],
      ['XYZG3', '1', '2', 'yes', 'take 3'],
    ],
  });
  const plan = planTracker([approved], sheets);
  const after = afterPlan(sheets, plan);
  const [head = [], row = []] = after['Approved Workflows'];
  const theirs = head.flatMap((heading, at) => (['Cost', '✅', '🎬'].includes(heading) ? [[heading, row[at]]] : []));
  expect(theirs).toEqual([
    ['Cost', '1'],
    ['🎬', 'take 3'],
    ['✅', 'yes'],
    ['Cost', '2'],
  ]);
  const half = afterPlan(sheets, { edits: plan.edits, removals: [] });
  expect(afterPlan(half, planTracker([approved], half))).toEqual(after);
});
