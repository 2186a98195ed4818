/**
 * Cancelled at every state that a pass goes through, both ways: what is paid is on record, and the same command afterwards
 * has all of it, for what one quiet run costs.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { acquireLock } from '../../src/files/lock';
import { PatchQueue } from '../../src/files/source-file';
import type { Between, Passing } from '../helpers/between';
import { standBetween } from '../helpers/between';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import { FIXTURES } from '../helpers/references';
import type { Backend, Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { until } from '../helpers/wait';

const SCENE = ['--scene', '1'];
const COST = 8;

let rig: Rig;
let backend: Backend;
let project: TestProject;
let store: Between;
let glabs: Between;
let pass: WorkflowHandle;
beforeAll(async () => {
  rig = await openRig();
  store = await standBetween(process.env['S3_TEST_ENDPOINT'] ?? '');
  rig.env['R2_ENDPOINT'] = store.url;
});
beforeEach(async () => {
  backend = await rig.simulate();
  glabs = await standBetween(backend.url);
  project = rig.project('XYZG3-V0-1');
  pass = (await rig.client()).workflow.getHandle(project.workflowId);
});
afterEach(async () => {
  store.obey({});
  await glabs.close();
});
afterAll(async () => {
  await rig.close();
  await store.close();
});

type Release = () => void | Promise<void>;
/** Lets a pass get as far as its state and no further; answers, once it is there, how to let it go on. */
type Hold = (start: () => void) => Promise<Release>;

const states = (): string => [...new Set(current(project).map(({ state }) => state))].join();
const isGet =
  (path: string) =>
  (one: Passing): boolean =>
    one.method === 'GET' && one.path.startsWith(path);
const isSubmit = ({ method }: Passing): boolean => method === 'POST';
const isUpload = ({ method }: Passing): boolean => method === 'PUT';

/** Requests of a kind wait, before they go on or before their answers do, until they are released. */
async function holdRequests(
  between: Between,
  which: (one: Passing) => boolean,
  { start, moment = 'before' }: { start: () => void; moment?: 'before' | 'after' },
): Promise<Release> {
  let open: Release = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let held = 0;
  const wait = async (one: Passing): Promise<undefined> => {
    if (!which(one)) return;
    held += 1;
    await opened;
  };
  between.obey({ [moment]: wait });
  start();
  await until('a request that is held', () => held > 0);
  return open;
}

/** The lock under which the file is written, learnt from whoever takes it. */
async function fileLock(): Promise<string> {
  const { locksDir } = project.layout;
  const names: string[] = [];
  await new PatchQueue().patch(project.file, () => {
    names.push(...readdirSync(locksDir));
    return [];
  });
  return join(locksDir, names.find((one) => one.startsWith('file-')) as string);
}

const HOLDS: Readonly<Record<string, Hold>> = {
  'while it opens the file': (start) => {
    const local = 'reference/avatar.png';
    mkdirSync(join(project.root, dirname(local)), { recursive: true });
    copyFileSync(join(FIXTURES, 'refs', 'avatar-sheets', 'account-a.png'), join(project.root, local));
    const url = /"imageData": "([^"]*account-a\.png)"/.exec(project.original)?.[1] ?? '';
    project.write(project.original.replaceAll(url, local));
    return holdRequests(store, isUpload, { start });
  },
  'right before it pays': (start) => {
    let asked = 0;
    // The first one is the command line's, which tries the key.
    return holdRequests(glabs, (one) => isGet('/api/tasks')(one) && ++asked > 1, { start });
  },
  'while paid requests wait for their answers': (start) => holdRequests(glabs, isSubmit, { start, moment: 'after' }),
  'while its pictures are being made': (start) => holdRequests(glabs, isGet('/api/status'), { start }),
  'while it downloads': (start) => holdRequests(glabs, isGet('/api/files'), { start }),
  'while it uploads': (start) => holdRequests(store, isUpload, { start }),
  'while it waits to write into the file': async (start) => {
    const path = await fileLock();
    const release = await holdRequests(store, isUpload, { start });
    const lock = await acquireLock(path, { waitMs: 10_000 });
    await release();
    await until('pictures in the store', () => states() === 'stored');
    return () => lock.release();
  },
  'while it waits for G-Labs': async (start) => {
    const release = await holdRequests(glabs, isGet('/api/status'), { start });
    await until('all on record', () => states() === 'submitted');
    await glabs.down();
    await release();
    await until('a pass that waits', async () => {
      return jsonOf(await rig.cli(project, ['status', project.file, '--json']))['state'] === 'waiting';
    });
    return () => glabs.up();
  },
  'while it writes the output': async (start) => {
    const { generationsDir } = project.layout;
    writeFileSync(generationsDir, 'in the way');
    start();
    await until('a pass that can not write its output', async () => {
      const found = await pass.describe().catch(() => null);
      return found?.raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'exportPass');
    });
    return () => rmSync(generationsDir);
  },
};

/** The pass has taken the order to end. */
async function knowsIt(): Promise<boolean> {
  const { events } = await pass.fetchHistory();
  return (events ?? []).some(({ workflowExecutionUpdateCompletedEventAttributes: done }) => done);
}

const MODES = [
  { how: 'cancel', args: [], moments: Object.keys(HOLDS) },
  // Where it leaves out there what the other one brings home.
  {
    how: 'cancel --now',
    args: ['--now'],
    moments: [
      'while paid requests wait for their answers',
      'while its pictures are being made',
      'while it uploads',
      'while it waits for G-Labs',
    ],
  },
];

describe.each(MODES)('$how', ({ args, moments }) => {
  test.each(moments)('%s', async (name) => {
    const address = { ...backend, url: glabs.url };
    let run = null as ReturnType<Rig['startRun']> | null;
    const release = await (HOLDS[name] as Hold)(() => (run = rig.startRun(project, address, SCENE)));
    const cancel = rig.start(project, ['cancel', project.file, '--json', ...args]);
    await until('a pass that knows it', knowsIt);
    await release();
    const end = await cancel.ended;
    expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
    await run?.ended;
    expect(jsonOf(end)['generations']).toMatchObject({ paid: backend.paid(), lost: 0 });
    expectBillInReceipts(project, backend);

    glabs.obey({});
    store.obey({});
    const answer = await rig.run(project, address, SCENE);
    expect(answer).toMatchObject({ state: 'done', generations: { lost: 0 } });
    expect(backend.paid()).toBe(COST);
    expectBillInReceipts(project, backend);
    await expectResultsOpen(project, answer.output, COST);
  });
});
