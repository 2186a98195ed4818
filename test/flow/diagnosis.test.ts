import type { DiagnosedNode, Facts } from '../../src/flow/diagnosis';
import { diagnose } from '../../src/flow/diagnosis';
import type { GivingUp } from '../../src/flow/giving-up';
import { NEEDS_PERSON } from '../../src/flow/outcome';
import type { Action, Plan } from '../../src/flow/plan-types';

const node = (overrides: Partial<DiagnosedNode> = {}): DiagnosedNode => ({
  key: '0:1',
  account: 'A',
  scene: '01',
  title: 'Scene 01 — image gen',
  kind: 'image',
  wanted: 4,
  onDisk: 0,
  onStore: 0,
  onRecord: 0,
  inFile: 0,
  out: 0,
  ...overrides,
});
const plan = (counts: Partial<Plan['totals']>, reason = ''): Plan => {
  const totals = { generate: 0, reuse: 0, resume: 0, finish: 0, blocked: 0, ...counts };
  const action = (Object.keys(counts)[0] ?? 'reuse') as Action;
  const rows = [{ candidates: [{ candidate: 1, action, reason }] }];
  return { nodes: [{ rows }], totals, price: totals.generate, saved: 0 } as unknown as Plan;
};
const facts = (overrides: Partial<Facts>): Facts => ({
  name: 'ABC1-V0-1',
  damaged: null,
  errors: 0,
  output: 'none',
  running: null,
  backendAnswers: true,
  plan: plan({ reuse: 4 }),
  deadLinks: 0,
  givingUp: null,
  nodes: [node({ onRecord: 4, inFile: 4 })],
  ...overrides,
});

test.each<[string, Partial<Facts>, string, number, RegExp]>([
  ['a file that can not be read', { damaged: 'not JSON' }, 'damaged', 8, /nbflow restore ABC1-V0-1/],
  ['a pass that runs', { running: 'running' }, 'running', 0, /nbflow watch/],
  ['errors of the check', { errors: 2 }, 'refused', 3, /nbflow check/],
  ['a lost generation', { plan: plan({ blocked: 1 }, `lost; ${NEEDS_PERSON}`) }, 'needs-person', 6, /nbflow decide/],
  ['everything made, output whole', { output: 'complete' }, 'complete', 0, /^$/],
  ['everything made, no output', {}, 'to-finish', 1, /nbflow export .*pays nothing/],
  ['everything made, output torn', { output: 'damaged' }, 'to-finish', 1, /nbflow export/],
  ['paid for, not at home', { plan: plan({ resume: 4 }) }, 'to-finish', 1, /nbflow run .*pays nothing/],
  ['half of it', { plan: plan({ generate: 4 }) }, 'unfinished', 1, /pays 4 units for the rest, nothing twice/],
  ['nothing yet', { plan: plan({ generate: 4 }), nodes: [node()] }, 'untouched', 1, /nbflow run/],
  ['nothing to make', { plan: null, nodes: [] }, 'untouched', 0, /^$/],
])('%s', (_, given, condition, exitCode, next) => {
  const found = diagnose(facts(given));
  expect(found).toMatchObject({ condition, exitCode });
  expect(found.next.join('\n')).toMatch(next);
  expect(found.verdict).toMatch(/^[A-Z0-9].*\.$/);
});

test('after two passes that failed, looking comes before paying', () => {
  const givingUp = { next: ['nbflow check ABC1-V0-1'] } as unknown as GivingUp;
  for (const nodes of [[node()], [node({ onRecord: 2 })]]) {
    const { next } = diagnose(facts({ plan: plan({ generate: 4 }), nodes, givingUp }));
    expect(next).toEqual(['nbflow check ABC1-V0-1', expect.stringMatching(/^nbflow run/)]);
  }
});

test('a backend that does not answer is started first, where it is needed', () => {
  const away = { backendAnswers: false } as const;
  expect(diagnose(facts({ ...away, plan: plan({ generate: 4 }) })).next[0]).toMatch(/^Start G-Labs/);
  expect(diagnose(facts(away)).next.join()).not.toMatch(/Start G-Labs/);
});

test('links that answered 404 are told with what is missing, and only then', () => {
  const half = { plan: plan({ generate: 2, reuse: 2 }) };
  expect(diagnose(facts({ ...half, deadLinks: 2 })).verdict).toBe(
    '2 of 4 candidates are made and 2 are missing; 2 links answered 404.',
  );
  expect(diagnose(facts(half)).verdict).toBe('2 of 4 candidates are made and 2 are missing.');
});
