/** The budget under many hands: receipts in a real folder, nodes that ask for the last of it at the same moment. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Spend } from '../../src/activities/budget';
import { createBudget } from '../../src/activities/budget';
import { ReceiptStore } from '../../src/files/receipts';
import { spentBy } from '../../src/flow/budget';
import { changeCurrent, emptyReceipt, recordIntents } from '../../src/flow/ledger';
import type { Change } from '../../src/flow/ledger';
import type { Receipt } from '../../src/flow/receipt';
import { generator } from '../helpers/flows';

const PRICES = { image: 1, video: 2.5 };
const AT = '2026-05-12T14:30:00.000Z';
let base: string;
let made = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'nbflow budget '));
});
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));

interface Account {
  readonly receipts: ReceiptStore;
  /** Asks for so many candidates of a node, and writes their intents when it may. */
  ask(key: string, kind: 'image' | 'video', count: number): Promise<void>;
  change(key: string, candidate: number, change: Change): Promise<Receipt>;
  spent(): Promise<number>;
}

function openAccount(budget: number | null, pass = 'p'): Account {
  const receiptsDir = join(base, `${made++}`, 'receipts');
  const receipts = new ReceiptStore(receiptsDir);
  const spendFor = (kind: 'image' | 'video'): Spend =>
    createBudget({
      input: { pass, options: { budget } },
      settings: { prices: PRICES },
      generator: { kind },
      project: { receipts, layout: { receiptsDir } },
    });
  return {
    receipts,
    ask: (key, kind, count) => spendFor(kind)(count, () => intents(receipts, { key, kind, count, pass })),
    change: (key, candidate, change) =>
      receipts.update(key, (before) => changeCurrent(before as Receipt, { row: 1, candidate }, change, AT)),
    spent: async () => spentBy(pass, await receipts.list(), PRICES),
  };
}

async function intents(
  receipts: ReceiptStore,
  { key, kind, count, pass }: { key: string; kind: 'image' | 'video'; count: number; pass: string },
): Promise<void> {
  const facts = {
    fingerprint: 'f1:x',
    promptPrefix: 'A kitchen',
    server: 'http://127.0.0.1:8765',
    skewMs: 0,
    seen: { newest: null, same: [], uptime: null },
    references: [],
    stills: [],
    pass,
    at: AT,
  };
  const ids = Array.from({ length: count }, (_, i) => ({ row: 1, candidate: i + 1 }));
  await receipts.update(key, (before) => recordIntents(before ?? emptyReceipt(key, generator({ kind })), ids, facts));
}

test('what fits is written, the next one too many is refused with the numbers and writes nothing', async () => {
  const account = openAccount(6);
  await account.ask('a', 'image', 4);
  await expect(account.ask('b', 'video', 1)).rejects.toMatchObject({
    type: 'Budget.Exceeded',
    exitCode: 5,
    message: '1 clip more would cost 2.5 units, but of the budget of 6 units this pass has spent 4 units',
  });
  expect(await account.receipts.keys()).toEqual(['a']);
  await account.ask('b', 'image', 2);
  expect(await account.spent()).toBe(6);
});

test('without a budget nothing is counted and everything is written', async () => {
  const account = openAccount(null);
  for (const key of ['a', 'b', 'c']) await account.ask(key, 'video', 4);
  expect(await account.spent()).toBe(30);
});

test('a budget of nothing sends nothing', async () => {
  await expect(openAccount(0).ask('a', 'image', 1)).rejects.toMatchObject({ type: 'Budget.Exceeded' });
});

test('a request that never arrived gives its share back, one that failed or got lost does not', async () => {
  const account = openAccount(4);
  await account.ask('a', 'image', 4);
  await account.change('a', 1, { state: 'failed', taskId: 't1' });
  await account.change('a', 2, { state: 'lost', taskId: null });
  await expect(account.ask('b', 'image', 1)).rejects.toMatchObject({ type: 'Budget.Exceeded' });
  await account.change('a', 3, { state: 'withdrawn' });
  await account.ask('b', 'image', 1);
  await expect(account.ask('c', 'image', 1)).rejects.toMatchObject({ type: 'Budget.Exceeded' });
});

test('what earlier passes spent does not count', async () => {
  const before = openAccount(4, 'earlier');
  await before.ask('a', 'image', 4);
  const dir = join(base, `${made - 1}`, 'receipts');
  const spend = createBudget({
    input: { pass: 'later', options: { budget: 4 } },
    settings: { prices: PRICES },
    generator: { kind: 'image' },
    project: { receipts: before.receipts, layout: { receiptsDir: dir } },
  });
  let written = 0;
  await spend(4, () => Promise.resolve(void (written += 1)));
  expect(written).toBe(1);
});

test('a write that fails leaves the budget as it was and the way free', async () => {
  const account = openAccount(1);
  const dir = join(base, `${made - 1}`, 'receipts');
  const spend = createBudget({
    input: { pass: 'p', options: { budget: 1 } },
    settings: { prices: PRICES },
    generator: { kind: 'image' },
    project: { receipts: account.receipts, layout: { receiptsDir: dir } },
  });
  await expect(spend(1, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  await account.ask('a', 'image', 1);
  expect(await account.spent()).toBe(1);
});

test('nodes that ask at the same moment never spend more together, and stop only when the next does not fit', async () => {
  const asked = fc.array(
    fc.record({ kind: fc.constantFrom('image' as const, 'video' as const), count: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(asked, fc.integer({ min: 0, max: 60 }), async (nodes, halves) => {
      const budget = halves / 2;
      const account = openAccount(budget);
      const ends = await Promise.allSettled(nodes.map(({ kind, count }, i) => account.ask(`n${i}`, kind, count)));
      const spent = await account.spent();
      expect(spent).toBeLessThanOrEqual(budget);
      const refused = nodes.filter((_, i) => ends[i]?.status === 'rejected');
      for (const { kind, count } of refused) expect(spent + count * PRICES[kind]).toBeGreaterThan(budget);
      for (const end of ends)
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ type: 'Budget.Exceeded' });
    }),
    { numRuns: 25 },
  );
});
