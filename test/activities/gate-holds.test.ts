/** One node tells its pass that the outside is away; the others are tried again meanwhile, and nobody is held for good. */
import { GateHolds } from '../../src/activities/gate-holds';

let now = 0;
let holds: GateHolds;
beforeEach(() => {
  now = 1_000;
  holds = new GateHolds(() => now);
});

test('the first node tells, another does not, the first may say it again', () => {
  expect(holds.tells('run', 'backend', 'a')).toBe(true);
  expect(holds.tells('run', 'backend', 'b')).toBe(false);
  expect(holds.tells('run', 'backend', 'a')).toBe(true);
  expect(holds.of('run')).toEqual(['backend']);
});

test('gates and runs do not hold each other', () => {
  holds.tells('run', 'backend', 'a');
  expect(holds.tells('run', 'store', 'b')).toBe(true);
  expect(holds.tells('other', 'backend', 'b')).toBe(true);
  expect(holds.of('run')).toEqual(['backend', 'store']);
});

test('what the prober found well is told anew', () => {
  holds.tells('run', 'backend', 'a');
  holds.open('run', 'backend');
  expect(holds.of('run')).toEqual([]);
  expect(holds.tells('run', 'backend', 'b')).toBe(true);
});

test('a prober at work holds all; when it ended without a word, a node tells again', () => {
  holds.keep('run', 'backend', 8_000);
  now += 7_999;
  expect(holds.tells('run', 'backend', 'a')).toBe(false);
  now += 1;
  expect(holds.of('run')).toEqual([]);
  expect(holds.tells('run', 'backend', 'a')).toBe(true);
});

test('a word that never arrived is said by another after a while', () => {
  holds.tells('run', 'backend', 'a');
  now += 30_000;
  expect(holds.tells('run', 'backend', 'b')).toBe(true);
});
