import fc from 'fast-check';
import { wrap } from '../../src/simulator/drawing';

test('a text breaks between words, and an over-long word anywhere', () => {
  expect(wrap('one two  three', 7, 5)).toEqual(['one two', 'three']);
  expect(wrap('abcdefghij k', 4, 5)).toEqual(['abcd', 'efgh', 'ij k']);
});

test('what does not fit ends in an ellipsis', () => {
  expect(wrap('one two three four', 5, 2)).toEqual(['one', 'two…']);
});

test('no line is ever too long, and none is too many', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 30 }), (text, width) => {
      const lines = wrap(text, width, 4);
      expect(lines.length).toBeLessThanOrEqual(4);
      for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
    }),
  );
});
