import { BackendError } from '../../src/clients/backend-error';
import { awaitAtHome, lookAtHome } from '../../src/money/homes';
import type { Asked, NodeWork, TaskState } from '../../src/money/ports';
import { entry, generator } from '../helpers/flows';

const node = generator();
const SENT = Date.parse('2026-05-12T14:30:01.000Z');
const HERE = 'http://here.example.test';
const THERE = 'http://there.example.test';
const out = entry(node, { state: 'submitted', server: THERE, submittedAt: new Date(SENT).toISOString() });
const done: TaskState = { state: 'completed', results: ['a.png'] };
const gone: TaskState = { state: 'gone' };

function asked(server: string, answer: TaskState | null, uptime: number | null): Asked {
  const away = (): Promise<never> => Promise.reject(new BackendError({ server, errno: 'ECONNREFUSED', text: '' }));
  if (answer === null) return { server, tasks: away, health: away, status: away };
  return {
    server,
    tasks: () => Promise.resolve([{ taskId: server, type: 'image', prompt: '', createdAt: 0 }]),
    health: () => Promise.resolve({ uptime, skewMs: 0 }),
    status: () => Promise.resolve(answer),
  };
}

/** What each of two G-Labs says of the task; the one that is asked first has been up for some seconds at ten minutes later. */
function workOf(here: TaskState, there: TaskState | null, uptime: number | null = 3600): NodeWork {
  let now = SENT + 600_000;
  const backend = { ...asked(HERE, here, uptime), at: (server: string) => asked(server, there, 1) };
  const clock = { now: () => (now += 1_000), monotonic: () => (now += 1_000), pause: () => Promise.resolve() };
  const receipts = { read: () => Promise.resolve(null) };
  const ports = { backend, clock, receipts };
  return { signal: new AbortController().signal, generator: node, ports } as unknown as NodeWork;
}

test('the nearest G-Labs knows the task: it is believed', async () => {
  expect(await awaitAtHome(workOf(done, null), out)).toEqual(done);
});

test('it does not: the one that was paid is asked, and its word counts', async () => {
  expect(await awaitAtHome(workOf(gone, done), out)).toEqual(done);
  expect(await awaitAtHome(workOf(gone, gone), out)).toEqual(gone);
});

test('the one that was paid is silent: a younger one may be the same without its memory, an older one is another', async () => {
  expect(await awaitAtHome(workOf(gone, null, 60), out)).toEqual(gone);
  await expect(awaitAtHome(workOf(gone, null, 3600), out)).rejects.toMatchObject({ type: 'Generation.Elsewhere' });
  await expect(awaitAtHome(workOf(gone, null, null), out)).rejects.toMatchObject({ type: 'Generation.Elsewhere' });
});

test('one that goes on with the list of before is the same, under another address', async () => {
  const seen = { newest: HERE, same: [], uptime: 10 };
  expect(await awaitAtHome(workOf(gone, null, 3600), { ...out, seen })).toEqual(gone);
});

test('what was sent to the same address has no other home', async () => {
  expect(await awaitAtHome(workOf(gone, done), { ...out, server: HERE })).toEqual(gone);
});

test('the list is read where it was sent to; when that is silent, here, and it is said so', async () => {
  const [there, here, own] = [
    await lookAtHome(workOf(gone, gone), THERE),
    await lookAtHome(workOf(gone, null), THERE),
    await lookAtHome(workOf(gone, null), HERE),
  ];
  expect([there.listing[0]?.taskId, there.isHome]).toEqual([THERE, true]);
  expect([here.listing[0]?.taskId, here.isHome]).toEqual([HERE, false]);
  expect([own.listing[0]?.taskId, own.isHome]).toEqual([HERE, true]);
});
