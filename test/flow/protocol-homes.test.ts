import type { ListedTask, Lookup } from '../../src/flow/protocol';
import { decideFate, UNCLEAR_LOOKS } from '../../src/flow/protocol';

const INTENT = 1_800_000_000_000;
const listed = (taskId: string, overrides: Partial<ListedTask> = {}): ListedTask => ({
  taskId,
  type: 'image',
  prompt: 'ours',
  createdAt: INTENT / 1000 + 1,
  ...overrides,
});
const seen = { newest: 'theirs', same: [], uptime: 3000 };
/** One lost answer, looked up at another address than the one that was paid, which is silent. */
const away = (overrides: Partial<Lookup>): Lookup => ({
  kind: 'image',
  fits: (prompt) => prompt === 'ours',
  intentAt: INTENT,
  unknown: 1,
  seen,
  listing: [],
  uptime: 3600,
  skewMs: 0,
  now: INTENT + 60_000,
  looks: UNCLEAR_LOOKS,
  isHome: false,
  claimed: new Set(),
  owned: [],
  ...overrides,
});

test('a list that goes on where the old one ended is that of the same G-Labs', () => {
  expect(decideFate(away({ listing: [listed('theirs', { prompt: 'x', createdAt: INTENT / 1000 - 9 })] }))).toEqual({
    kind: 'adopt',
    taskIds: [],
    rest: 'withdrawn',
  });
});

test('one that started since may be the same, and forgot: lost; one that ran before is another: a person decides', () => {
  expect(decideFate(away({ uptime: 30 }))).toMatchObject({ kind: 'adopt', rest: 'lost' });
  expect(decideFate(away({ uptime: 3600 }))).toMatchObject({ kind: 'undecided' });
  expect(decideFate(away({ uptime: null }))).toMatchObject({ kind: 'undecided' });
});

test('its old tasks of the same words are not ours, though our list never showed them', () => {
  const old = listed('older', { createdAt: INTENT / 1000 - 60 });
  expect(decideFate(away({ listing: [old], uptime: 3600 }))).toMatchObject({ kind: 'undecided' });
  expect(decideFate(away({ isHome: true, listing: [old] }))).toMatchObject({ kind: 'adopt', taskIds: ['older'] });
});
