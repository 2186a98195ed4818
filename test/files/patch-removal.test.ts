import type { Edit, Removal } from '../../src/files/patch';
import { applyEdits } from '../../src/files/patch';

const edit = (path: Edit['path'], value: unknown): Edit => ({ path, value });
const remove = (...path: Edit['path']): Removal => ({ path, remove: true });

describe('entries taken out of a list', () => {
  test.each([
    ['[1, 2 ,3]', [0], '[2 ,3]'],
    ['[1, 2 ,3]', [1], '[1 ,3]'],
    ['[1, 2 ,3]', [2], '[1, 2]'],
    ['[1, 2 ,3]', [0, 1], '[3]'],
    ['[1, 2 ,3]', [0, 2], '[2]'],
    ['[ 1, 2 ,3 ]', [0, 1, 2], '[]'],
    ['[\n  1,\n  2,\n  3\n]', [1, 2], '[\n  1\n]'],
    ['[\n  1,\n  2,\n  3\n]', [0], '[\n  2,\n  3\n]'],
  ])('%j without %j', (list, gone, rest) => {
    const text = `{"a": 1.0, "l": ${list}, "b":[]}`;
    expect(applyEdits(text, [...gone.map((i) => remove('l', i)), edit(['a'], 2)])).toBe(
      `{"a": 2, "l": ${rest}, "b":[]}`,
    );
  });

  test('beside other edits of the same list', () => {
    expect(applyEdits('{"l":[[1,2],[3,4],[5]]}', [remove('l', 0), edit(['l', 1, 0], 9), remove('l', 2, 0)])).toBe(
      '{"l":[[9,4],[]]}',
    );
  });

  test.each([[['l', 3]], [['o', 'x']], [['o', 'y']]])('%j is no entry of a list', (path) => {
    expect(() => applyEdits('{"l":[1],"o":{"x":1}}', [remove(...path)])).toThrow(
      expect.objectContaining({ type: 'File.Changed' }) as Error,
    );
  });
});
