import fc from 'fast-check';
import { matchReceipts, receiptKey } from '../../src/flow/match-receipts';
import type { Receipt } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { compiledOf, entry, fullReceipt, generator, receiptOf, row } from '../helpers/flows';

/** The original of each node, kept through edits, so that a test can say which receipt is its own. */
interface Tracked {
  readonly node: Generator;
  readonly receipt: Receipt;
}

/** Tabs with the same ids in each, as copies of one storyboard have. */
function tabsOf(names: readonly string[], promptOf: (tab: number, id: number) => string): Tracked[] {
  const nodes = names.flatMap((account, tab) =>
    [5, 9].map((id) => generator({ tab, id, account, scene: `0${id}`, rows: [row(promptOf(tab, id))] })),
  );
  const compiled = compiledOf(nodes);
  return nodes.map((node) => ({ node, receipt: receiptWithKey(node, receiptKey(node, compiled)) }));
}

function receiptWithKey(node: Generator, key: string): Receipt {
  return { ...fullReceipt(node), key };
}

function edited({ node, receipt }: Tracked, change: Partial<Generator>): Tracked {
  const next = { ...node, ...change };
  return { node: { ...next, key: `${next.tab}:${next.id}` }, receipt };
}

function match(tracked: readonly Tracked[], receipts = tracked.map(({ receipt }) => receipt)) {
  return matchReceipts(compiledOf(tracked.map(({ node }) => node)), receipts);
}

function expectAllFound(tracked: readonly Tracked[]): void {
  const { byKey, unmatched } = match(tracked);
  expect(unmatched).toEqual([]);
  expect(tracked.map(({ node }) => byKey.get(node.key)?.key)).toEqual(tracked.map(({ receipt }) => receipt.key));
}

const distinct = (tab: number, id: number): string => `tab ${tab}, node ${id}`;
const alike = (_tab: number, id: number): string => `node ${id}`;

describe('a receipt is found again', () => {
  test('in an untouched file, also between tabs with equal inputs', () => {
    expectAllFound(tabsOf(['Account A', 'Account B'], alike));
  });

  test('by its id where ids are unique, though tab, title and prompt all changed', () => {
    const [first] = tabsOf(['Account A'], distinct);
    if (!first) throw new Error('no node');
    expectAllFound([edited(first, { account: 'x', title: 'y', tab: 3, rows: [row('z')] })]);
  });

  test('in moved tabs by their names', () => {
    const tabs = tabsOf(['Account A', 'Account B'], alike);
    expectAllFound(tabs.map((one) => edited(one, { tab: 1 - one.node.tab })));
  });

  test('in moved and renamed tabs by what was made from which inputs', () => {
    const tabs = tabsOf(['Account A', 'Account B', 'Account C'], distinct);
    expectAllFound(tabs.map((one) => edited(one, { tab: (one.node.tab + 1) % 3, account: `new ${one.node.tab}` })));
  });

  test('in tabs that swapped their names', () => {
    const tabs = tabsOf(['Account A', 'Account B'], distinct);
    const names = ['Account B', 'Account A'];
    expectAllFound(tabs.map((one) => edited(one, { account: names[one.node.tab] ?? '' })));
  });

  test.each(['', 'Tab'])('in renamed tabs that are all called %p, though they were edited too', (account) => {
    const tabs = tabsOf(['Account A', 'Account B'], alike);
    expectAllFound(tabs.map((one) => edited(one, { account, rows: [row('edited')] })));
  });

  test('after fan-out numbers were added to the ids', () => {
    const tabs = tabsOf(['Account A', 'Account B'], alike);
    expectAllFound(tabs.map((one) => edited(one, { id: one.node.id + one.node.tab * 100_000 })));
  });

  test('after renumbering and renaming, by its inputs', () => {
    const tabs = tabsOf(['Account A', 'Account B'], distinct);
    const changed = tabs.map((one) => edited(one, { id: one.node.id + 300_000, account: `z${one.node.tab}` }));
    expectAllFound(changed);
  });

  test('by its inputs when all of its outputs were found rather than made', () => {
    const node = generator({ id: 5 });
    const found = receiptOf(node, [entry(node, { origin: 'found', promptPrefix: '' })]);
    const renumbered = { ...node, id: 77, key: '0:77', account: 'other' };
    expect(matchReceipts(compiledOf([renumbered]), [found]).byKey.get('0:77')).toBe(found);
  });
});

