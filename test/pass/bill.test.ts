/** What `nbflow bill` says after whole passes, and a pass that may only spend so much; the simulator's bill is the judge. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts } from '../helpers/judge';
import { until } from '../helpers/wait';

interface BillAnswer extends Readonly<Record<'paid' | 'adopted' | 'lost' | 'failed' | 'reused' | 'inFlight', number>> {
  readonly lostMadeAgain: number;
  readonly price: Readonly<Record<'paid' | 'lost' | 'failed', number>>;
  readonly saved: number;
  readonly scenes: readonly { scene: string; kind: 'image' | 'video'; account: string; paid: number }[];
  readonly files: readonly { file: string | null; code: string; fileVersion: string; paid: number }[];
  readonly sentences: readonly string[];
  readonly claimedTwice: readonly string[];
  readonly damaged: readonly string[];
  readonly backend: Readonly<Record<'ready' | 'missing' | 'strangers' | 'lostAnswers', readonly unknown[]>> & {
    readonly listed: number;
    readonly ours: number;
  };
  readonly backendProblem: string | null;
}

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const server = (): string[] => ['--server', backend.url];

async function bill(code = 0, args: readonly string[] = [project.file]): Promise<BillAnswer> {
  const end = await rig.cli(project, ['bill', ...args, ...server(), '--json']);
  if (end.code !== code) throw new Error(`exit ${end.code} instead of ${code}:\n${end.stdout}\n${end.stderr}`);
  return jsonOf<BillAnswer>(end);
}
const said = (): Promise<CliEnd> => rig.cli(project, ['bill', project.file, ...server()]);

describe('the bill', () => {
  test("of a file without receipts is nothing, and asks nobody's server", async () => {
    const answer = await bill();
    expect(answer).toMatchObject({ paid: 0, scenes: [], backend: null, backendProblem: null });
    expect(answer.sentences).toEqual(['Nothing was paid for yet.']);
  });

  test("after a clean pass is the backend's bill, and after a second one shows what reuse saved", async () => {
    await rig.run(project, backend, ['--scene', '1,2']);
    const first = await bill();
    expect(first).toMatchObject({ paid: 16, adopted: 0, lost: 0, failed: 0, reused: 0, inFlight: 0, saved: 0 });
    expect(first.paid).toBe(backend.paid());
    expect(first.price.paid).toBe(8 * 1 + 8 * 10);
    expect(first.scenes.map(({ scene, kind, paid }) => [scene, kind, paid])).toEqual([
      ['01', 'image', 4],
      ['01', 'video', 4],
      ['02', 'image', 4],
      ['02', 'video', 4],
    ]);
    expect(first.sentences).toContain('Nothing was paid twice.');
    expect(first.backend).toMatchObject({ listed: 16, ours: 16, ready: [], missing: [], strangers: [] });
    await rig.run(project, backend, ['--scene', '1,2']);
    const second = await bill();
    expect(second).toMatchObject({ paid: 16, reused: 16, saved: 88 });
    expect((await said()).stdout).toMatch(/Reuse saved 88 units/);
  });

  test('counts an adopted task as paid once, and says how it was found', async () => {
    backend.faults.add({ kind: 'drop-after-accept', count: 2 });
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    expect(await bill()).toMatchObject({ paid: 4, adopted: 2, lost: 0 });
    expect((await said()).stdout).toMatch(/answer for 2 generations of them got lost[^]*Nothing was paid twice\./);
    expect(backend.paid()).toBe(4);
  });

  test('of a backend that forgot its tasks says in one line what was lost and made again', async () => {
    backend.faults.add({ kind: 'stall', count: 4, match: { type: 'image' } });
    const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
    await until('four tasks in flight', () => project.generations().filter((one) => one.taskId !== null).length === 4);
    backend.faults.add({ kind: 'forget', restart: true });
    expect((await run.ended).code).toBe(0);
    const answer = await bill();
    expect(answer).toMatchObject({ paid: 8, lost: 4, lostMadeAgain: 4, price: { paid: 8, lost: 4 } });
    expect(answer.paid).toBe(backend.paid());
    expectBillInReceipts(project, backend);
    const lines = (await said()).stdout.split('\n').filter((line) => line.startsWith('G-Labs lost'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^G-Labs lost 4 generations \(4 units, possibly paid for nothing\): .*restarted.*; each was made again once\.$/,
      ),
    ]);
  });

  test('tells tasks at the backend that begin like ours and are in no receipt', async () => {
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    const prompt = backend.bill().entries[0]?.prompt ?? '';
    const other = await fetch(`${backend.url}/api/image/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': rig.env['GLABS_API_KEY'] ?? '' },
      body: JSON.stringify({ prompt, model: 'nano_banana_2', aspect_ratio: '9:16', reference_images: [] }),
    });
    const { task_id: id } = (await other.json()) as { task_id: string };
    const { backend: word, sentences } = await bill();
    expect(word.strangers).toEqual([expect.objectContaining({ taskId: id })]);
    expect(sentences.join()).not.toMatch(/Nothing (else )?was paid twice/);
    expect((await said()).stdout).toMatch(new RegExp(`in no receipt: ${id}\\. .*possibly paid for twice`));
  });

  test('of a pass under way counts what is out, and G-Labs knows when it is ready', async () => {
    const release = backend.hold();
    const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images']);
    await until('four finished tasks that are told to be running', () => backend.bill().completed === 4);
    const answer = await until('a bill with four ready tasks', async () => {
      const now = await bill();
      return now.backend.ready.length === 4 ? now : null;
    });
    expect(answer).toMatchObject({ paid: 4, inFlight: 4 });
    release();
    expect((await run.ended).code).toBe(0);
    expect(await bill()).toMatchObject({ paid: 4, inFlight: 0, backend: { ready: [] } });
  });

  test('is added up without G-Labs too, and says in one line that it was not asked', async () => {
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    const end = await rig.cli(project, ['bill', project.file, '--server', 'http://127.0.0.1:9']);
    expect([end.code, end.stdout.split('\n').filter((line) => /Not compared with G-Labs/.test(line)).length]).toEqual([
      0, 1,
    ]);
    expect(end.stdout).toMatch(/Paid: 4 generations/);
  });

  test('names a damaged receipt, adds up the others, and ends with 8', async () => {
    await rig.run(project, backend, ['--scene', '1', '--mode', 'full']);
    const { receiptsDir } = project.layout;
    const [name] = readdirSync(receiptsDir).filter((one) => one.endsWith('.json'));
    const path = join(receiptsDir, name ?? '');
    const whole = readFileSync(path);
    writeFileSync(path, '{"version":1,"che');
    const answer = await bill(8).finally(() => writeFileSync(path, whole));
    expect(answer.paid).toBe(4);
    expect(answer.damaged).toEqual([expect.stringContaining(path)]);
  });

  test('of a whole project has every file, and of one file only that', async () => {
    const other = rig.project('XYZS1-V0-4');
    await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
    await rig.run(other, backend, ['--scene', '1', '--mode', 'images', '--account', 'A,B']);
    const all = await bill(0, []);
    const files = all.files.filter(({ file }) => file === project.file || file === other.file);
    expect(files.map(({ code, fileVersion, paid }) => [code, fileVersion, paid])).toEqual(
      expect.arrayContaining([
        ['XYZG3', 'V0-1', 4],
        ['XYZS1', 'V0-4', 8],
      ]),
    );
    expect(await bill()).toMatchObject({ paid: 4, backend: { listed: 12, ours: 12, strangers: [] } });
    const accounts = await bill(0, [other.file]);
    expect(accounts.scenes.map(({ account, paid }) => [account, paid])).toEqual([
      ['Account A', 4],
      ['Account B', 4],
    ]);
  });
});

describe('a budget', () => {
  test('that the plan exceeds refuses the run before anything is started or sent, and says what would fit', async () => {
    const run = (...args: string[]): Promise<CliEnd> =>
      rig.cli(project, ['run', project.file, ...server(), '--budget', ...args]);
    const end = await run('50');
    expect(end.code).toBe(5);
    expect(end.stderr).toMatch(/would cost 220 units; the budget is 50 units\. Nothing was sent/);
    expect(end.stderr).toMatch(/--mode images --budget 50 {2}\(20 units\)/);
    expect(end.stderr).toMatch(/--scene 1 --budget 50 {2}\(44 units\)/);
    expect(end.stderr).toMatch(/--budget 220/);
    expect(jsonOf(await run('219.9', '--json'))).toMatchObject({ exitCode: 5, error: { type: 'Budget.Exceeded' } });
    expect((await run('-1')).code).toBe(2);
    expect(backend.paid()).toBe(0);
    expect(project.text()).toBe(project.original);
    expect(readdirSync(project.folder)).toEqual(['XYZG3-V0-1.nbflow']);
  });

  test('that just suffices is no hindrance', async () => {
    const answer = await rig.run(project, backend, ['--scene', '1', '--budget', '44']);
    expect(answer).toMatchObject({ state: 'done', generations: { paid: 8 } });
  });

  test('stops the pass in the middle when failures would be paid for again, never one unit above', async () => {
    backend.faults.add({ kind: 'fail', code: 500, message: 'NOT_NOW', count: 3, match: { type: 'image' } });
    const answer = await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images', '--budget', '9'], 5);
    expect(answer.state).toBe('over-budget');
    expect(backend.paid()).toBeLessThanOrEqual(9);
    expect(backend.paid()).toBeGreaterThanOrEqual(8);
    expect(answer.generations.paid).toBe(backend.paid());
    expectBillInReceipts(project, backend);
    expect(answer.errorsFile).toMatch(/errors\.json$/);
    expect(answer.next.join()).toMatch(/(\d+) units? (are|is) left to pay: nbflow run .* --budget \1/);
    // What is left costs what it says, and is paid for by the next run alone.
    const left = Number(/--budget (\d+)/.exec(answer.next.join())?.[1]);
    const paid = backend.paid();
    const rest = await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images', '--budget', `${left}`]);
    expect(rest).toMatchObject({ state: 'done', generations: { paid: left } });
    expect(backend.paid()).toBe(paid + left);
  });

  test('counts generations that G-Labs lost: they may have been paid for', async () => {
    backend.faults.add({ kind: 'stall', count: 4, match: { type: 'image' } });
    const run = rig.startRun(project, backend, ['--scene', '1', '--mode', 'images', '--budget', '7']);
    await until('four tasks in flight', () => project.generations().filter((one) => one.taskId !== null).length === 4);
    backend.faults.add({ kind: 'forget', restart: true });
    const end = await run.ended;
    expect([end.code, jsonOf<RunAnswer>(end).state]).toEqual([5, 'over-budget']);
    expect(backend.paid()).toBe(4);
    expect(await bill()).toMatchObject({ paid: 4, lost: 4, lostMadeAgain: 0 });
  });

  test('is kept by a pass whose worker is killed', async () => {
    const slow = await rig.simulate({ imageMs: 400, videoMs: 400 });
    slow.faults.add({ kind: 'fail', code: 500, message: 'NOT_NOW', count: 100, match: { type: 'image' } });
    const run = rig.startRun(project, slow, ['--mode', 'images', '--budget', '23']);
    await until('the first submits', () => slow.paid() >= 8);
    await rig.strike('worker', 'SIGKILL');
    const end = await run.ended;
    expect(end.code).toBe(5);
    expect(slow.paid()).toBeLessThanOrEqual(23);
    expect(slow.paid()).toBeGreaterThanOrEqual(20);
  });
});
