import type { HistoryEntry } from '../../src/flow/history';
import { unrecordedPasses } from '../../src/flow/history';
import { entry, generator, receiptOf } from '../helpers/flows';

const SCENE = generator();
const recorded = { schema: 1, id: 'x', at: '', version: 'V0-1', kind: 'pass', text: '' } as const;
const receipts = [
  receiptOf(SCENE, [
    entry(SCENE, { pass: 'old', intentAt: '2026-05-12T10:00:05.000Z' }),
    entry(SCENE, { candidate: 2, pass: 'old', intentAt: '2026-05-12T10:00:00.000Z', state: 'submitted' }),
    entry(SCENE, { candidate: 3, pass: 'new' }),
    entry(SCENE, { candidate: 4, pass: 'found', origin: 'found', taskId: null }),
  ]),
];

test('a pass that only receipts know is told with what it brought home, since its first request', () => {
  const pass = { id: 'new' } as HistoryEntry['pass'];
  expect(unrecordedPasses(receipts, { version: 'V0-1', entries: [{ ...recorded, pass }] })).toEqual([
    {
      schema: 1,
      id: 'old',
      at: '2026-05-12T10:00:00.000Z',
      version: 'V0-1',
      kind: 'pass',
      text: 'V0-1: 1 of 2 generations came home; the pass has no end on record yet',
    },
  ]);
});

test('without a history all passes are such ones, but not what was found in the file', () => {
  const found = unrecordedPasses(receipts, { version: 'V0-1', entries: [] });
  expect(found.map(({ id }) => id)).toEqual(['old', 'new']);
});