describe('a receipt is left alone', () => {
  test('when its node is gone and another tab has a node of that id', () => {
    const tabs = tabsOf(['Account A', 'Account B'], distinct);
    const left = tabs.filter(({ node }) => node.tab === 1).map((one) => edited(one, { tab: 0 }));
    const { byKey, unmatched } = match(
      left,
      tabs.map(({ receipt }) => receipt),
    );
    expect(left.map(({ node }) => byKey.get(node.key)?.key)).toEqual(left.map(({ receipt }) => receipt.key));
    expect(unmatched.map(({ node }) => node.account)).toEqual(['Account A', 'Account A']);
  });

  test('by a copy of its node: the original keeps it, though only the copy has its inputs still', () => {
    const [original] = tabsOf(['Account A'], distinct);
    if (!original) throw new Error('no node');
    const copy = { ...original.node, tab: 1, key: '1:5', account: 'Account B' };
    const changed = { ...original.node, rows: [row('edited')] };
    const { byKey } = matchReceipts(compiledOf([changed, copy]), [original.receipt]);
    expect([...byKey.keys()]).toEqual([changed.key]);
  });

  test('by the first tab when it is the second tab’s, renumbered since', () => {
    const tabs = tabsOf(['Account A', 'Account B'], distinct);
    const changed = tabs.map((one) => edited(one, { id: one.node.id + one.node.tab * 100_000, account: '' }));
    const ran = tabs.filter(({ node }) => node.tab === 1).map(({ receipt }) => receipt);
    const { byKey } = match(changed, ran);
    expect([...byKey.keys()].sort()).toEqual(['1:100005', '1:100009']);
  });

  test('by a node of the other kind with its id', () => {
    const node = generator();
    const { unmatched } = matchReceipts(compiledOf([{ ...node, kind: 'video' }]), [fullReceipt(node)]);
    expect(unmatched).toHaveLength(1);
  });
});

interface TabEdit {
  readonly order: readonly number[];
  readonly names: readonly string[];
  readonly offset: number;
}

/** One edit of the tabs: a new order, new names, and perhaps new numbers. */
const tabEdit = fc.record({
  order: fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
  names: fc.array(fc.constantFrom('', 'Account A', 'Account B', 'Account C', 'account a', 'Z'), {
    minLength: 3,
    maxLength: 3,
  }),
  offset: fc.constantFrom(0, 100_000),
});

function applyEdit(tabs: readonly Tracked[], { order, names, offset }: TabEdit) {
  return tabs.map((one) => {
    const tab = order.indexOf(one.node.tab);
    return edited(one, { tab, account: names[tab] ?? '', id: one.node.id + offset * tab });
  });
}

test('whatever happens to tabs and ids, distinct nodes keep their receipts', () => {
  fc.assert(
    fc.property(tabEdit, (change) => {
      expectAllFound(applyEdit(tabsOf(['Account A', 'Account B', 'Account C'], distinct), change));
    }),
  );
});

test('whatever happens, no two nodes share a receipt and none is lost on the way', () => {
  fc.assert(
    fc.property(tabEdit, fc.subarray([0, 1, 2, 3, 4, 5]), fc.boolean(), (change, kept, same) => {
      const tabs = tabsOf(['Account A', 'Account B', 'Account C'], same ? alike : distinct);
      const receipts = kept.flatMap((n) => tabs[n]?.receipt ?? []);
      const { byKey, unmatched } = match(applyEdit(tabs, change), receipts);
      const seen = [...byKey.values(), ...unmatched].map(({ key }) => key);
      expect(seen.sort()).toEqual(receipts.map(({ key }) => key).sort());
    }),
  );
});

describe('the key of a new receipt', () => {
  const keysOf = (names: string[]) => {
    const nodes = names.map((account, tab) => generator({ tab, id: 5, account }));
    return nodes.map((node) => receiptKey(node, compiledOf(nodes)));
  };

  test('is the id where it is unique', () => {
    expect(keysOf(['Account A'])).toEqual(['n5']);
  });

  test('has the tab in it where it is not', () => {
    expect(keysOf(['Account A', 'Konto Ü/2'])).toEqual(['account-a-n5', 'konto-u-2-n5']);
  });

  test('has the tab’s place where names are equal, or equal but for case', () => {
    expect(keysOf(['A', 'a', ''])).toEqual(['a-n5-t1', 'a-n5-t2', 'tab-n5']);
  });

  test('is never one that another record has', () => {
    const node = generator();
    expect(receiptKey(node, compiledOf([node]), new Set(['n5', 'n5-x2']))).toBe('n5-x3');
  });

  test('is unique and legal as a file name on every system', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { minLength: 1, maxLength: 5 }), (names) => {
        const keys = keysOf(names);
        expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length);
        for (const key of keys) expect(key).toMatch(/^[\p{L}\p{M}\p{N}-]{1,80}$/u);
      }),
    );
  });
});
