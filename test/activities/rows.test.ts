import type { GLabsClient } from '../../src/clients/glabs';
import { fileText, TabBuilder } from '../helpers/storyboard';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

const typeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'done',
    (error: { type?: string }) => error.type,
  );

/** A picture with five rows of four candidates: three rows are worked on at a time. */
function fiveRows(original: string): string {
  const avatar = /"imageData":\s*"(http[^"]+)"/.exec(original)?.[1];
  const tab = new TabBuilder();
  const picture = tab.image('Scene 01 — image gen');
  const template = tab.template('{what} kitchen', ['what']);
  tab.link(tab.rows('what', ['bad 1', 'bad 2', 'bad 3', 'good 4', 'good 5']), template, 0);
  tab.link(template, picture, 0);
  tab.link(tab.reference(avatar), picture, 1);
  return fileText([tab]);
}

/** Refuses requests that say `bad`, which encoded pictures never do with a space behind. */
function fussy(real: GLabsClient): GLabsClient {
  const no = { kind: 'answered', status: 400, code: null, retryAfterMs: null, text: 'no' } as const;
  return {
    ...real,
    submit: (server, kind, body, signal) =>
      (body as Buffer).includes('bad ') ? Promise.resolve(no) : real.submit(server, kind, body, signal),
  };
}

test('rows behind refused ones are made, in the same pass', async () => {
  rig = await openNodeRig({ client: fussy, edit: fiveRows });
  expect(await typeOf(rig.attempt(await rig.open('pass-1')))).toBe('Generation.Failed');
  const made = rig.project.generations().filter(({ state }) => state === 'stored');
  expect([...new Set(made.map(({ row }) => row))].sort()).toEqual([4, 5]);
  expect([made.length, rig.simulator.bill().paid]).toEqual([8, 8]);
});

test('what is out is brought home while a person is awaited for another candidate of its row', async () => {
  let stranger = false;
  rig = await openNodeRig({
    client: (real) => ({
      ...real,
      tasks: async (...args) => {
        const all = await real.tasks(...args);
        const [newest] = all;
        return stranger && newest ? [1, 2].map((n) => ({ ...newest, taskId: `f0f0f0f${n}` })).concat(all) : all;
      },
    }),
  });
  const opened = await rig.open('pass-1');
  await rig.attempt(opened);
  // As it is left by a kill with three ids written down and one answer lost.
  await rig.rewrite(({ candidate }) => ({
    ...{ file: null, sha256: null, bytes: null, url: null, resultUrl: null },
    ...(candidate === 1 ? { state: 'intent', taskId: null, submittedAt: null } : { state: 'submitted' }),
  }));
  rig.project.write(rig.project.original);
  stranger = true;
  expect(await typeOf(rig.attempt(opened))).toBe('Generation.Undecided');
  const states = rig.project.generations().map(({ candidate, state }) => `${candidate} ${state}`);
  expect(states).toEqual(['1 unknown', '2 stored', '3 stored', '4 stored']);
  expect(rig.simulator.bill().paid).toBe(4);
});
