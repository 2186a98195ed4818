/** The demo's own judge: it must not call a wrong bill right. */
interface Paid {
  readonly task_id: string;
  readonly type: 'image' | 'video';
}
interface Entry {
  readonly taskId: string | null;
  readonly kind: 'image' | 'video';
  readonly slot: string;
  readonly state: string;
}
interface Settled {
  readonly rows: readonly { readonly name: string; readonly bill: number; readonly ours: number }[];
  readonly twice: number;
  readonly lost: number;
  readonly remade: number;
  readonly agrees: boolean;
}
interface Money {
  settle(entries: readonly Paid[], receipts: readonly Entry[], forgotten?: readonly string[]): Settled;
}

const { settle } = jest.requireActual<Money>('../../scripts/demo/money');

const picture = (id: string): Paid => ({ task_id: id, type: 'image' });
const entry = (taskId: string | null, slot: string, state = 'cached'): Entry => ({
  taskId,
  kind: 'image',
  slot,
  state,
});

test('two equal accounts agree', () => {
  expect(settle([picture('a'), picture('b')], [entry('a', '1'), entry('b', '2')])).toEqual({
    rows: [
      { name: 'pictures', bill: 2, ours: 2 },
      { name: 'clips', bill: 0, ours: 0 },
      { name: 'together', bill: 2, ours: 2 },
    ],
    ...{ twice: 0, lost: 0, remade: 0, agrees: true },
  });
});

test('what died with G-Labs and was made again is not paid twice, if it is exactly that', () => {
  const bill = [picture('a'), picture('b')];
  const receipts = [entry('a', '1', 'lost'), entry('b', '1')];
  expect(settle(bill, receipts, ['a'])).toMatchObject({ twice: 0, lost: 0, remade: 1, agrees: true });
  expect(settle(bill, receipts)).toMatchObject({ lost: 1, agrees: false });
  expect(settle(bill, [entry('a', '1'), entry('b', '2')], ['a'])).toMatchObject({ remade: 0, agrees: false });
});

test.each([
  ['two results for one place', [picture('a'), picture('b')], [entry('a', '1'), entry('b', '1')], { twice: 1 }],
  ['a task that no receipt knows', [picture('a'), picture('b')], [entry('a', '1')], { twice: 1 }],
  ['a receipt for what was never billed', [picture('a')], [entry('a', '1'), entry('b', '2')], { twice: 0 }],
  ['an answer that is still missing', [picture('a')], [entry('a', '1'), entry(null, '2', 'unknown')], { lost: 1 }],
])('%s: the accounts do not agree', (_, bill, receipts, found) => {
  expect(settle(bill, receipts)).toMatchObject({ ...found, agrees: false });
});
