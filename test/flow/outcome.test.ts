import {
  DONE_WITHOUT,
  GIVEN_UP,
  NEEDS_PERSON,
  countGenerations,
  countNodes,
  emptyOutcome,
  exitCode,
  passState,
  settledOutcome,
} from '../../src/flow/outcome';
import type { NodeState } from '../../src/flow/outcome';
import { planNode } from '../../src/flow/plan';
import type { Action, PlannedNode } from '../../src/flow/plan-types';
import { compiledOf, evidenceOf, generator, optionsOf } from '../helpers/flows';

const outcomes = (...states: NodeState[]) => states.map((state, i) => emptyOutcome(`0:${i}`, state));

describe('the state of a pass', () => {
  test.each([
    [[], 'done', 0],
    [['reused', 'done'], 'done', 0],
    [['done', 'failed'], 'done-with-failures', 1],
    [['done', 'skipped'], 'done-with-failures', 1],
    [['failed', 'undecided'], 'needs-person', 6],
    [['undecided', 'cancelled', 'failed'], 'cancelled', 130],
  ] as const)('of %p is %s with exit code %i', (states, state, code) => {
    expect(passState(outcomes(...states))).toBe(state);
    expect(exitCode(passState(outcomes(...states)))).toBe(code);
  });

  test('is over budget as soon as one node met its end, but a cancel is said before', () => {
    const stopped = emptyOutcome('0:9', 'failed', { errorType: 'Budget.Exceeded' });
    const state = passState([...outcomes('done', 'undecided', 'skipped'), stopped]);
    expect([state, exitCode(state)]).toEqual(['over-budget', 5]);
    expect(passState([...outcomes('cancelled'), stopped])).toBe('cancelled');
  });

  test('is done when only muted nodes were skipped', () => {
    expect(passState([emptyOutcome('0:1', 'skipped', { harmless: true })])).toBe('done');
  });
});

test('counts add up over the nodes', () => {
  const list = outcomes('done', 'done', 'failed').map((one) => ({ ...one, paid: 2, adopted: 1, lost: 1, reused: 3 }));
  expect(countNodes(list)).toEqual({ reused: 0, done: 2, failed: 1, skipped: 0, cancelled: 0, undecided: 0 });
  expect(countGenerations(list)).toEqual({ paid: 6, adopted: 3, lost: 3, reused: 9 });
});

describe('a planned node', () => {
  const node = generator();
  const planned = planNode(compiledOf([node]), node, evidenceOf(), optionsOf());
  const withCandidates = (...list: (readonly [Action, string])[]): PlannedNode => ({
    ...planned,
    rows: planned.rows.map((one) => ({
      ...one,
      candidates: list.map(([action, reason], i) => ({
        candidate: i + 1,
        action,
        reason,
        price: 0,
        url: null,
        revives: null,
      })),
    })),
  });

  test('with work in it is not settled', () => {
    expect(settledOutcome(planned)).toBeNull();
    expect(settledOutcome(withCandidates(['blocked', 'x'], ['finish', 'y']))).toBeNull();
  });

  test('of which all can be reused runs while replaced tasks of it are out; one that is blocked does not', () => {
    expect(settledOutcome(withCandidates(['reuse', 'r']), true)).toBeNull();
    expect(settledOutcome(withCandidates(['blocked', 'x']), true)).toMatchObject({ state: 'skipped' });
  });

  test('that the file mutes is skipped, harmlessly', () => {
    const outcome = settledOutcome({ ...planned, skip: 'muted in the file', rows: [] });
    expect(outcome).toMatchObject({ state: 'skipped', reason: 'muted in the file', harmless: true });
  });

  test.each([
    ['reused', null, [['reuse', 'r']]],
    [
      'reused',
      GIVEN_UP,
      [
        ['reuse', 'r'],
        ['blocked', GIVEN_UP],
      ],
    ],
    [
      'skipped',
      'no still',
      [
        ['reuse', 'r'],
        ['blocked', 'no still'],
        ['blocked', GIVEN_UP],
      ],
    ],
    ['skipped', GIVEN_UP, [['blocked', GIVEN_UP]]],
    [
      'reused',
      DONE_WITHOUT,
      [
        ['reuse', 'r'],
        ['blocked', DONE_WITHOUT],
      ],
    ],
    [
      'undecided',
      `lost; ${NEEDS_PERSON}`,
      [
        ['blocked', 'no still'],
        ['blocked', `lost; ${NEEDS_PERSON}`],
      ],
    ],
  ] as const)('is %s with reason %p', (state, reason, candidates) => {
    expect(settledOutcome(withCandidates(...candidates))).toMatchObject({ state, reason });
  });
});
