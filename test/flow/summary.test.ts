import { generationWords, nodeWords, planWords, stateWords } from '../../src/flow/summary';
import { nodeLabel, sceneLabel, selectorFor } from '../../src/flow/labels';
import { generator } from '../helpers/flows';

const NONE = { reused: 0, done: 0, failed: 0, skipped: 0, cancelled: 0, undecided: 0 };

test('nodes are counted by how they ended, what did not happen left out', () => {
  expect(nodeWords({ ...NONE, reused: 5, done: 2, failed: 1 })).toBe('8 nodes: 5 reused, 2 done, 1 failed');
  expect(nodeWords({ ...NONE, done: 1 })).toBe('1 node: 1 done');
  expect(nodeWords(NONE)).toBe('no nodes');
});

test('generations say what was paid and what was possibly lost', () => {
  expect(generationWords({ paid: 1, adopted: 0, lost: 0, reused: 0 })).toBe('1 generation paid');
  expect(generationWords({ paid: 12, adopted: 1, lost: 2, reused: 20 })).toBe(
    '12 generations paid (1 of them adopted), 2 possibly lost, 20 reused',
  );
});

test('a plan says first what will be paid', () => {
  const totals = { generate: 0, reuse: 0, resume: 0, finish: 0, blocked: 0 };
  expect(planWords({ totals })).toBe('nothing to generate');
  expect(planWords({ totals: { generate: 12, resume: 4, finish: 1, blocked: 2, reuse: 20 } })).toBe(
    '12 to generate, 4 to resume, 1 to finish, 2 blocked, 20 reused',
  );
});

test('states are words', () => {
  expect([stateWords('done'), stateWords('needs-person')]).toEqual(['done', 'needs a person']);
});

test('a node is called by its scene, else by its title', () => {
  const plain = generator({ scene: null, title: 'Desk', id: 17 });
  expect([sceneLabel(generator({ scene: '03' })), sceneLabel(plain)]).toEqual(['Scene 03', '"Desk"']);
  expect([selectorFor(generator({ scene: '03' })), selectorFor(plain)]).toEqual(['--scene 03', '--node 17']);
  expect(nodeLabel(generator({ scene: '03', title: ' ' }))).toBe('Scene 03 — image gen');
  expect(nodeLabel(plain, true)).toBe('Desk (Account A)');
  expect(sceneLabel({ scene: null, title: '', kind: 'video' })).toBe('an untitled video node');
});
