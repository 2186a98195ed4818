import type { Interruption } from '../../src/flow/interruption';
import { workerEnds } from '../../src/flow/interruption';

const second = (n: number): string => new Date(Date.UTC(2026, 4, 12, 14, 30, n)).toISOString();

function one(overrides: Partial<Interruption> = {}): Interruption {
  const base = { pass: 'pass-1', worker: 'a', how: 'killed', step: 'node', node: 'Scene 06' } as const;
  return { ...base, since: second(10), resumed: second(14), ...overrides };
}

test('attempts that ended with one worker are one end: from its last sign of life to the first that went on', () => {
  const found = [
    one({ since: second(9), resumed: second(15) }),
    one({ node: 'Scene 02' }),
    one({ since: second(8), resumed: second(20) }),
  ];
  expect(workerEnds(found)).toEqual([{ how: 'killed', places: ['Scene 02', 'Scene 06'], gapMs: 4_000 }]);
});

test('several workers are told in the order in which they ended, each with how', () => {
  const found = [
    one({ worker: 'b', how: 'stopped', since: second(30), resumed: second(31) }),
    one({ worker: 'c', how: 'silent', since: second(40), resumed: second(51) }),
    one(),
  ];
  expect(workerEnds(found).map(({ how, gapMs }) => [how, gapMs])).toEqual([
    ['killed', 4_000],
    ['stopped', 1_000],
    ['silent', 11_000],
  ]);
});

test('one attempt that could still say that it stopped does not hide that the worker was killed', () => {
  expect(workerEnds([one({ how: 'stopped' }), one({ node: 'Scene 07' })])).toMatchObject([{ how: 'killed' }]);
});

test('the steps of the pass itself have words; a clock that was set back gives no negative time', () => {
  const found = [one({ step: 'open', node: null }), one({ step: 'export', node: null, resumed: second(1) })];
  expect(workerEnds(found)).toEqual([
    { how: 'killed', places: ['the opening of the file', 'the writing of the output'], gapMs: 0 },
  ]);
});

test('no interruption, no end', () => {
  expect(workerEnds([])).toEqual([]);
});
