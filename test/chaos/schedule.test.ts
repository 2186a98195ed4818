import { blowWords, GENERATIONS, isKill, KILL_POINTS, planRun } from '../../chaos/real/schedule';

const plans = Array.from({ length: 300 }, (_, run) => planRun(7, run));
const blows = plans.flatMap(({ strikes }) => strikes.map(({ blow }) => blow));

test('the same seed and number give the same plan, others give others', () => {
  expect(planRun(3, 5)).toEqual(planRun(3, 5));
  expect(planRun(3, 5)).not.toEqual(planRun(3, 6));
  expect(planRun(3, 5).strikes).not.toEqual(planRun(4, 5).strikes);
});

test('every kind of blow and every named step is drawn', () => {
  const kinds = new Set(blows.map(({ kind }) => kind));
  expect([...kinds].filter(isKill).sort()).toEqual([
    'kill-at',
    'kill-backend',
    'kill-cli',
    'kill-everything',
    'kill-in-answer',
    'kill-store',
    'kill-temporal',
    'kill-worker',
    'stop-worker',
  ]);
  const points = new Set(blows.flatMap((blow) => (blow.kind === 'kill-at' ? [blow.point] : [])));
  expect(points).toEqual(new Set(KILL_POINTS));
});

test('blows fall in the order of the bill, while there is something left to pay', () => {
  for (const { strikes } of plans) {
    const moments = strikes.map(({ paid }) => paid);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(moments.every((paid) => paid > 0 && paid < GENERATIONS)).toBe(true);
  }
});

test('no backend forgets a candidate so often that a person must decide', () => {
  for (const { strikes } of plans)
    expect(strikes.filter(({ blow }) => blow.kind === 'kill-backend' && blow.forgets).length).toBeLessThanOrEqual(2);
});

test('a line says what fell', () => {
  expect(blowWords({ kind: 'kill-at', point: 'uploaded' })).toBe('kill-at uploaded');
  expect(blowWords({ kind: 'tunnel', forMs: 900 })).toBe('tunnel 900 ms');
});
