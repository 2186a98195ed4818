import fc from 'fast-check';
import type { ListedTask, Lookup, SubmitEnd } from '../../src/flow/protocol';
import {
  classifySubmit,
  CLOCK_SLACK_MS,
  decideFate,
  LISTING_SIZE,
  SETTLE_LOOKS,
  UNCLEAR_LOOKS,
} from '../../src/flow/protocol';

const answered = (status: number): SubmitEnd => ({ kind: 'answered', status, text: 'said so' });

describe('the end of a submit', () => {
  test('an id means accepted', () => {
    expect(classifySubmit({ kind: 'accepted', taskId: 'a1' })).toEqual({ kind: 'accepted', taskId: 'a1' });
  });

  test.each([400, 401, 403, 404, 405, 411, 413, 429, 521, 523, 530])(
    'HTTP %i proves that nothing was taken',
    (status) => {
      expect(classifySubmit(answered(status))).toMatchObject({ kind: 'withdrawn' });
    },
  );

  test.each([408, 409, 500, 502, 503, 504, 520, 522, 524, 525])('HTTP %i may hide an accepted task', (status) => {
    expect(classifySubmit(answered(status))).toMatchObject({ kind: 'unknown' });
  });

  test('before a connection nothing left, after it everything may have', () => {
    const end = { kind: 'transport', errno: 'ECONNRESET', text: 'cut' } as const;
    expect(classifySubmit({ ...end, phase: 'before-sent' }).kind).toBe('withdrawn');
    expect(classifySubmit({ ...end, phase: 'maybe-sent' }).kind).toBe('unknown');
  });

  test('an answer without a readable id may have been paid for', () => {
    expect(classifySubmit({ kind: 'unreadable', status: 202, text: '{' }).kind).toBe('unknown');
  });

  test('a status never heard of counts as perhaps paid', () => {
    const listed = [400, 401, 403, 404, 405, 411, 413, 429, 521, 523, 530];
    const other = fc.integer({ min: 300, max: 999 }).filter((status) => !listed.includes(status));
    fc.assert(fc.property(other, (status) => classifySubmit(answered(status)).kind === 'unknown'));
  });
});

const INTENT = 1_800_000_000_000;
const listed = (taskId: string, overrides: Partial<ListedTask> = {}): ListedTask => ({
  taskId,
  type: 'image',
  prompt: 'ours',
  createdAt: INTENT / 1000 + 1,
  ...overrides,
});
const lookup = (overrides: Partial<Lookup> = {}): Lookup => ({
  kind: 'image',
  fits: (prompt) => prompt === 'ours',
  intentAt: INTENT,
  unknown: 1,
  seen: null,
  listing: [],
  uptime: 3600,
  skewMs: 0,
  now: INTENT + 60_000,
  looks: UNCLEAR_LOOKS,
  claimed: new Set(),
  owned: [],
  ...overrides,
});
const full = (createdAt: number): ListedTask[] =>
  Array.from({ length: LISTING_SIZE }, (_, i) => listed(`other${i}`, { prompt: 'theirs', createdAt }));

