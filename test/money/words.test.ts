import type { Receipt } from '../../src/flow/receipt';
import type { NodeWork } from '../../src/money/ports';
import { settleOthers, wordsOf } from '../../src/money/words';
import { entry, generator, receiptOf } from '../helpers/flows';

const node = generator({ outputCount: 1 });
const INTENT = '2026-05-12T14:30:00.000Z';
const seen = { newest: null, same: [], uptime: 10 };
const lost = entry(node, { state: 'unknown', taskId: null, submittedAt: null, intentAt: INTENT, seen });
const words = wordsOf('image', lost.promptPrefix);

/** Another place has a lost answer with our words, and two tasks fit it. */
function worldOf(file: string | null) {
  let receipt: Receipt = receiptOf(node, [lost]);
  let released = 0;
  const receipts = {
    read: () => Promise.resolve(receipt),
    update: (_: string, change: (before: Receipt | null) => Receipt) => Promise.resolve((receipt = change(receipt))),
  };
  const task = (taskId: string) => ({ taskId, type: 'image', prompt: lost.promptPrefix, createdAt: 1 });
  const work = {
    generator: generator({ id: 7 }),
    receiptKey: 'n7',
    pass: 'p',
    signal: new AbortController().signal,
    meter: { paid: 0, set: () => undefined },
    ports: {
      clock: { now: () => Date.parse(INTENT), monotonic: () => 0, pause: () => Promise.resolve() },
      receipts: { read: () => Promise.resolve(null) },
      backend: {
        server: lost.server,
        tasks: () => Promise.resolve([task('a'), task('b')]),
        health: () => Promise.resolve({ uptime: 20, skewMs: 0 }),
      },
      words: {
        others: () => Promise.resolve([{ dir: 'elsewhere', key: 'n5' }]),
        receiptsAt: () => receipts,
        fileOf: () => file,
        lock: () => Promise.resolve({ release: () => Promise.resolve(void released++) }),
        owned: () => Promise.resolve([]),
      },
      reached: () => undefined,
    },
  } as unknown as NodeWork;
  return { work, released: () => released, states: () => receipt.generations.map(({ error }) => error?.type) };
}

test.each([
  [
    'of another file names it, because it is decided about there',
    'ABC1-V0-2',
    /decide there: nbflow decide ABC1-V0-2$/,
  ],
  ['of this file says what it knows', null, /nothing is paid twice\.$/],
])('an uncertain answer %s', async (_, file, message) => {
  const { work, released, states } = worldOf(file);
  const error: unknown = await settleOthers(work, words, 1).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ type: 'Generation.Undecided', message: expect.stringMatching(message) as string });
  expect([states(), released()]).toEqual([['Generation.Undecided'], 1]);
});
