import type { Generation, Receipt } from '../../src/flow/receipt';
import { collect } from '../../src/money/collect';
import type { Fetched, NodeWork, TaskState } from '../../src/money/ports';
import { entry, generator, receiptOf } from '../helpers/flows';

const node = generator({ outputCount: 1 });
const OUT = { state: 'submitted', file: null, sha256: null, bytes: null, mediaType: null, url: null } as const;
const FETCHED: Fetched = { file: 'generated/c1.png', sha256: 'sha', bytes: 10, mediaType: 'image/png' };
const NO_FILE: TaskState = { state: 'completed', results: [] };

/** One candidate that is out, and what G-Labs says of its task, the last answer again and again. */
function worldOf(answers: readonly TaskState[], out: Partial<Generation> = {}) {
  let receipt: Receipt = receiptOf(node, [entry(node, { ...OUT, ...out })]);
  const fetched: string[] = [];
  let asked = 0;
  const work = {
    generator: node,
    receiptKey: receipt.key,
    pass: 'p',
    signal: new AbortController().signal,
    meter: { paid: 0, set: () => undefined },
    ports: {
      clock: { now: () => Date.parse('2026-05-12T14:30:02.000Z'), pause: () => Promise.resolve() },
      receipts: {
        read: () => Promise.resolve(receipt),
        update: (_: string, change: (before: Receipt | null) => Receipt) =>
          Promise.resolve((receipt = change(receipt))),
      },
      backend: { status: () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)]) },
      results: {
        fetch: (_: unknown, url: string) => {
          fetched.push(url);
          return Promise.resolve(FETCHED);
        },
        store: () => Promise.resolve('https://r2.example.test/c1.png'),
      },
      reached: () => undefined,
    },
  } as unknown as NodeWork;
  return { work, fetched, states: () => receipt.generations.map(({ state }) => state) };
}

const ID = { row: 1, candidate: 1 };

test('a task that is done and tells its file only later is fetched', async () => {
  const { work, fetched, states } = worldOf([NO_FILE, NO_FILE, { state: 'completed', results: ['files/a.png'] }]);
  await collect(work, ID);
  expect(states()).toEqual(['stored']);
  expect(fetched).toEqual(['files/a.png']);
});

test('a task that is done and never tells a file is kept for the next run, and not taken for lost', async () => {
  const { work, states } = worldOf([NO_FILE]);
  await expect(collect(work, ID)).rejects.toMatchObject({ type: 'Generation.BadBytes' });
  expect(states()).toEqual(['submitted']);
});

test('where its file lay before is asked when it is not told any more', async () => {
  const { work, fetched, states } = worldOf([NO_FILE], { resultUrl: 'files/before.png' });
  await collect(work, ID);
  expect(states()).toEqual(['stored']);
  expect(fetched).toEqual(['files/before.png']);
});
