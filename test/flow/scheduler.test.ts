import fc from 'fast-check';
import { runGraph } from '../../src/flow/scheduler';
import type { GraphControl, GraphRun, NodeEnd, ScheduledNode } from '../../src/flow/scheduler';

interface Log {
  readonly started: string[];
  readonly skipped: [string, string][];
}

/** Runs a graph whose nodes end when the test says so. */
function controlled(nodes: readonly ScheduledNode[], overrides: Partial<GraphRun> = {}) {
  const log: Log = { started: [], skipped: [] };
  const ends = new Map<string, (end: NodeEnd) => void>();
  const breaks = new Map<string, (reason: Error) => void>();
  const done = runGraph({
    nodes,
    concurrency: () => 2,
    runNode: (key) => {
      log.started.push(key);
      return new Promise((resolve, reject) => {
        ends.set(key, resolve);
        breaks.set(key, reject);
      });
    },
    onSkip: (key, becauseOf) => log.skipped.push([key, becauseOf]),
    ...overrides,
  });
  const end = async (key: string, how: NodeEnd = 'done'): Promise<void> => {
    ends.get(key)?.(how);
    await settled();
  };
  return { log, done, end, fail: (key: string) => breaks.get(key)?.(new Error(`${key} broke`)) };
}

/** Lets every promise that can go on do so. */
async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

const node = (key: string, dependsOn: string[] = [], weight = 1): ScheduledNode => ({ key, dependsOn, weight });

test('a node starts when its own inputs are there, not when a wave is over', async () => {
  const { log, end, done } = controlled([node('a'), node('b'), node('a2', ['a']), node('b2', ['b'])]);
  expect(log.started).toEqual(['a', 'b']);
  await end('a');
  expect(log.started).toEqual(['a', 'b', 'a2']);
  for (const key of ['b', 'a2', 'b2']) await end(key);
  await done;
});

test('a failed node skips what depends on it, near and far, and never its siblings', async () => {
  const { log, end, done } = controlled([node('a'), node('b', ['a']), node('c', ['b']), node('x'), node('y', ['x'])]);
  await end('a', 'failed');
  expect(log.skipped).toEqual([
    ['b', 'a'],
    ['c', 'a'],
  ]);
  for (const key of ['x', 'y']) await end(key);
  await done;
  expect(log.started).toEqual(['a', 'x', 'y']);
});

test('file order decides among equals, and what heavy work waits for goes first', async () => {
  const order = async (nodes: ScheduledNode[]) => {
    const { log, end, done } = controlled(nodes, { concurrency: () => 1 });
    for (let i = 0; i < nodes.length; i++) await end(log.started[i] ?? '');
    await done;
    return log.started;
  };
  expect(await order([node('a'), node('b'), node('c')])).toEqual(['a', 'b', 'c']);
  expect(await order([node('loose'), node('still'), node('clip', ['still'], 3)])).toEqual(['still', 'clip', 'loose']);
});

test('an input that is not part of the run counts as there', async () => {
  const { log, end, done } = controlled([node('clip', ['not here'])]);
  await end('clip');
  await done;
  expect(log.started).toEqual(['clip']);
});

test('the cap may change while it runs, and a pause ends with a wake', async () => {
  let cap = 0;
  let wake = (): void => undefined;
  const { log, end, done } = controlled([node('a'), node('b'), node('c')], {
    concurrency: () => cap,
    onStart: (control) => (wake = control.wake),
  });
  expect(log.started).toEqual([]);
  cap = 2;
  wake();
  expect(log.started).toEqual(['a', 'b']);
  cap = 1;
  await end('a');
  expect(log.started).toEqual(['a', 'b']);
  await end('b');
  await end('c');
  await done;
});

test('a rejection starts nothing more, waits for what runs, and is passed on as it came', async () => {
  const { log, end, done, fail } = controlled([node('a'), node('b'), node('c')]);
  const seen = done.catch((error: unknown) => error);
  fail('a');
  await settled();
  expect(log.started).toEqual(['a', 'b']);
  await end('b');
  expect(await seen).toEqual(new Error('a broke'));
});

