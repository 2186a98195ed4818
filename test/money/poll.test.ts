import { BackendError } from '../../src/clients/backend-error';
import { awaitTask, pollPause } from '../../src/money/poll';
import type { NodeWork, TaskState } from '../../src/money/ports';
import { entry, generator } from '../helpers/flows';

const node = generator();
const SUBMITTED = Date.parse('2026-05-12T14:30:01.000Z');
const failed: TaskState = { state: 'failed', code: 400, error: 'no', detail: '' };

/** A clock that moves on by a step at each look; each asked-for health is answered by the next of `health`. */
function workOf(
  answers: readonly (TaskState | Error)[],
  stepMs = 10,
  health: readonly (Error | null)[] = [null],
): NodeWork {
  const left = [...answers];
  let now = SUBMITTED;
  const status = (): Promise<TaskState> => {
    const next = left.length > 1 ? left.shift() : left[0];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next as TaskState);
  };
  const wells = [...health];
  const askHealth = (): Promise<object> => {
    const next = wells.length > 1 ? wells.shift() : wells[0];
    return next ? Promise.reject(next) : Promise.resolve({ uptime: 1, skewMs: 0 });
  };
  const look = (): number => (now += stepMs);
  const clock = { now: look, monotonic: look, pause: () => Promise.resolve() };
  return {
    signal: new AbortController().signal,
    generator: node,
    ports: { backend: { status, health: askHealth }, clock },
  } as unknown as NodeWork;
}
const away = new BackendError({ server: 'http://g.example.test', errno: 'ECONNREFUSED', text: '' });

test('a fresh task is looked at often, an old one seldom', () => {
  const pauses = [0, 5_000, 60_000, 3_600_000].map(pollPause);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses[0]).toBeGreaterThan(0);
  expect(pauses.at(-1)).toBeLessThanOrEqual(3_000);
});

test.each([
  [[{ state: 'pending' }, { state: 'running' }, failed] as TaskState[], 'failed'],
  [[{ state: 'gone' }] as TaskState[], 'gone'],
])('waits until the task ended', async (answers, state) => {
  expect(await awaitTask(workOf(answers), entry(node))).toMatchObject({ state });
});

test('that a task is not known is believed when it is said twice, with a good health answer in between', async () => {
  const gone: TaskState = { state: 'gone' };
  expect(await awaitTask(workOf([gone, failed]), entry(node))).toBe(failed);
  expect(await awaitTask(workOf([gone, away, gone, failed]), entry(node))).toBe(failed);
  expect(await awaitTask(workOf([gone, gone, failed], 10, [away, null]), entry(node))).toBe(failed);
  await expect(awaitTask(workOf([gone], 6_000, [away]), entry(node))).rejects.toBe(away);
});

test('a blip is waited out, a longer absence is given back', async () => {
  expect(await awaitTask(workOf([away, failed]), entry(node))).toBe(failed);
  await expect(awaitTask(workOf([away], 6_000), entry(node))).rejects.toBe(away);
});

test('a refused key is not waited for', async () => {
  const refused = new BackendError({ server: 'http://g.example.test', status: 401, text: '' });
  await expect(awaitTask(workOf([refused, failed]), entry(node))).rejects.toBe(refused);
});

test('patience has an end, and the task stays on record', async () => {
  await expect(awaitTask(workOf([{ state: 'running' }]), entry(node))).rejects.toMatchObject({
    type: 'Generation.Timeout',
  });
});

test('a clock that is set forth while a task runs makes it no later', async () => {
  const day = 24 * 60 * 60_000;
  expect(await awaitTask(workOf([{ state: 'running' }, { state: 'running' }, failed], day), entry(node))).toBe(failed);
});

