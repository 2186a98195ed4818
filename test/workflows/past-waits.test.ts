import { PastWaits } from '../../src/workflows/past-waits';

const at = (...gates: ('backend' | 'disk' | 'pause')[]): { gate: 'backend' | 'disk' | 'pause' }[] =>
  gates.map((gate) => ({ gate }));

test('the time at each gate is added up, also over gates that overlap', () => {
  const past = new PastWaits();
  past.see(at('backend'), 1_000);
  past.see(at('backend', 'disk'), 2_000);
  past.see(at('disk'), 5_000);
  past.see(at(), 6_000);
  past.see(at('backend'), 10_000);
  past.see(at(), 11_000);
  expect(past.told(99_000)).toEqual({ waitedMs: { backend: 5_000, disk: 4_000 }, moves: 0 });
});

test('what is not over counts up to now, and goes on in a fresh run', () => {
  const past = new PastWaits();
  past.moved();
  past.see(at('pause'), 1_000);
  const carried = new PastWaits(past.told(3_000));
  carried.see(at('pause'), 3_000);
  carried.see(at(), 4_000);
  expect(carried.told(9_000)).toEqual({ waitedMs: { pause: 3_000 }, moves: 1 });
});
