/** When passes fail one after the other: `run` and `diagnose` say when to stop running the same file, with the numbers. */
import type { GivingUp } from '../../src/flow/giving-up';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';
import { jsonOf } from '../helpers/cli';
import { expectBillInReceipts } from '../helpers/judge';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

type Answer = RunAnswer & { readonly givingUp: GivingUp | null };
const run = async (code: number): Promise<Answer> =>
  (await rig.run(project, backend, ['--scene', '1,2', '--mode', 'images'], code)) as Answer;
const diagnose = async (): Promise<Answer> =>
  jsonOf(await rig.cli(project, ['diagnose', project.file, '--json'], { GLABS_SERVER: backend.url }));
function fail(code: number, message: string, tries: number): void {
  backend.faults.add({ kind: 'fail', code, message, count: 4 * tries, match: { promptContains: 'take 2.1' } });
}

test('When to give up and start over: two passes that failed in different ways: told at the end, by diagnose and before more is paid; an edit settles it', async () => {
  fail(400, 'The prompt was refused by our policy', 2);
  expect((await run(1)).givingUp).toBeNull();
  fail(500, 'UPSTREAM', 3);
  const second = await run(1);
  // Made: four pictures. Missing: four that were tried in vain, twelve pictures and all clips, never tried.
  const numbers = { tries: 20, results: 0, goOn: 216, goOnLikely: 212 + 4 * 22, startOver: 220 };
  expect(second.givingUp).toMatchObject({ reasons: ['different-failures', 'costs-more'], ...numbers });
  expect(second.givingUp?.words.join(' ')).toMatch(/different ways.*safety filter.*could not make it.*20 tries.*none/s);
  expect(second.next.join('\n')).toContain(`nbflow check`);
  expect(backend.paid()).toBe(4 + 8 + 12);

  const diagnosed = await diagnose();
  expect(diagnosed.givingUp).toEqual(second.givingUp);
  expect(diagnosed.next[0]).toContain('nbflow check');

  fail(500, 'UPSTREAM', 3);
  const third = await rig.startRun(project, backend, ['--scene', '2', '--mode', 'images']).ended;
  expect([third.code, third.stderr]).toEqual([1, expect.stringContaining('failed in different ways')]);
  // Three in a row, the last two of them alike.
  expect(jsonOf<Answer>(third).givingUp?.reasons).toEqual(['costs-more']);

  project.write(project.text().replace('take 2.1', 'take 2.1, from the left'));
  expect((await diagnose()).givingUp).toBeNull();
  const fourth = await rig.startRun(project, backend, ['--scene', '2', '--mode', 'images']).ended;
  expect([fourth.code, /failed in|in the same way/.exec(fourth.stderr)]).toEqual([0, null]);
  expect((await diagnose()).givingUp).toBeNull();
  expectBillInReceipts(project, backend);
});
