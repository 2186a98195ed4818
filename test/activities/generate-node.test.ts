import { copyFileSync, existsSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { BackendError } from '../../src/clients/backend-error';
import { FlowError } from '../../src/flow/errors';
import { deadHolds } from '../../src/files/holds';
import type { NodeRig } from './node-rig';
import { failureOf, openNodeRig, quietEnvironment } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

/** As an attempt leaves an entry that is killed before it writes its result down. */
const UNWRITTEN = { state: 'submitted', resultUrl: null, file: null, sha256: null, bytes: null, url: null } as const;

const current = () => rig.project.generations().filter((entry) => !entry.superseded);
test('a node is paid once and written into the file', async () => {
  rig = await openNodeRig();
  const opened = await rig.open('pass-1');
  expect(await rig.attempt(opened)).toMatchObject({ state: 'done', paid: 4, lost: 0 });
  expect(rig.simulator.bill().paid).toBe(4);
  expect(current().map(({ state }) => state)).toEqual(['cached', 'cached', 'cached', 'cached']);
  expect(await deadHolds(rig.deps.home)).toEqual([]);
});

test('a cancelled attempt says so, and the next one pays for nothing twice', async () => {
  rig = await openNodeRig();
  const opened = await rig.open('pass-1');
  const env = quietEnvironment();
  env.cancel();
  await expect(rig.attempt(opened, {}, env)).rejects.toThrow(CancelledFailure);
  expect(await rig.attempt(opened)).toMatchObject({ state: 'done' });
  expect(rig.simulator.bill().paid).toBe(4);
});

test('tasks that took too long stay on record, and the next run asks for them again, for nothing', async () => {
  let stuck = true;
  rig = await openNodeRig({
    client: (real) => ({
      ...real,
      status: (...args) =>
        stuck ? Promise.reject(new FlowError('Generation.Timeout', 'too long', 1)) : real.status(...args),
    }),
  });
  const failed = await failureOf(rig.attempt(await rig.open('pass-1')));
  expect(failed).toMatchObject({ type: 'Generation.Timeout', nonRetryable: true });
  expect(current().map(({ state, taskId }) => [state, typeof taskId])).toEqual(Array(4).fill(['submitted', 'string']));
  stuck = false;
  expect(await rig.attempt(await rig.open('pass-2'))).toMatchObject({ state: 'done', paid: 0 });
  expect(rig.simulator.bill().paid).toBe(4);
});

describe('an attempt that goes on where a killed one stopped', () => {
  test('makes again what turns out to be lost, instead of calling the node done', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.attempt(opened);
    rmSync(join(rig.project.layout.baseDir, current()[1]?.file ?? ''));
    await rig.rewrite(({ candidate }) => ({
      state: 'submitted',
      resultUrl: null,
      file: null,
      sha256: null,
      url: null,
      ...(candidate === 2 ? { taskId: 'feedbeef' } : {}),
    }));
    rig.project.write(rig.project.original);
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', lost: 1 });
    expect(current().map(({ state }) => state)).toEqual(['cached', 'cached', 'cached', 'cached']);
    expect(rig.simulator.bill().paid).toBe(5);
  });

  test('finds a result that was put in its place and not written down, though G-Labs forgot its task', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.attempt(opened);
    const before = current().map(({ sha256 }) => sha256);
    await rig.rewrite(({ candidate }) => (candidate === 2 ? { ...UNWRITTEN, taskId: 'feedbeef' } : {}));
    rig.project.write(rig.project.original);
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', lost: 0 });
    expect(current().map(({ sha256 }) => sha256)).toEqual(before);
    expect(rig.simulator.bill().paid).toBe(4);
  });

  test('takes no file for its own that was there before it was asked for, or that another entry has', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.attempt(opened);
    const files = current().map(({ file }) => join(rig.project.layout.baseDir, file ?? ''));
    copyFileSync(files[0] ?? '', files[1] ?? '');
    utimesSync(files[2] ?? '', new Date(0), new Date(0));
    await rig.rewrite(({ candidate }) =>
      candidate === 2 || candidate === 3 ? { ...UNWRITTEN, taskId: `feedbee${candidate}` } : {},
    );
    rig.project.write(rig.project.original);
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', lost: 2 });
    expect(rig.simulator.bill().paid).toBe(6);
  });

  test('fetches a result again whose file was removed before its upload', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.attempt(opened);
    await rig.rewrite(() => ({ state: 'generated', url: null }));
    rig.project.write(rig.project.original);
    rmSync(join(rig.project.layout.baseDir, current()[0]?.file ?? ''));
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', paid: 4 });
    expect(rig.simulator.bill().paid).toBe(4);
  });

  test('asks again for a file that is missing for a moment, and makes again only what stays away', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    rig.simulator.faults.add({ kind: 'gone', count: 2 });
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', paid: 4, lost: 0 });
    for (const { file } of rig.project.generations())
      rmSync(join(rig.project.layout.baseDir, file ?? ''), { force: true });
    await rig.rewrite(() => ({ state: 'submitted', file: null, url: null }));
    rig.project.write(rig.project.original);
    rig.simulator.faults.add({ kind: 'gone', forever: true });
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', lost: 1 });
    expect(rig.simulator.bill().paid).toBe(5);
  });

  test('brings home what was sent with the words of then, also when the prompt was edited since', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.attempt(opened);
    await rig.rewrite(() => ({ state: 'intent', taskId: null, submittedAt: null, file: null, url: null }));
    rig.project.write(rig.project.original.replace('leaning on the counter, take 1.1', 'by the window'));
    await rig.attempt(opened);
    const earlier = rig.project.generations().filter(({ superseded }) => superseded);
    expect(earlier.map(({ adopted, state }) => `${adopted} ${state}`)).toEqual(Array(4).fill('true generated'));
    const { baseDir } = rig.project.layout;
    for (const { file } of earlier) expect(existsSync(join(baseDir, file ?? ''))).toBe(true);
  });
});

