import { BackendError } from '../../src/clients/backend-error';
import { awaitTask, pollPause } from '../../src/money/poll';
import type { NodeWork, TaskState } from '../../src/money/ports';
import { entry, generator } from '../helpers/flows';

const node = generator();
const SUBMITTED = Date.parse('2026-05-12T14:30:01.000Z');
const failed: TaskState = { state: 'failed', code: 400, error: 'no', detail: '' };

/** A clock that moves on by a step at each look. */
function workOf(answers: readonly (TaskState | Error)[], stepMs = 10): NodeWork {
  const left = [...answers];
  let now = SUBMITTED;
  const status = (): Promise<TaskState> => {
    const next = left.length > 1 ? left.shift() : left[0];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next as TaskState);
  };
  const clock = { now: () => (now += stepMs), pause: () => Promise.resolve() };
  return {
    signal: new AbortController().signal,
    generator: node,
    ports: { backend: { status }, clock },
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
