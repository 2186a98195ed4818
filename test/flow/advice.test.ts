import { failureAdvice, failureClass, failureText, isFailureType, passAdvice, quoted } from '../../src/flow/advice';
import type { FailureType } from '../../src/flow/advice';
import { emptyOutcome } from '../../src/flow/outcome';

const TYPES: readonly FailureType[] = [
  'Backend.Unreachable',
  'Backend.Busy',
  'Backend.Quota',
  'Backend.Auth',
  'Generation.Policy',
  'Generation.Failed',
  'Generation.Timeout',
  'Generation.Lost',
  'Store.Unavailable',
  'Store.Rejected',
  'File.Changed',
  'File.Invalid',
  'Disk.Full',
];
const context = { file: 'My Boards/XYZG3-V0-1.nbflow', selector: '--scene 03' };

test.each(TYPES)('%s has a whole sentence with the detail in it, and something to do', (type) => {
  expect(failureText(type, '$& said it.')).toContain('($& said it)');
  expect(failureText(type, '')).not.toMatch(/[{}()]|\s\./);
  const advice = failureAdvice(type, context);
  expect(advice.length).toBeGreaterThan(0);
  expect(advice.join('\n')).not.toMatch(/[{}]/);
});

test('a failure that the world can heal waits at the gate, one that is the node’s own is final', () => {
  expect(TYPES.filter((type) => failureClass(type).handling === 'gate')).toEqual([
    'Backend.Unreachable',
    'Backend.Quota',
    'Store.Unavailable',
    'Disk.Full',
  ]);
  expect(failureClass('Generation.Policy')).toMatchObject({ handling: 'final', wikiType: 'content_policy' });
});

test('a type that is not in the table keeps its own words', () => {
  expect(isFailureType('toString')).toBe(false);
  expect(failureText('Odd.Thing', 'it broke.')).toBe('it broke (Odd.Thing)');
  expect(failureText('Odd.Thing', '')).toBe('Odd.Thing');
  expect(failureAdvice('Odd.Thing', context)).toContain('nbflow diagnose "My Boards/XYZG3-V0-1.nbflow"');
});

test('commands name the file in quotes where it needs them, and the node where one is meant', () => {
  expect(failureAdvice('Generation.Policy', context)[0]).toBe(
    'Another try often passes: nbflow rerun "My Boards/XYZG3-V0-1.nbflow" --scene 03',
  );
  expect(failureAdvice('Generation.Failed', { file: 'a.nbflow' })).toEqual([
    'nbflow run a.nbflow',
    'nbflow why a.nbflow',
  ]);
  expect([quoted('C:\\boards\\a.nbflow'), quoted('a&b.nbflow')]).toEqual(['C:\\boards\\a.nbflow', '"a&b.nbflow"']);
});

describe('the end of a pass', () => {
  const base = { file: 'a.nbflow', mode: 'full' as const };

  test('that is done leaves nothing to do, but the clips after pictures alone', () => {
    expect(passAdvice('done', [emptyOutcome('0:1', 'done')], base)).toEqual([]);
    expect(passAdvice('done', [emptyOutcome('0:1', 'done')], { ...base, mode: 'images' })).toEqual([
      'Look at the pictures and pick, then make the clips: nbflow run a.nbflow',
    ]);
  });

  test('with failures gives each piece of advice once', () => {
    const failed = ['0:1', '0:2'].map((key) => emptyOutcome(key, 'failed', { errorType: 'Generation.Failed' }));
    expect(passAdvice('done-with-failures', failed, base)).toEqual(['nbflow run a.nbflow', 'nbflow why a.nbflow']);
  });

  test.each(['cancelled', 'needs-person'] as const)('that is %s says how to go on', (state) => {
    expect(passAdvice(state, [], base).join()).toContain('a.nbflow');
  });
});