describe('failures', () => {
  test('a result that is refused again and again while G-Labs is well is retried after a pause, not through the gate', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    rig.simulator.faults.add({ kind: 'status', status: 500, match: { route: 'files' }, count: 100 });
    expect(await failureOf(rig.attempt(opened))).toMatchObject({
      type: 'Backend.StillUnreachable',
      nonRetryable: false,
      details: [{ paid: 4 }],
    });
    rig.simulator.faults.clear();
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', paid: 4 });
  });

  test('a server that is away sends the node to the gate', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    await rig.simulator.dropEverything();
    expect(await failureOf(rig.attempt(opened))).toMatchObject({ type: 'Backend.Unreachable', nonRetryable: true });
  });

  test('a dead tunnel that says 404 to a download loses no task', async () => {
    let dead = false;
    let dies = true;
    const notFound = (server: string) => Promise.reject(new BackendError({ server, status: 404, text: 'no tunnel' }));
    rig = await openNodeRig({
      client: (real) => ({
        ...real,
        health: (server, signal) => (dead ? notFound(server) : real.health(server, signal)),
        download: (url, path, signal) => {
          dead ||= dies;
          return dead ? notFound('http://g-labs.test') : real.download(url, path, signal);
        },
      }),
    });
    const opened = await rig.open('pass-1');
    expect(await failureOf(rig.attempt(opened))).toMatchObject({ type: 'Backend.Unreachable' });
    [dead, dies] = [false, false];
    expect(await rig.attempt(opened)).toMatchObject({ state: 'done', paid: 4, lost: 0 });
  });

  test('a server without the submit route ends the node, and nothing counts as paid', async () => {
    rig = await openNodeRig();
    const opened = await rig.open('pass-1');
    rig.simulator.faults.add({ kind: 'status', status: 404, match: { route: 'submit' }, count: 100 });
    expect(await failureOf(rig.attempt(opened))).toMatchObject({ type: 'Backend.Unexpected', nonRetryable: true });
    expect(current().map(({ state }) => state)).toEqual(Array(4).fill('withdrawn'));
  });

  test('tell no address and no words of a prompt', async () => {
    rig = await openNodeRig({ edit: (text) => text.replaceAll('account-a.png', 'gone.png?sig=hush') });
    const opened = await rig.open('pass-1');
    const error = await failureOf(rig.attempt(opened));
    expect(error).toMatchObject({ type: 'Reference.Unavailable' });
    expect(error.cause).toBeUndefined();
    expect(`${error.message}${error.stack}`).not.toMatch(/hush|avatar-sheets/);
  });
});

describe('a lost answer that a dead worker left in another node', () => {
  test('is settled before anything with the same words is sent, and each task finds its own node', async () => {
    rig = await openNodeRig();
    const both = await rig.open('pass-1', { scenes: ['01', '02'] });
    const [first, second] = both.nodes;
    if (!first || !second) throw new Error('two nodes were expected');
    await rig.attempt({ ...both, nodes: [first] });
    // As a worker leaves it that dies between the backend's answers and its next write.
    await rig.rewrite(() => ({
      state: 'intent',
      taskId: null,
      submittedAt: null,
      file: null,
      url: null,
      sha256: null,
    }));
    rig.project.write(rig.project.original);
    expect(await rig.attempt({ ...both, nodes: [second] })).toMatchObject({ state: 'done', paid: 4 });
    const adopted = rig.project.generations().filter((entry) => entry.adopted);
    expect(adopted.map(({ state }) => state)).toEqual(Array<string>(4).fill('submitted'));
    expect(await rig.attempt({ ...both, nodes: [first] })).toMatchObject({ state: 'done', lost: 0 });
    expect(rig.simulator.bill().paid).toBe(8);
  });
});
