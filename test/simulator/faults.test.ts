import type { Fault, FaultInput } from '../../src/simulator/faults';
import { actsAtOnce, faultSchema } from '../../src/simulator/faults';

const fault = (input: FaultInput): Fault => faultSchema.parse(input);

describe('a fault', () => {
  test('acts at once only when it is about the server and waits for nobody', () => {
    expect(actsAtOnce(fault({ kind: 'refuse' }))).toBe(true);
    expect(actsAtOnce(fault({ kind: 'refuse', match: { nth: 2 } }))).toBe(false);
    expect(actsAtOnce(fault({ kind: 'drop' }))).toBe(false);
    expect(actsAtOnce(fault({ kind: 'foreign' }))).toBe(false);
    expect(actsAtOnce(fault({ kind: 'foreign', when: 'now', words: 'other' }))).toBe(true);
  });

  test.each([
    { kind: 'explode' },
    { kind: 'status' },
    { kind: 'status', status: 200 },
    { kind: 'drop', count: 0 },
    { kind: 'drop', match: { rout: 'submit' } },
    { kind: 'slow' },
    { kind: 'drop', answer: 'most' },
    { kind: 'foreign', when: 'now' },
    { kind: 'foreign', when: 'now', words: 'other', match: { nth: 2 } },
    { kind: 'bad-bytes', how: 'cut', part: 1 },
  ])('is refused when it is malformed: %j', (input) => {
    expect(faultSchema.safeParse(input).success).toBe(false);
  });
});
