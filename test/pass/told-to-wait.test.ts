/** Answers that take back what was said, and answers that say when to come again: believed once, kept to the second. */
import type { RequestSummary } from '../../src/simulator/request-log';
import type { CliRun } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { until } from '../helpers/wait';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const SCENE = ['--scene', '1'];
/** Four pictures and four clips. */
const COST = 8;

async function requests(): Promise<RequestSummary['counts']> {
  const answer = await fetch(`${backend.url}/_control/requests`);
  return ((await answer.json()) as RequestSummary).counts;
}

async function expectDone(run: CliRun, cost = COST): Promise<void> {
  const end = await run.ended;
  expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
  const answer = jsonOf<RunAnswer>(end);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: cost, lost: 0 } });
  expect(backend.paid()).toBe(cost);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, cost);
}

test.each(['running', 'pending'] as const)(
  'done, then %s, then done: nothing is sent or fetched twice',
  async (says) => {
    // A download that fails makes a next attempt ask again for tasks whose end was told.
    backend.faults.add({ kind: 'status', status: 503, match: { route: 'files' }, count: 2 });
    backend.faults.add({ kind: 'backwards', says, told: true, count: 5 });
    await expectDone(rig.startRun(project, backend, SCENE));
    expect(backend.faults.struck().filter(({ fault }) => fault.kind === 'backwards')).toHaveLength(5);
    expect(await requests()).toMatchObject({ submit: COST, files: COST + 2 });
  },
);

test.each([
  { route: 'submit', asked: { submit: 4 + 4, files: 4 }, paidMeanwhile: 0 },
  { route: 'status', asked: { submit: 4, files: 4 }, paidMeanwhile: 4 },
  { route: 'files', asked: { submit: 4, files: 4 + 4 }, paidMeanwhile: 4 },
] as const)(
  '429 with Retry-After 120 on $route: asked again after two minutes, for what is missing alone',
  async ({ route, asked, paidMeanwhile }) => {
    backend.faults.add({ kind: 'status', status: 429, retryAfter: '120', match: { route }, count: 4 });
    const run = rig.startRun(project, backend, [...SCENE, '--mode', 'images']);
    const { workflow, workflowService } = await until('the servers', () => rig.client().catch(() => null));
    const pending = await until('a node that is given back for a while', async () => {
      const pass = await workflow
        .getHandle(project.workflowId)
        .describe()
        .catch(() => null);
      return pass?.raw.pendingActivities?.find(({ currentRetryInterval }) => currentRetryInterval);
    });
    expect(Number(pending.currentRetryInterval?.seconds)).toBe(120);
    expect(pending.lastFailure?.applicationFailureInfo?.type).toBe('Backend.Busy');
    expect([backend.paid(), current(project).length]).toEqual([paidMeanwhile, 4]);
    const status = await rig.cli(project, ['status', project.file]);
    expect(status.stdout).toContain('429');
    // Two minutes are over, as far as the node can tell.
    const execution = { workflowId: project.workflowId };
    await workflowService.resetActivity({ namespace: 'default', execution, type: 'generateNode' });
    await expectDone(run, 4);
    expect(await requests()).toMatchObject(asked);
  },
);
