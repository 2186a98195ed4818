/** The judge of the chaos runs must see what it is there for. */
import type { Forgetting } from '../../chaos/real/backend';
import type { Charge } from '../../chaos/real/bill';
import { compareBooks, judgeAccounts } from '../../chaos/real/judge';
import type { Generation } from '../../src/flow/receipt';
import { entry, generator, receiptOf } from '../helpers/flows';

const node = generator({ outputCount: 2 });

function charge(n: number, overrides: Partial<Charge> = {}): Charge {
  return {
    n,
    at: '2026-05-12T14:30:00.000Z',
    task_id: `task-${n}`,
    type: 'image',
    prompt: node.rows[0]?.prompt ?? '',
    prompt_sha256: '',
    references: [],
    foreign: false,
    outcome: 'completed',
    ...overrides,
  };
}

function made(n: number, overrides: Partial<Generation> = {}): Generation {
  return entry(node, { candidate: n, taskId: `task-${n}`, ...overrides });
}

function kindsOf(
  charges: readonly Charge[],
  entries: readonly Generation[],
  forgettings: readonly Forgetting[] = [],
): readonly string[] {
  return judgeAccounts(compareBooks(charges, [receiptOf(node, entries)], forgettings)).map(({ kind }) => kind);
}

const FORGOTTEN: readonly Forgetting[] = [{ last: 1, safe: new Set() }];

test('a bill that is the receipts is no breach', () => {
  expect(kindsOf([charge(1), charge(2)], [made(1), made(2)])).toEqual([]);
});

test('two charged tasks of one candidate are paid twice', () => {
  const again = made(1, { taskId: 'task-2', attempt: 2 });
  expect(kindsOf([charge(1), charge(2)], [made(1, { superseded: true }), again])).toEqual(['double']);
});

test('a task that the backend forgot may be made again, once', () => {
  const lost = made(1, { state: 'lost' });
  const again = made(1, { taskId: 'task-2' });
  const third = made(1, { taskId: 'task-3' });
  expect(kindsOf([charge(1), charge(2)], [lost, again], FORGOTTEN)).toEqual([]);
  expect(kindsOf([charge(1), charge(2), charge(3)], [lost, again, third], FORGOTTEN)).toEqual(['double']);
});

test('forgetting is no excuse for a result that was on our disk before', () => {
  const lost = made(1, { state: 'lost' });
  const safe: readonly Forgetting[] = [{ last: 1, safe: new Set(['task-1']) }];
  expect(kindsOf([charge(1), charge(2)], [lost, made(1, { taskId: 'task-2' })], safe)).toEqual(['lost', 'double']);
});

test('a task that the backend failed is not paid twice when it is made again', () => {
  const failed = made(1, { state: 'failed' });
  const again = made(1, { taskId: 'task-2' });
  expect(kindsOf([charge(1, { outcome: 'failed' }), charge(2)], [failed, again])).toEqual([]);
});

test('a paid result that the receipts gave up is lost', () => {
  expect(kindsOf([charge(1)], [made(1, { state: 'lost' })])).toEqual(['lost']);
});

test('a charge in no receipt, in two, or never made is a disagreement', () => {
  expect(kindsOf([charge(1), charge(2)], [made(1)])).toEqual(['disagree']);
  expect(kindsOf([charge(1)], [made(1), made(2, { taskId: 'task-1' })])).toEqual(['disagree']);
  expect(kindsOf([charge(1)], [made(1), made(2)])).toEqual(['disagree']);
});

test('a forgotten charge that no receipt has the id of needs one that says so', () => {
  const nameless = made(1, { state: 'lost', taskId: null });
  const again = made(1, { taskId: 'task-2' });
  expect(kindsOf([charge(1), charge(2)], [nameless, again], FORGOTTEN)).toEqual([]);
  const denied = made(1, { state: 'withdrawn', taskId: null });
  expect(kindsOf([charge(1), charge(2)], [denied, again], FORGOTTEN)).toEqual(['disagree']);
});
