import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlowCache, fileFacts } from '../src/flow-cache';
import { FIXTURES } from './helpers/references';

const text = readFileSync(join(FIXTURES, 'XYZG3-V0-1.nbflow'), 'utf8');

test('the same text is compiled once, also when others came in between', () => {
  const cache = new FlowCache();
  const first = cache.compile(text, 'XYZG3-V0-1.nbflow');
  cache.compile(`${text}\n`, 'XYZG3-V0-1.nbflow');
  expect(cache.compile(text, 'XYZG3-V0-1.nbflow')).toBe(first);
});

test('what was not asked for lately is forgotten', () => {
  const cache = new FlowCache();
  const first = cache.compile(text, 'a.nbflow');
  for (let n = 1; n <= 4; n++) cache.compile(text + '\n'.repeat(n), 'a.nbflow');
  expect(cache.compile(text, 'a.nbflow')).not.toBe(first);
});

test('a damaged text is refused each time', () => {
  const cache = new FlowCache();
  for (let n = 0; n < 2; n++) expect(() => cache.compile('{', 'a.nbflow')).toThrow(/a\.nbflow/);
});

test.each(['', '-generated-20260512-143021'])('a file called …%s is held against the name of its source', (more) => {
  for (const file of [`a/XYZG3-V0-1${more}.nbflow`, `a/XYZG3-V0-1${more}.nbflow.bak-2026-05-12-pre-run-2`])
    expect(fileFacts(file)).toEqual({ fileName: 'XYZG3-V0-1' });
});
