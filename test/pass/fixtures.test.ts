import type { Rig } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { outsideCaches } from '../helpers/outside-caches';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

interface PlanAnswer {
  readonly totals: Readonly<Record<'generate' | 'reuse', number>>;
}

describe.each([
  { fixture: 'XYZG3-V0-1', generations: 40, nodes: 10 },
  { fixture: 'week-1-testing', generations: null, nodes: null },
  { fixture: 'XYZS1-V0-4', generations: 320, nodes: 80 },
])('$fixture', ({ fixture, generations, nodes }) => {
  test('runs to its output; the bill is the plan; links open; only caches change; a second run pays nothing', async () => {
    const backend = await rig.simulate({ imageMs: 5, videoMs: 10 });
    const project = rig.project(fixture);
    const args = ['--server', backend.url, '--json'];
    const plan = jsonOf<PlanAnswer>(await rig.cli(project, ['plan', project.file, ...args]));
    if (generations !== null) expect(plan.totals.generate).toBe(generations);
    expect(backend.paid()).toBe(0);

    const first = await rig.run(project, backend, ['--concurrency', '5']);
    expect(first).toMatchObject({ state: 'done', workflowId: project.workflowId, errorsFile: null });
    expect(first.generations).toEqual({ paid: plan.totals.generate, adopted: 0, lost: 0, reused: 0 });
    if (nodes !== null) expect(first.nodes.done).toBe(nodes);
    expect(backend.paid()).toBe(plan.totals.generate);
    expectBillInReceipts(project, backend);
    await expectResultsOpen(project, first.output, plan.totals.generate);

    const text = project.text();
    expect(outsideCaches(text)).toBe(outsideCaches(project.original));
    expect(text.endsWith('\n')).toBe(project.original.endsWith('\n'));
    expect(text.includes('\n')).toBe(project.original.includes('\n'));

    const second = await rig.run(project, backend);
    expect(second.generations).toEqual({ paid: 0, adopted: 0, lost: 0, reused: plan.totals.generate });
    expect(backend.paid()).toBe(plan.totals.generate);
    expect(project.text()).toBe(text);
  });
});
