import fc from 'fast-check';
import { listed, nearestName, nearestNumber, nearestScene } from '../../src/flow/nearest';

test.each([
  ['XYZG3-V0-2', ['XYZG3-V0-1', 'ABCS1-V0-2'], 'XYZG3-V0-1'],
  ['xyzg3-v0-9', ['XYZG3-V0-1', 'XYZG3-V0-4', 'XYZG3-V0-3'], 'XYZG3-V0-4'],
  ['F', ['A', 'B', 'C', 'D', 'E'], 'E'],
  ['Acount A', ['Account A', 'Account B'], 'Account A'],
  ['kitchen', ['A', 'B'], null],
  ['anything', [], null],
])('for the name %s of %j somebody meant %s', (asked, names, nearest) => {
  expect(nearestName(asked, names)).toBe(nearest);
});

test.each([
  ['8', ['01', '02', '05'], '5'],
  ['scene 0', ['01', '02'], '1'],
  ['9c', ['09', '09a', '10'], '9a'],
  ['kitchen', ['01'], null],
  ['3', [], null],
])('for Scene %s of %j somebody meant %s', (asked, scenes, nearest) => {
  expect(nearestScene(asked, scenes)).toBe(nearest);
});

test.each([
  [['01', '02', '03', '05'], '1-3, 5'],
  [['10', '09a', '09', '11'], '9, 9a, 10-11'],
  [[2, 1, 2, 3], '1-3'],
  [['01'], '1'],
])('%j is listed as %s', (values, text) => {
  expect(listed(values)).toBe(text);
});

const letters = fc.string({ unit: fc.constantFrom('A', 'b', '1', '-'), minLength: 1, maxLength: 8 });

test('what exists is its own nearest, and only what exists is suggested', () => {
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1 }), fc.nat(), letters, (names, i, asked) => {
      const own = names[i % names.length] as string;
      expect(nearestName(own, names)?.toLowerCase()).toBe(own.toLowerCase());
      const nearest = nearestName(asked, names);
      if (nearest !== null) expect(names).toContain(nearest);
    }),
  );
});

test('no number is nearer than the nearest', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.integer(), { minLength: 1 }), (asked, numbers) => {
      const nearest = nearestNumber(asked, numbers) as number;
      expect(numbers).toContain(nearest);
      expect(Math.min(...numbers.map((n) => Math.abs(n - asked)))).toBe(Math.abs(nearest - asked));
    }),
  );
});

test('a list of numbers, read again, is those numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { minLength: 1 }), (numbers) => {
      const read = listed(numbers)
        .split(', ')
        .flatMap((part) => {
          const [first, last] = part.split('-').map(Number) as [number, number?];
          return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
        });
      expect(read).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }),
  );
});
