import { setImmediate as turn } from 'node:timers/promises';
import { FlowError } from '../../src/flow/errors';
import type { SubmitEnd } from '../../src/flow/protocol';
import type { Receipt } from '../../src/flow/receipt';
import type { NodeWork, RowWork } from '../../src/money/ports';
import { submitRow } from '../../src/money/submit';
import { generator } from '../helpers/flows';

const node = generator({ outputCount: 2 });
const IDS = [1, 2].map((candidate) => ({ row: 1, candidate }));
const [row] = node.rows;
const made = { row, fingerprint: 'f1:x', references: [], stills: [], body: Buffer.from('{}') } as unknown as RowWork;

/** A node of which nothing is asked for yet. Its first answer comes at once, its second when `arrive` is called. */
function worldOf(disk: { readonly refusesWrite: number }) {
  let receipt: Receipt | null = null;
  let writes = 0;
  let sent = 0;
  let arrive: (end: SubmitEnd) => void = () => undefined;
  const second = new Promise<SubmitEnd>((resolve) => (arrive = resolve));
  const first: SubmitEnd = { kind: 'accepted', taskId: 'first' };
  const work = {
    generator: node,
    receiptKey: 'n5',
    pass: 'p',
    signal: new AbortController().signal,
    meter: { paid: 0, set: () => undefined },
    ports: {
      clock: { now: () => Date.parse('2026-05-12T14:30:00.000Z'), pause: () => Promise.resolve() },
      receipts: {
        read: () => Promise.resolve(receipt),
        update: (_: string, change: (before: Receipt | null) => Receipt) =>
          ++writes === disk.refusesWrite
            ? Promise.reject(new FlowError('Disk.Full', 'no space', 6))
            : Promise.resolve((receipt = change(receipt))),
      },
      backend: {
        server: 'http://g.example.test',
        skewMs: 0,
        uptime: 1,
        tasks: () => Promise.resolve([]),
        submit: () => (++sent === 1 ? Promise.resolve(first) : second),
      },
      words: {
        alone: (_: string, within: () => Promise<unknown>) => within(),
        note: () => Promise.resolve(),
        others: () => Promise.resolve([]),
      },
      fence: { check: () => Promise.resolve(), isHeld: () => true },
      spend: (_: number, write: () => Promise<void>) => write(),
      reached: () => undefined,
    },
  } as unknown as NodeWork;
  return { work, arrive, entries: () => receipt?.generations.map(({ state, taskId }) => [state, taskId]) };
}

test('an answer that can not be written down ends nothing before the others are in, and theirs are kept', async () => {
  const { work, arrive, entries } = worldOf({ refusesWrite: 2 });
  let over = false;
  const submitted = submitRow(work, made, IDS).finally(() => (over = true));
  for (let turns = 0; turns < 10; turns++) await turn();
  expect(over).toBe(false);
  arrive({ kind: 'accepted', taskId: 'second' });
  await expect(submitted).rejects.toMatchObject({ type: 'Disk.Full' });
  expect(entries()).toEqual([
    ['intent', null],
    ['submitted', 'second'],
  ]);
});

test('each answer goes into the entry that was written before its request left', async () => {
  const { work, arrive, entries } = worldOf({ refusesWrite: 0 });
  const submitted = submitRow(work, made, IDS);
  arrive({ kind: 'accepted', taskId: 'second' });
  await submitted;
  expect(entries()).toEqual([
    ['submitted', 'first'],
    ['submitted', 'second'],
  ]);
});
