import type { Generation } from '../../src/flow/receipt';
import { storyOf } from '../../src/flow/story';
import { wipeReceipt } from '../../src/flow/wipe';
import { entry, generator, receiptOf } from '../helpers/flows';

const AT = '2026-05-13T09:00:00.000Z';
const node = generator({ outputCount: 2 });
const made = (overrides: Partial<Generation> = {}): Generation =>
  entry(node, { candidate: 1, state: 'cached', ...overrides });
const reasons = (...entries: readonly Generation[]): readonly string[] =>
  storyOf(receiptOf(node, entries)).at(-1)?.because ?? [];
const reference = (url: string, sha256: string) => ({ references: [{ url, sha256 }], fingerprint: url + sha256 });

test('each generation tells what was different before it', () => {
  expect(reasons(made())).toEqual([]);
  expect(reasons(made(), made())).toEqual(['made afresh from the same inputs']);
  expect(reasons(made(), made({ fingerprint: 'f1:2', promptPrefix: 'another' }))).toEqual(['the prompt was edited']);
  expect(reasons(made(reference('a', '1')), made(reference('b', '1')))).toEqual(['a reference was changed']);
  expect(reasons(made(reference('a', '1')), made(reference('a', '2')))).toEqual(["a reference's content was changed"]);
  expect(reasons(made({ state: 'lost' }), made())).toEqual(['G-Labs had lost the one before']);
  const error = { type: 'Generation.Failed', code: 400, message: 'NO' };
  expect(reasons(made({ state: 'failed', error }), made())).toEqual(['the one before failed: NO']);
});

test('every state has its words, and only what counts today is marked', () => {
  const states = [
    'cached',
    'stored',
    'generated',
    'submitted',
    'failed',
    'lost',
    'skipped',
    'withdrawn',
    'unknown',
  ] as const;
  const told = states.map((state) => storyOf(receiptOf(node, [made({ state })]))[0]?.outcome);
  expect(new Set(told).size).toBe(states.length);
  const wiped = storyOf(wipeReceipt(receiptOf(node, [made()]), AT))[0];
  expect(wiped).toMatchObject({ counts: false, outcome: 'made; put aside by a wipe or a rerun' });
});

test('candidates stand together, each in its order', () => {
  const receipt = receiptOf(node, [made(), made({ candidate: 2 }), made({ state: 'submitted' })]);
  expect(storyOf(receipt).map(({ candidate, number }) => [candidate, number])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
  ]);
});
