import { gateWait, waitingSince } from '../../src/flow/gates';

const SINCE = Date.UTC(2026, 10, 24, 14, 3, 11);
const clock = (iso: string): string => iso.slice(11, 19);

test('what a pass waits for reads as one sentence and ends with what to do', () => {
  expect(waitingSince(gateWait('disk', SINCE, 'No space left to write a result (ENOSPC).', null), clock)).toBe(
    'waiting for space on the disk since 14:03:11: No space left to write a result (ENOSPC) (checked every 5 s). ' +
      'Free some space; nothing is paid for meanwhile',
  );
});

test('quota that has a time says it, and is not said to be looked for', () => {
  const wait = gateWait('quota', SINCE, "The day's quota is used up", SINCE + 3_600_000);
  expect(wait.detail).toBe("The day's quota is used up (until 2026-11-24 15:03 UTC)");
});
