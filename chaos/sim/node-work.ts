/** One attempt at one node over the model's ports: what src/activities/generate-node.ts does over the real ones. */
import { FlowError } from '../../src/flow/errors';
import { fetchLeftovers } from '../../src/money/leftovers';
import type { Asked, BackendPort, NodeWork, Place, TaskState } from '../../src/money/ports';
import { produceNode } from '../../src/money/produce';
import type { Inputs } from './backend';
import type { Host } from './host';
import { SERVER } from './network';
import type { NodeLock } from './node-lock';
import { acquireNodeLock } from './node-lock';
import type { AttemptFacts, NodeJob, Run } from './node-run';
import { openRun, planNow, prepare, saveLinks } from './node-run';
import { resultPort } from './results';
import { lockPath, wordsPort } from './words';
import { setClock, wallNow } from './clocks';
import type { World } from './world';

/** From plan to links in the file. Throws as the product's activity does. */
export async function workOnNode(world: World, host: Host, job: NodeJob, facts: AttemptFacts): Promise<void> {
  const place: Place = { dir: job.file.dir, key: `n${job.id}` };
  const lock = await acquireNodeLock(world, host, lockPath(place), facts);
  if (!lock) throw new FlowError('Node.Held', 'another process has it', 7);
  try {
    const run = await openRun(world, host, job, { ...facts, place });
    const work = await nodeWork(run, lock);
    await produceNode(work);
    await saveLinks(run);
    await fetchLeftovers(work);
  } finally {
    await lock.release();
  }
}

async function nodeWork(run: Run, lock: NodeLock): Promise<NodeWork> {
  const { world, host, generator, place, receipts, signal, job } = run;
  const { schedule } = world;
  const reached: NodeWork['ports']['reached'] = (step) => world.onStep(host, step);
  return {
    generator,
    receiptKey: place.key,
    pass: job.options.pass as string,
    signal,
    meter: { paid: 0, set: () => undefined },
    ports: {
      clock: {
        now: () => wallNow(world),
        monotonic: () => schedule.now,
        pause: (ms, until) => schedule.pause(host, ms, until),
      },
      receipts,
      backend: await backendPort(run),
      results: resultPort(world, host, place, receipts, () => reached('downloaded')),
      words: wordsPort(world, host, { place, attempt: run.attempt, activity: run.activity, signal }),
      fence: {
        isHeld: () => lock.isHeld(),
        check: async () => {
          if (!(await lock.verify())) throw new FlowError('Worker.Stopping', 'another attempt goes on', 7);
        },
      },
      plan: () => planNow(run),
      prepare: (row) => prepare(run, row),
      spend: (_count, write) => write(),
      reached,
    },
  };
}

/** Answers of a healthy server as they were when the attempt began, as in the product. */
async function backendPort({ world, host, signal }: Run): Promise<BackendPort> {
  const { network, backend, schedule, choices, weather, weak, judge } = world;
  const health = (until: AbortSignal): Promise<{ readonly uptime: number | null; readonly skewMs: number }> =>
    network.ask(host, 'health', until, () => backend.health(schedule.now, wallNow(world)));
  const asked: Asked = {
    server: SERVER,
    tasks: (until) =>
      weak.noLookup
        ? Promise.resolve([])
        : network.ask(host, 'tasks', until, () =>
            backend.list(schedule.now, choices.chance('fault twice', weather.askFaults)),
          ),
    health,
    status: (taskId, until) => network.ask(host, 'status', until, () => statusOf(world, taskId)),
  };
  return {
    ...asked,
    ...(await health(signal)),
    // The model has one G-Labs with one address.
    at: () => asked,
    submit: (kind, body, mayLeave) => {
      if (!mayLeave()) {
        return Promise.resolve({ kind: 'transport', phase: 'before-sent', errno: 'NOT_HELD', text: 'not ours' });
      }
      const text = body.toString();
      return network.submit(host, () => {
        const { prompt } = JSON.parse(text) as Inputs;
        const endsAt = schedule.now + choices.one('duration', [50, 200, 1_000, 2_500], 0.25);
        const failure = choices.one('failure', [null, 400, 500, 0], weather.failures);
        const task = backend.accept(schedule.now, { kind, prompt, body: text, endsAt, failure });
        judge.paid(world, text);
        if (choices.chance('clock set meanwhile', weather.restlessClock)) setClock(world, backend);
        return task;
      });
    },
  };
}

/** What G-Labs says of a task, which may be wrong for a moment. */
function statusOf({ backend, schedule, choices, weather, count }: World, taskId: string): TaskState {
  const state = backend.status(schedule.now, taskId);
  if (backend.denies(taskId, choices.chance('denied', weather.askFaults))) {
    count('task denied');
    return { state: 'gone' };
  }
  if (state.state !== 'completed') return state;
  if (choices.chance('goes back', weather.askFaults)) return { state: 'running' };
  return choices.chance('lists nothing', weather.askFaults) ? { ...state, results: [] } : state;
}
