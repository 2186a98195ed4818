/** The scenarios of `npm run chaos -- --scenario all`, each once and short. */
import { Stage } from '../../chaos/real/stage';
import { playAccounts } from '../../chaos/scenarios/accounts';
import { playAnswers } from '../../chaos/scenarios/answers';
import { playForget } from '../../chaos/scenarios/forget';
import { playLid } from '../../chaos/scenarios/lid';
import { playSuspended } from '../../chaos/scenarios/suspended';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test('kills between acceptance and answer add nothing to the bill', async () => {
  const report = await playAnswers(stage, { seed: 1, kills: 2 });
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ kills: 2, paid: 40 });
});

test('a backend that dies with twelve tasks in flight and forgets them costs twelve more, and receipts say which', async () => {
  const report = await playForget(stage, 1);
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ paid: 52, forgotten: 12, writtenOff: 12 });
});

test('five accounts with the same words and answers lost at random: each candidate is made with its own avatar', async () => {
  const report = await playAccounts(stage, 1);
  expect(report.breaches).toEqual([]);
  expect(report.paid).toBe(40);
  expect(report.adopted).toBeGreaterThan(0);
});

test('a worker suspended in the middle of a submit, while another one takes over, never leads to a second submit', async () => {
  const report = await playSuspended(stage, ['in a submit']);
  expect(report.breaches).toEqual([]);
  expect(report.strikes.map(({ atMs }) => atMs)).toEqual([expect.any(Number)]);
});

test("a laptop's lid: everything stands still for fifteen seconds and goes on together; the bill is one pass's", async () => {
  const report = await playLid(stage, ['in a submit', 'while polling']);
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ paid: 40, forgotten: 0, typed: 1, complaints: [] });
  expect(report.strikes.map(({ atMs }) => atMs)).toEqual([expect.any(Number), expect.any(Number)]);
});
