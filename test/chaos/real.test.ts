/** A short one of the real chaos runs: `npm run chaos` plays as many as one likes. */
import { playPlan } from '../../chaos/real/run';
import type { Blow, RunPlan } from '../../chaos/real/schedule';
import { Stage } from '../../chaos/real/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

function plan(run: number, blows: readonly (readonly [paid: number, blow: Blow])[]): RunPlan {
  const strikes = blows.map(([paid, blow]) => ({ paid, blow, afterMs: 50, hasty: false }));
  return {
    seed: 0,
    run,
    storyboard: 'one account',
    imageMs: 400,
    videoMs: 800,
    concurrency: 4,
    strikes,
    weather: null,
  };
}

const IN_ANSWER = { kind: 'kill-in-answer', delayMs: 900, count: 4, afterMs: 200 } as const;

test('killed at the steps of a submit and together with its servers, a pass pays once for every candidate', async () => {
  const report = await playPlan(
    stage,
    plan(1, [
      [1, { kind: 'kill-at', point: 'answered' }],
      [5, { kind: 'kill-temporal' }],
      [9, IN_ANSWER],
      [17, { kind: 'kill-store' }],
    ]),
  );
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ kills: 4, paid: 40 });
  expect(report.adopted).toBeGreaterThan(0);
});

test('everything dies at once and the command is typed again: nothing is lost, nothing is paid twice', async () => {
  const report = await playPlan(
    stage,
    plan(2, [
      [6, { kind: 'kill-everything' }],
      [14, { kind: 'kill-at', point: 'kept' }],
    ]),
  );
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ kills: 2, paid: 40, typed: 2 });
});