describe('the fate of lost answers', () => {
  test('a task that fits is adopted', () => {
    expect(decideFate(lookup({ listing: [listed('a')] }))).toEqual({
      kind: 'adopt',
      taskIds: ['a'],
      rest: 'withdrawn',
    });
  });

  test.each([
    ['of another type', listed('a', { type: 'video' })],
    ['with other words', listed('a', { prompt: 'theirs' })],
    ['older than the intent', listed('a', { createdAt: INTENT / 1000 - 60 })],
  ])('a task %s is not ours', (_, task) => {
    expect(decideFate(lookup({ listing: [task] }))).toEqual({ kind: 'adopt', taskIds: [], rest: 'withdrawn' });
  });

  test('a task that a receipt owns is not taken from it, and one listed twice counts once', () => {
    expect(decideFate(lookup({ listing: [listed('a')], claimed: new Set(['a']) }))).toMatchObject({ taskIds: [] });
    expect(decideFate(lookup({ listing: [listed('a'), listed('a')] }))).toMatchObject({
      kind: 'adopt',
      taskIds: ['a'],
    });
  });

  test('more fitting tasks than lost answers are for a person', () => {
    expect(decideFate(lookup({ listing: [listed('a'), listed('b')] }))).toMatchObject({ kind: 'undecided' });
  });

  test('a request may still be on its way, or lie unread at a backend that only just answers again', () => {
    const early = { looks: SETTLE_LOOKS - 1 };
    expect(decideFate(lookup(early))).toEqual({ kind: 'wait', taskIds: [] });
    expect(decideFate(lookup({ ...early, listing: [listed('a')] })).kind).toBe('adopt');
    expect(decideFate(lookup({ looks: SETTLE_LOOKS }))).toMatchObject({ rest: 'withdrawn' });
  });

  test('what is found is taken at once, while the rest is still looked for', () => {
    const early = { looks: 1, unknown: 2, listing: [listed('a')] };
    expect(decideFate(lookup(early))).toEqual({ kind: 'wait', taskIds: ['a'] });
  });

  test('a backend that started after the intent, or does not say when, proves nothing', () => {
    for (const uptime of [10, null]) expect(decideFate(lookup({ uptime }))).toMatchObject({ rest: 'lost' });
  });

  test('a backend that started within a second of the intent is asked again for a while', () => {
    // Cut to whole seconds, an uptime of 3 at 3.4 s after the intent may have begun 0.4 s after it, or 0.6 s before.
    const settled = { looks: SETTLE_LOOKS };
    expect(decideFate(lookup({ ...settled, uptime: 3, now: INTENT + 3_400 }))).toEqual({ kind: 'wait', taskIds: [] });
    expect(decideFate(lookup({ ...settled, uptime: 4, now: INTENT + 3_900 }))).toMatchObject({ rest: 'withdrawn' });
    expect(decideFate(lookup({ ...settled, uptime: 2, now: INTENT + 3_400 }))).toMatchObject({ rest: 'lost' });
    expect(decideFate(lookup({ uptime: 6, now: INTENT + 6_400 }))).toMatchObject({ rest: 'lost' });
  });

  test('a full list proves absence only when it reaches back before the intent', () => {
    expect(decideFate(lookup({ listing: full(INTENT / 1000 + 5) }))).toMatchObject({ rest: 'lost' });
    expect(decideFate(lookup({ listing: full(INTENT / 1000 - 60) }))).toMatchObject({ rest: 'withdrawn' });
  });

  test('clocks apart are set right by their measured offset', () => {
    const skewMs = -3_600_000;
    const task = listed('a', { createdAt: (INTENT + 1000 + skewMs) / 1000 });
    expect(decideFate(lookup({ skewMs, listing: [task] }))).toMatchObject({ taskIds: ['a'] });
  });
});

