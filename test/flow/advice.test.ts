import { failureAdvice, failureText, passAdvice, quoted } from '../../src/flow/advice';
import { FAILURES, failureClass, isFailureType } from '../../src/flow/failure-classes';
import type { FailureType } from '../../src/flow/failure-classes';
import { buildProgram } from '../../src/cli/main';
import { emptyOutcome } from '../../src/flow/outcome';

const TYPES = Object.keys(FAILURES) as FailureType[];
const context = { file: 'My Boards/XYZG3-V0-1.nbflow', selector: '--scene 03' };

test.each(TYPES)('%s has a whole sentence with the detail in it, and something to do', (type) => {
  expect(failureText(type, '$& said it.')).toContain('($& said it)');
  expect(failureText(type, '')).not.toMatch(/[{}()]|\s\./);
  const advice = failureAdvice(type, context);
  expect(advice.length).toBeGreaterThan(0);
  expect(advice.join('\n')).not.toMatch(/[{}]/);
});

test('a failure that the world can heal waits at the gate, one that is the node’s own is final', () => {
  expect(TYPES.filter((type) => failureClass(type).handling === 'gate').sort()).toEqual([
    'Backend.Quota',
    'Backend.Unreachable',
    'Disk.Full',
    'Store.Unavailable',
  ]);
  expect(failureClass('Generation.Policy')).toMatchObject({ handling: 'final', wikiType: 'content_policy' });
});

test('a type that is not in the table keeps its own words', () => {
  expect(isFailureType('toString')).toBe(false);
  expect(failureText('Odd.Thing', 'it broke.')).toBe('it broke (Odd.Thing)');
  expect(failureText('Odd.Thing', '')).toBe('Odd.Thing');
  expect(failureAdvice('Odd.Thing', context)).toEqual(['nbflow run "My Boards/XYZG3-V0-1.nbflow"']);
});

test('commands name the file in quotes where it needs them', () => {
  expect(failureAdvice('File.Invalid', context)).toEqual(['nbflow check "My Boards/XYZG3-V0-1.nbflow"']);
  expect([quoted('C:\\boards\\a.nbflow'), quoted('a&b.nbflow')]).toEqual(['C:\\boards\\a.nbflow', '"a&b.nbflow"']);
});

test('every command that is advised exists', () => {
  const known = new Set(buildProgram().commands.map((command) => command.name()));
  const advised = TYPES.flatMap((type) => failureAdvice(type, context)).join('\n');
  const names = [...advised.matchAll(/nbflow ([a-z]+)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !known.has(name as string))).toEqual([]);
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
    expect(passAdvice('done-with-failures', failed, base)).toEqual([
      'nbflow run a.nbflow  (pays only for what is missing)',
    ]);
  });

  test('that the budget stopped says what is left to pay, or how to find out', () => {
    const stopped = [emptyOutcome('0:1', 'failed', { errorType: 'Budget.Exceeded' })];
    expect(passAdvice('over-budget', stopped, { ...base, left: 12.5 })).toEqual([
      '12.5 units are left to pay: nbflow run a.nbflow --budget 12.5  (what is made is kept; failures cost extra)',
    ]);
    expect(passAdvice('over-budget', stopped, base).join()).toMatch(/nbflow plan a\.nbflow.*--budget N/);
  });

  test.each(['cancelled', 'needs-person'] as const)('that is %s says how to go on', (state) => {
    expect(passAdvice(state, [], base).join()).toContain('a.nbflow');
  });
});
