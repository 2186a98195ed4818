import fc from 'fast-check';
import { readReference } from '../../src/flow/reference';

test.each([
  ['https://r.example/a.png', { kind: 'url', url: 'https://r.example/a.png' }],
  [' http://localhost:1/a.png ', { kind: 'url', url: 'http://localhost:1/a.png' }],
  ['reference/avatar sheets/a.jpg', { kind: 'local', path: 'reference/avatar sheets/a.jpg' }],
  ['reference\\avatars\\..\\a.jpg', { kind: 'local', path: 'reference/a.jpg' }],
  ['data:image/png;base64,AAAA', { kind: 'embedded' }],
  ['A'.repeat(2000), { kind: 'embedded' }],
])('%j is read as %j (D25)', (data, expected) => {
  expect(readReference(data)).toEqual(expected);
});

test.each([
  '/etc/a.png',
  '\\\\server\\a.png',
  'C:\\a.png',
  'c:/a.png',
  '../a.png',
  'a/../../b.png',
  'file:///a.png',
  'blob:x',
  'refs/',
  '.',
  7,
  {},
  'https://',
  'a\nb',
])('%j is refused', (data) => {
  expect(readReference(data).kind).toBe('invalid');
});

test('a local path never leaves the project', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('..', '.', 'a', 'b', '/', '\\', 'C:', ''), { maxLength: 8 }), (parts) => {
      const read = readReference(parts.join('/'));
      if (read.kind === 'local') expect(read.path).toMatch(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\:]+$/);
    }),
  );
});
