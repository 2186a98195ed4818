import fc from 'fast-check';
import type { FaultTarget } from '../../src/simulator/fault-book';
import { FaultBook, isAbout, phaseOf } from '../../src/simulator/fault-book';
import type { Fault, FaultInput } from '../../src/simulator/faults';
import { faultSchema } from '../../src/simulator/faults';

const submit: FaultTarget = { route: 'submit', type: 'image', prompt: 'Scene 03, a jar' };
const fault = (input: FaultInput): Fault => faultSchema.parse(input);

describe('a fault', () => {
  test('is about the route, type and words it names, and about everything when it names none', () => {
    const about = (match: FaultInput['match']): boolean => isAbout(fault({ kind: 'drop', match }), submit);
    expect(about(undefined)).toBe(true);
    expect(about({ route: 'submit', type: 'image', promptContains: 'Scene 03' })).toBe(true);
    expect(about({ route: 'status' })).toBe(false);
    expect(about({ type: 'video' })).toBe(false);
    expect(about({ promptContains: 'Scene 04' })).toBe(false);
  });

  test('stays on the one route where it makes sense', () => {
    expect(isAbout(fault({ kind: 'bad-bytes', how: 'empty' }), submit)).toBe(false);
    expect(isAbout(fault({ kind: 'bad-bytes', how: 'empty' }), { ...submit, route: 'files' })).toBe(true);
  });

  test('of other clients needs a submit with words, and one that goes back a completion that was told', () => {
    expect(isAbout(fault({ kind: 'foreign' }), submit)).toBe(true);
    expect(isAbout(fault({ kind: 'foreign' }), { ...submit, prompt: null })).toBe(false);
    const poll: FaultTarget = { ...submit, route: 'status', told: false };
    expect(isAbout(fault({ kind: 'backwards' }), poll)).toBe(true);
    expect(isAbout(fault({ kind: 'backwards', told: true }), poll)).toBe(false);
    expect(isAbout(fault({ kind: 'backwards', told: true }), { ...poll, told: true })).toBe(true);
  });

  test('strikes before the work or after it', () => {
    expect(phaseOf(fault({ kind: 'hang' }))).toBe('before');
    expect(phaseOf(fault({ kind: 'hang', accepted: true }))).toBe('after');
    expect(phaseOf(fault({ kind: 'drop-after-accept' }))).toBe('after');
    expect(phaseOf(fault({ kind: 'fail', code: 500 }))).toBe('task');
    expect(phaseOf(fault({ kind: 'drop' }))).toBe('before');
    expect(phaseOf(fault({ kind: 'drop', answer: 'half' }))).toBe('after');
    expect(phaseOf(fault({ kind: 'foreign', when: 'instead' }))).toBe('before');
    expect(phaseOf(fault({ kind: 'foreign', when: 'after' }))).toBe('company');
  });
});

describe('the book of faults', () => {
  test('uses a fault once, unless it has a count or a window', () => {
    const book = new FaultBook();
    book.add(fault({ kind: 'drop' }), 0);
    expect(book.take('before', submit, 1)?.kind).toBe('drop');
    expect(book.take('before', submit, 1)).toBeNull();
    book.add(fault({ kind: 'drop', forMs: 100 }), 0);
    expect([10, 50, 99].map((now) => book.take('before', submit, now)?.kind)).toEqual(['drop', 'drop', 'drop']);
    expect(book.take('before', submit, 100)).toBeNull();
    expect(book.list(100)).toEqual([]);
  });

  test('takes the one that was set first, and tells how often each was met', () => {
    const book = new FaultBook();
    const first = book.add(fault({ kind: 'status', status: 500, count: 2 }), 0);
    const second = book.add(fault({ kind: 'drop' }), 0);
    expect(book.take('before', submit, 0)?.kind).toBe('status');
    expect(book.list(0).map(({ id, seen, fired }) => [id, seen, fired])).toEqual([
      [first, 1, 1],
      [second, 1, 0],
    ]);
  });

  test('a fault of a request strikes the nth that matches, and as many after it as it counts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 25 }),
        (nth, count, about) => {
          const book = new FaultBook();
          book.add(fault({ kind: 'drop', count, match: { nth, type: 'image' } }), 0);
          let seen = 0;
          for (const matches of about) {
            const hit = book.take('before', { ...submit, type: matches ? 'image' : 'video' }, 0);
            if (matches) seen += 1;
            expect(hit !== null).toBe(matches && seen >= nth && seen < nth + count);
          }
        },
      ),
    );
  });
});