describe('a parked node', () => {
  function parked(nodes: readonly ScheduledNode[], overrides: Partial<GraphRun> = {}) {
    const givenUp: string[] = [];
    const outside: { control: GraphControl | null } = { control: null };
    const run = controlled(nodes, {
      onGiveUp: (key) => givenUp.push(key),
      onStart: (control) => (outside.control = control),
      ...overrides,
    });
    return { ...run, givenUp, control: outside.control as GraphControl };
  }

  test('takes no place, keeps what depends on it waiting, and runs again before others when it is unparked', async () => {
    const nodes = [node('a', [], 9), node('b'), node('c'), node('a2', ['a'])];
    const { log, end, done, control } = parked(nodes, { concurrency: () => 1 });
    await end('a', 'parked');
    expect([log.started, log.skipped]).toEqual([['a', 'b'], []]);
    control.unpark('a');
    control.unpark('nobody');
    await end('b');
    expect(log.started).toEqual(['a', 'b', 'a']);
    for (const key of ['a', 'c', 'a2']) await end(key);
    await done;
    expect(log.started).toEqual(['a', 'b', 'a', 'c', 'a2']);
  });

  test('is given up with what depends on it when nothing else is left to do', async () => {
    const { log, end, done, givenUp } = parked([node('a'), node('b'), node('a2', ['a']), node('b2', ['b'])]);
    await end('a', 'parked');
    await end('b');
    expect(givenUp).toEqual([]);
    await end('b2');
    await done;
    expect([givenUp, log.skipped]).toEqual([['a'], [['a2', 'a']]]);
  });

  test('is kept as long as somebody says so, and may be parked again', async () => {
    let keep = true;
    const { log, end, done, givenUp, control } = parked([node('a')], { mayGiveUp: () => !keep });
    await end('a', 'parked');
    control.unpark('a');
    await end('a', 'parked');
    expect([log.started, givenUp]).toEqual([['a', 'a'], []]);
    keep = false;
    control.wake();
    await done;
    expect(givenUp).toEqual(['a']);
  });
});

test('a cycle and a repeated key are refused before anything starts', async () => {
  const cyclic = controlled([node('x'), node('a', ['b']), node('b', ['a'])]);
  await expect(cyclic.done).rejects.toThrow('wait for each other: a, b');
  expect(cyclic.log.started).toEqual([]);
  await expect(controlled([node('a'), node('a')]).done).rejects.toThrow('two nodes are called a');
});

test('nothing to run is done at once', async () => {
  await expect(controlled([]).done).resolves.toBeUndefined();
});

/** A graph without cycles: a node depends on earlier ones only. */
const graph = fc
  .array(
    fc.record({
      depends: fc.array(fc.nat(12), { maxLength: 3 }),
      ok: fc.boolean(),
      weight: fc.integer({ min: 1, max: 5 }),
    }),
    {
      maxLength: 12,
    },
  )
  .map((list) =>
    list.map(({ depends, ok, weight }, i) => ({
      ...node(`n${i}`, i === 0 ? [] : depends.map((n) => `n${n % i}`), weight),
      ok: ok || i % 3 === 0,
    })),
  );

test('in any graph: each node ends exactly once, never above the cap, never before its inputs', async () => {
  await fc.assert(
    fc.asyncProperty(
      graph,
      fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
      fc.scheduler(),
      async (nodes, caps, order) => {
        const byKey = new Map(nodes.map((one) => [one.key, one]));
        const succeeded = new Set<string>();
        const finished: string[] = [];
        let running = 0;
        let cap = 1;
        const run = runGraph({
          nodes,
          concurrency: () => {
            const [next = 1] = caps.take(1);
            return (cap = next);
          },
          runNode: async (key) => {
            running += 1;
            expect(running).toBeLessThanOrEqual(cap);
            const one = byKey.get(key);
            expect(one?.dependsOn.every((from) => succeeded.has(from))).toBe(true);
            await order.schedule(Promise.resolve(), key);
            running -= 1;
            finished.push(key);
            if (one?.ok) succeeded.add(key);
            return one?.ok ? 'done' : 'failed';
          },
          onSkip: (key, becauseOf) => {
            finished.push(key);
            expect(byKey.get(becauseOf)?.ok).toBe(false);
          },
        });
        await order.waitFor(run);
        expect([...finished].sort()).toEqual(nodes.map(({ key }) => key).sort());
      },
    ),
  );
});
