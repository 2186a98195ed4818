import { countDeaths, HEALTHY_AFTER_MS, restartDelay } from '../../src/services/backoff';

describe('restarts', () => {
  test('the first death is answered at once, later ones ever more slowly, up to ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 50].map(restartDelay)).toEqual([
      0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });

  test('a long life clears the count', () => {
    expect(countDeaths(4, HEALTHY_AFTER_MS - 1)).toBe(5);
    expect(countDeaths(4, HEALTHY_AFTER_MS)).toBe(1);
  });
});
