import { isSelected, selectedRows, selectionProblems } from '../../src/flow/select';
import type { Selection } from '../../src/flow/select';
import { compiledOf, generator, optionsOf, row } from '../helpers/flows';

const nodes = [
  generator({ id: 1, scene: '01', account: 'Account A' }),
  generator({ id: 2, scene: '09a', account: 'Account A', kind: 'video' }),
  generator({ id: 3, scene: '10', account: 'Account B', rows: [row('a'), row('b', { row: 2 })] }),
  generator({ id: 4, scene: null, account: 'Account B' }),
];
const selected = (selection: Partial<Selection>): number[] =>
  nodes.filter((node) => isSelected(node, optionsOf(selection))).map(({ id }) => id);

test.each([
  ['everything by default', {}, [1, 2, 3, 4]],
  ['pictures only', { mode: 'images' }, [1, 3, 4]],
  ['a scene with its letters, and never 10 for 1', { scenes: ['1', '9'] }, [1, 2]],
  ['accounts by their last word', { accounts: ['b'] }, [3, 4]],
  ['nodes by id', { nodes: [4] }, [4]],
  ['only nodes that have the row', { rows: [2] }, [3]],
  ['what fits all that is asked', { scenes: ['10'], accounts: ['Account A'] }, []],
] as const)('selects %s', (_, selection, ids) => {
  expect(selected(selection)).toEqual(ids);
});

test('a generator without rows is selected by the rest, so that nobody overlooks it', () => {
  expect(isSelected(generator({ rows: [] }), optionsOf({}))).toBe(true);
});

test('the asked rows of a node are those it has', () => {
  const rows = generator({ rows: [row('a'), row('b', { row: 2 })] });
  expect(selectedRows(rows, { rows: [2, 7] }).map(({ row: n }) => n)).toEqual([2]);
});

test('what is nowhere in the file is said, with what there is and the nearest of it', () => {
  const problems = selectionProblems(
    compiledOf(nodes),
    optionsOf({ scenes: ['1', '12'], accounts: ['Z', 'acount a', 'kitchen'], nodes: [77], rows: [3] }),
  );
  expect(problems).toEqual([
    'There is no Scene 12 in this file. There are 1, 9a, 10. Did you mean 10?',
    'There is no account Z in this file. There are Account A, Account B. Did you mean B?',
    'There is no account acount a in this file. There are Account A, Account B. Did you mean Account A?',
    'There is no account kitchen in this file. There are Account A, Account B.',
    'There is no picture or clip node 77 in this file. Did you mean 4?',
    'No node has a row 3. There are 1-2. Did you mean 2?',
  ]);
  expect(selectionProblems(compiledOf(nodes), optionsOf({ scenes: ['9'] }))).toEqual([]);
});

test('where there is one of a kind only, or none, that is said', () => {
  const one = [generator({ scene: null, account: ' ' })];
  expect(selectionProblems(compiledOf(one), optionsOf({ scenes: ['3'], accounts: ['A'], rows: [2] }))).toEqual([
    'There is no Scene 3 in this file: no title there has a scene number.',
    'There is no account A in this file: its tabs have no names.',
    'No node has a row 2. There is only 1. Did you mean 1?',
  ]);
});
