import { BackendError } from '../../src/clients/backend-error';
import type { ListedTask } from '../../src/flow/protocol';
import type { Receipt } from '../../src/flow/receipt';
import { lookUpRow } from '../../src/money/lookup';
import type { NodeWork } from '../../src/money/ports';
import { entry, generator, receiptOf } from '../helpers/flows';

const node = generator({ outputCount: 1 });
const INTENT = '2026-05-12T14:30:00.000Z';
const away = (status?: number): BackendError =>
  new BackendError({ server: 'http://g.example.test', text: '', ...(status ? { status } : { errno: 'ECONNRESET' }) });

interface World {
  readonly work: NodeWork;
  readonly states: () => readonly string[];
  readonly asked: () => number;
}

/** A node with one lost answer, and what the list says each time it is asked; time moves on by a step at each look. */
function worldOf(answers: readonly (readonly ListedTask[] | BackendError)[], stepMs = 10, setClock = 0): World {
  const seen = { newest: 'n', same: [], uptime: 10 };
  const lost = entry(node, { state: 'unknown', taskId: null, submittedAt: null, intentAt: INTENT, seen });
  let receipt: Receipt = receiptOf(node, [lost]);
  let passed = 0;
  let asked = 0;
  const tasks = (): Promise<readonly ListedTask[]> => {
    const next = answers[Math.min(asked++, answers.length - 1)];
    return next instanceof BackendError ? Promise.reject(next) : Promise.resolve(next ?? []);
  };
  const work = {
    generator: node,
    receiptKey: receipt.key,
    pass: 'p',
    signal: new AbortController().signal,
    meter: { paid: 0, set: () => undefined },
    ports: {
      clock: {
        now: () => Date.parse(INTENT) + passed + (asked > 1 ? setClock : 0),
        monotonic: () => (passed += stepMs),
        pause: () => Promise.resolve(),
      },
      receipts: {
        read: () => Promise.resolve(receipt),
        update: (_: string, change: (before: Receipt | null) => Receipt) =>
          Promise.resolve((receipt = change(receipt))),
      },
      backend: { server: entry(node).server, tasks, health: () => Promise.resolve({ uptime: 20, skewMs: 0 }) },
      words: { owned: () => Promise.resolve([]) },
      reached: () => undefined,
    },
  } as unknown as NodeWork;
  return { work, states: () => receipt.generations.map(({ state }) => state), asked: () => asked };
}

const task = (taskId: string, prompt: string): ListedTask => ({
  taskId,
  type: 'image',
  prompt,
  createdAt: Date.parse(INTENT) / 1000 + 1,
});
const newest = task('n', 'something else');
const ours = task('a', entry(node).promptPrefix);
const look = ({ work }: World): Promise<void> => lookUpRow(work, 1, 'words');

test('a task that the list shows now is taken over at the first look', async () => {
  const world = worldOf([[ours, newest]]);
  await look(world);
  expect([world.states(), world.asked()]).toEqual([['submitted'], 1]);
});

test('absence is believed after several looks only, and looks that fail in between take nothing away', async () => {
  const world = worldOf([[newest], away(), [newest], away(502), [newest], [newest], [newest], away(), [newest]]);
  await look(world);
  expect([world.states(), world.asked()]).toEqual([['withdrawn'], 9]);
});

test('a task that shows up late is taken over', async () => {
  const world = worldOf([[newest], away(), [newest], [ours, newest]]);
  await look(world);
  expect(world.states()).toEqual(['submitted']);
});

test('a backend that stays away, or refuses the key, is given back, and nothing is decided', async () => {
  for (const world of [worldOf([[newest], away()], 1_000), worldOf([[newest], away(401)])]) {
    await expect(look(world)).rejects.toBeInstanceOf(BackendError);
    expect(world.states()).toEqual(['unknown']);
  }
});

test.each([86_400_000, -86_400_000])(
  'a clock that is set by %i ms between two looks ends nothing early',
  async (set) => {
    const world = worldOf([[newest], away(), [newest], away(), away(502), [ours, newest]], 10, set);
    await look(world);
    expect(world.states()).toEqual(['submitted']);
    await expect(look(worldOf([[newest], away()], 1_000, set))).rejects.toBeInstanceOf(BackendError);
  },
);

test('a list that is told to be asked for later is given back', async () => {
  const busy = new BackendError({ server: 'http://g.example.test', status: 429, text: '', retryAfterMs: 120_000 });
  await expect(look(worldOf([[newest], busy, [ours, newest]]))).rejects.toBe(busy);
});