describe('with the list of right before the submit', () => {
  const seen = { newest: 'n', same: ['s'], uptime: 100 };
  const newest = listed('n', { prompt: 'theirs', createdAt: INTENT / 1000 - 50 });

  test('a task that was there before is not ours, whatever its clock says', () => {
    expect(decideFate(lookup({ seen, listing: [listed('s'), newest] }))).toMatchObject({ taskIds: [] });
  });

  test('a task of another receipt is not ours, even when the list forgot to show it before and a clock was set since', () => {
    const mine = { taskId: 'a', intentAt: new Date(INTENT - 1_000).toISOString(), submittedAt: null, skewMs: 0 };
    const theirs = listed('a', { createdAt: (INTENT - 950) / 1000 });
    for (const skewMs of [0, 3_600_000, -3_600_000]) {
      expect(decideFate(lookup({ seen, owned: [mine], skewMs, listing: [theirs, newest] }))).toMatchObject({
        taskIds: [],
      });
    }
  });

  test('an id that comes again is ours when its task was made after the other one', () => {
    const longAgo = new Date(INTENT - 3_600_000).toISOString();
    const owned = [{ taskId: 'a', intentAt: longAgo, submittedAt: longAgo, skewMs: 0 }];
    expect(decideFate(lookup({ seen, owned, listing: [listed('a'), newest] }))).toMatchObject({ taskIds: ['a'] });
    expect(decideFate(lookup({ seen: null, owned, listing: [listed('a')] }))).toMatchObject({ taskIds: [] });
  });

  test('a clock that was set back or forth in between hides nothing', () => {
    const old = listed('a', { createdAt: INTENT / 1000 - 3_600 });
    expect(decideFate(lookup({ seen, listing: [old, newest], skewMs: 3_600_000 }))).toMatchObject({ taskIds: ['a'] });
  });

  test('while its newest task is listed, absence is proven without any clock', () => {
    const late = { seen, uptime: null };
    expect(decideFate(lookup({ ...late, listing: [newest] }))).toMatchObject({ rest: 'withdrawn' });
    expect(decideFate(lookup({ ...late, listing: [...full(INTENT / 1000 + 5).slice(1), newest] }))).toMatchObject({
      rest: 'withdrawn',
    });
  });

  test('an uptime shorter than before is a restart', () => {
    expect(decideFate(lookup({ seen, uptime: 99, now: INTENT + 50_000 }))).toMatchObject({ rest: 'lost' });
  });

  test('a list that lost a task it knew, without a restart, is asked again and believed only so far', () => {
    expect(decideFate(lookup({ seen, looks: UNCLEAR_LOOKS - 1 }))).toEqual({ kind: 'wait', taskIds: [] });
    expect(decideFate(lookup({ seen, looks: UNCLEAR_LOOKS }))).toMatchObject({ rest: 'lost' });
  });

  test('a full list without it may have pushed ours out', () => {
    expect(decideFate(lookup({ seen, listing: full(INTENT / 1000 - 60) }))).toMatchObject({ rest: 'lost' });
  });

  test('a list that was empty before proves absence as long as it is not full', () => {
    const empty = { newest: null, same: [], uptime: 100 };
    expect(decideFate(lookup({ seen: empty }))).toMatchObject({ rest: 'withdrawn' });
    expect(decideFate(lookup({ seen: empty, listing: full(INTENT / 1000 + 1) }))).toMatchObject({ rest: 'lost' });
  });
});

const tasks = fc.array(
  fc.record({
    taskId: fc.constantFrom(...'abcdefgh'),
    type: fc.constantFrom('image', 'video'),
    prompt: fc.constantFrom('ours', 'theirs'),
    createdAt: fc.integer({ min: INTENT / 1000 - 20, max: INTENT / 1000 + 20 }),
  }),
  { maxLength: 12 },
);
const lookups = fc
  .record({
    listing: tasks,
    unknown: fc.integer({ min: 1, max: 4 }),
    uptime: fc.option(fc.integer({ min: 0, max: 200 })),
    skewMs: fc.integer({ min: -5000, max: 5000 }),
    now: fc.integer({ min: INTENT, max: INTENT + 120_000 }),
    claimed: fc.subarray([...'abcdefgh']).map((ids) => new Set(ids)),
  })
  .map((facts) => lookup(facts));

describe('whatever the backend lists', () => {
  test('nothing is adopted that a receipt owns, is of another kind, has other words or is older than the intent', () => {
    fc.assert(
      fc.property(lookups, (facts) => {
        const fate = decideFate(facts);
        if (fate.kind !== 'adopt') return;
        expect(new Set(fate.taskIds).size).toBe(fate.taskIds.length);
        expect(fate.taskIds.length).toBeLessThanOrEqual(facts.unknown);
        for (const id of fate.taskIds) {
          expect(facts.claimed.has(id)).toBe(false);
          const fits = facts.listing.some(
            ({ taskId, type, prompt, createdAt }) =>
              taskId === id &&
              type === 'image' &&
              prompt === 'ours' &&
              createdAt * 1000 - facts.skewMs >= INTENT - CLOCK_SLACK_MS,
          );
          expect(fits).toBe(true);
        }
      }),
    );
  });

  test('"nothing was paid" is never said by a backend that started after the intent', () => {
    fc.assert(
      fc.property(lookups, (facts) => {
        const fate = decideFate(facts);
        const started = facts.uptime === null ? Infinity : facts.now - facts.uptime * 1000;
        if (fate.kind === 'adopt' && fate.taskIds.length < facts.unknown && started > INTENT)
          expect(fate.rest).toBe('lost');
      }),
    );
  });
});
