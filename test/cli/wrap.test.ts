import { wrapLine } from '../../src/cli/wrap';

test('lines are broken between words, and a word that is too long stays whole', () => {
  expect(wrapLine('waiting for G-Labs at http://a.example.test:8765 now', 20, '  ')).toEqual([
    'waiting for G-Labs',
    '  at',
    '  http://a.example.test:8765',
    '  now',
  ]);
  expect(wrapLine('short', 20, '  ')).toEqual(['short']);
});
