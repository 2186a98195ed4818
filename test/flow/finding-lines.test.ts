import { mendingSteps } from '../../src/flow/finding-lines';
import type { Finding, Severity } from '../../src/flow/types';

const finding = (severity: Severity, fix: string | null): Finding => {
  return { rule: 'R1', severity, tab: 0, account: 'A', node: 1, title: 'Scene 01', message: 'is wrong', fix };
};
const FIX = 'Mend what has one right answer: nbflow check a --fix';

test.each([
  ['nothing', [], []],
  ['what stops no run and needs a person', [finding('warning', null)], []],
  ['what can be mended, be it a warning', [finding('warning', 'sets it')], [FIX]],
  ['what a person must correct', [finding('error', null)], ['Correct it in PatchWork, then: nbflow check a']],
  [
    'both',
    [finding('error', null), finding('error', 'sets it')],
    [FIX, 'Correct the rest in PatchWork, then: nbflow check a'],
  ],
])('what to type about %s', (_, findings, steps) => {
  expect(mendingSteps(findings, 'a')).toEqual(steps);
});

test('the file is quoted when it must be, and looked at in the same way again', () => {
  expect(mendingSteps([finding('error', null)], 'my file', ' --deep')).toEqual([
    'Correct it in PatchWork, then: nbflow check "my file" --deep',
  ]);
});
