/** The money protocol's ports for one attempt at a node: the real clients, files and locks. */
import { setTimeout as delay } from 'node:timers/promises';
import { FlowError } from '../flow/errors';
import type { NodeLock } from '../files/node-lock';
import type { GLabsClient } from '../clients/glabs';
import type { Asked, BackendPort, FencePort, NodeWork } from '../money/ports';
import { createBudget } from './budget';
import type { NodeRun } from './node-run';
import { planNow, stopped } from './node-run';
import { nodeWords } from './node-words';
import { prepareRow } from './prepare';
import { nodeResults } from './results';

export function nodeWork(run: NodeRun, lock: NodeLock): NodeWork {
  const { generator, receiptKey, input, signal, meter, deps, project } = run;
  const { reached } = deps;
  return {
    generator,
    receiptKey,
    pass: input.pass,
    ...(input.options.attempts === undefined ? {} : { attempts: input.options.attempts }),
    signal,
    meter,
    ports: {
      clock: {
        now: deps.now,
        monotonic: () => performance.now(),
        pause: (ms, until) => delay(ms, undefined, { signal: until }),
      },
      receipts: project.receipts,
      backend: backendOf(run),
      results: nodeResults(run, () => reached('downloaded')),
      words: nodeWords(run),
      fence: fenceOf(run, lock),
      plan: () => planNow(run),
      prepare: (row) => (input.collectOnly ? Promise.reject(stopped()) : prepareRow(run, row)),
      spend: createBudget(run),
      reached,
    },
  };
}

function backendOf({ glabs, backend }: NodeRun): BackendPort {
  const { server, skewMs, uptime } = backend;
  // A request under way is never cut off by us, for that would make its fate unknown.
  const never = new AbortController().signal;
  return {
    skewMs,
    uptime,
    submit: (kind, body, mayLeave) =>
      mayLeave()
        ? glabs.submit(server, kind, body, never)
        : Promise.resolve({
            kind: 'transport',
            phase: 'before-sent',
            errno: 'NOT_HELD',
            text: 'the node is no longer ours',
          }),
    ...asked(glabs, server),
    at: (other) => asked(glabs, other),
  };
}

function asked(glabs: GLabsClient, server: string): Asked {
  return {
    server,
    tasks: (signal) => glabs.tasks(server, signal),
    health: (signal) => glabs.health(server, signal),
    status: (taskId, signal) => glabs.status(server, taskId, signal),
  };
}

function fenceOf({ generator }: NodeRun, lock: NodeLock): FencePort {
  return {
    isHeld: () => lock.isHeld(),
    check: async () => {
      if (await lock.verify()) return;
      throw new FlowError('Worker.Stopping', `${generator.title}: another attempt goes on with it`, 7);
    },
  };
}