describe('with a clock that goes by the pauses', () => {
  const clip = generator({ kind: 'video' });
  interface Watched {
    readonly work: NodeWork;
    /** Epoch milliseconds of the looks. */
    readonly looks: number[];
    /** What the clock is ahead of the time that passed. */
    set(offsetMs: number): void;
  }

  /** The task ends after `endsMs` of the time that really passes. */
  function watched(endsMs: number, onLook: (watched: Watched) => void = () => undefined): Watched {
    let passed = 0;
    let offset = 0;
    const looks: number[] = [];
    const status = (): Promise<TaskState> => {
      passed += 5;
      looks.push(passed);
      onLook(made);
      const ended: TaskState = { state: 'completed', results: ['u'] };
      return Promise.resolve(passed >= endsMs ? ended : { state: 'running' });
    };
    const clock = {
      now: () => SUBMITTED + passed + offset,
      monotonic: () => passed,
      pause: (ms: number) => {
        passed += ms;
        return Promise.resolve();
      },
    };
    const ports = { backend: { status }, clock };
    const work = { signal: new AbortController().signal, generator: clip, ports } as unknown as NodeWork;
    const made: Watched = { work, looks, set: (offsetMs) => (offset = offsetMs) };
    return made;
  }

  test('a clip that takes ten minutes is waited for, seen within three seconds, and asked for seldom', async () => {
    const { work, looks } = watched(600_000);
    expect(await awaitTask(work, entry(clip))).toMatchObject({ state: 'completed' });
    expect((looks.at(-1) as number) - 600_000).toBeLessThan(3_100);
    expect(looks.length).toBeLessThan(400);
  });

  test('a picture has less time than a clip, and a node that asks for more gets it', async () => {
    const ends = async (of: NodeWork['generator'], minutes: number): Promise<string> =>
      awaitTask({ ...watched(minutes * 60_000).work, generator: of }, entry(of)).then(
        ({ state }) => state,
        (error: { type: string }) => error.type,
      );
    expect(await ends(generator(), 19)).toBe('completed');
    expect(await ends(generator(), 22)).toBe('Generation.Timeout');
    expect(await ends(clip, 44)).toBe('completed');
    expect(await ends(clip, 47)).toBe('Generation.Timeout');
    expect(await ends(generator({ kind: 'video', timeoutMs: 40 * 60_000 }), 79)).toBe('completed');
  });

  test.each([
    ['a night asleep', 8 * 3_600_000],
    ['a clock set ahead by a day', 86_400_000],
    ['a clock set back by a day', -86_400_000],
  ])('%s ends no patience, and no pause', async (_, offset) => {
    const { work, looks } = watched(600_000, (one) => {
      if (one.looks.length === 50) one.set(offset);
    });
    expect(await awaitTask(work, entry(clip))).toMatchObject({ state: 'completed' });
    expect(looks.length).toBeLessThan(450);
  });

  test.each([
    ['ahead', 86_400_000],
    ['back', -86_400_000],
  ])(
    'a backend that is away is given back after five seconds, when the clock is set %s by a day meanwhile',
    async (_, offset) => {
      const { work, looks } = watched(600_000, (one) => {
        if (one.looks.length === 12) one.set(offset);
        if (one.looks.length >= 10) throw away;
      });
      await expect(awaitTask(work, entry(clip))).rejects.toBe(away);
      const waited = (looks.at(-1) as number) - (looks[9] as number);
      expect([waited > 5_000, waited < 6_000]).toEqual([true, true]);
    },
  );

  test('a task that was out for long before is given its time by who asks for it again', async () => {
    const { work, set } = watched(600_000);
    set(3 * 3_600_000);
    expect(await awaitTask(work, entry(clip))).toMatchObject({ state: 'completed' });
  });
});

test('who is told to come back later does: soon in place, later by giving it back', async () => {
  const busy = (retryAfterMs: number): BackendError =>
    new BackendError({ server: 'http://g.example.test', status: 429, text: '', retryAfterMs });
  const pauses: number[] = [];
  const work = workOf([busy(3_000), failed]);
  const clock = { ...work.ports.clock, pause: (ms: number) => Promise.resolve(void pauses.push(ms)) };
  expect(await awaitTask({ ...work, ports: { ...work.ports, clock } }, entry(node))).toBe(failed);
  expect(pauses).toEqual([3_000]);
  const later = busy(120_000);
  await expect(awaitTask(workOf([later, failed]), entry(node))).rejects.toBe(later);
});
