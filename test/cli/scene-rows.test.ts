import { nodeWord } from '../../src/cli/node-word';
import { sceneRows } from '../../src/cli/scene-rows';
import type { NodeProgress, ProgressNode } from '../../src/workflows/messages';

const node = (overrides: Partial<ProgressNode> = {}): ProgressNode => ({
  key: '0:5',
  label: 'Scene 01 — image gen',
  account: 'A',
  scene: '01',
  kind: 'image',
  candidates: 4,
  state: 'waiting',
  reason: null,
  paid: 0,
  ...overrides,
});
const beat = (overrides: Partial<NodeProgress> = {}): NodeProgress => ({
  key: '0:5',
  stage: 'generating',
  done: 2,
  candidates: 4,
  paid: 4,
  ...overrides,
});

test.each([
  [node(), undefined, 'waiting'],
  [node({ state: 'running' }), undefined, 'starting'],
  [node({ state: 'running' }), beat(), 'generating 2/4'],
  [node({ state: 'running' }), beat({ stage: 'saving' }), 'saving'],
  [node({ state: 'running' }), beat({ trouble: 'disk full' }), 'trying again: disk full'],
  [node({ state: 'failed', reason: 'no quota' }), undefined, 'failed: no quota'],
  [node({ state: 'undecided', reason: 'who knows' }), undefined, 'needs a decision (type: nbflow decide): who knows'],
])('a node in words', (progress, now, word) => {
  expect(nodeWord(progress, now)).toBe(word);
});

test('picture and clip of a scene share a line; a node without a scene has its own', () => {
  const rows = sceneRows(
    [
      node({ state: 'running' }),
      node({ key: '0:9', kind: 'video' }),
      node({ key: '0:20', scene: null, label: 'Logo', state: 'failed', reason: 'x' }),
    ],
    new Map([['0:5', beat()]]),
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ active: true, failed: false });
  expect(rows[0]?.text).toMatch(/Scene 01 +image generating 2\/4 +video waiting/);
  expect(rows[1]).toMatchObject({ active: false, failed: true });
  expect(rows[1]?.text).toContain('Logo');
});

test('scenes of several accounts are told apart', () => {
  const rows = sceneRows([node(), node({ key: '1:5', account: 'B' })], new Map());
  expect(rows.map(({ text }) => text.trim().split('  ')[0])).toEqual(['A · Scene 01', 'B · Scene 01']);
});
