/** One pass under its strikes: from the first key press to the verdict. */
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Verdict } from './judge';
import { breach, judge } from './judge';
import type { Blow, RunPlan, Strike } from './schedule';
import { blowWords, GENERATIONS, isKill } from './schedule';
import type { Scene, Stage } from './stage';
import type { Target } from './strikes';
import { reached, strike } from './strikes';
import type { PassAnswer } from './watched-pass';
import { WatchedPass } from './watched-pass';

/** After the last fault. Far above what any wait of ours comes to: 10 s of heartbeats, restarts, gates and lookups each. */
const STUCK_MS = 150_000;

export interface StrikeReport {
  readonly blow: Blow;
  /** Milliseconds since the pass was started; null where it could not fall. */
  readonly atMs: number | null;
  /** Null where there was nothing left to do, or where the next blow fell meanwhile. */
  readonly recoveryMs: number | null;
}

export interface RunReport extends Verdict {
  readonly name: string;
  readonly strikes: readonly StrikeReport[];
  readonly kills: number;
  /** How often the command was typed. */
  readonly typed: number;
  readonly complaints: readonly string[];
  readonly seconds: number;
  /** The project's folder, kept where something was wrong. */
  readonly folder: string | null;
}

export interface Run {
  readonly name: string;
  readonly scene: Scene;
  readonly expected: number;
  readonly args: readonly string[];
  /** Does what is to happen to the pass; when it answers, peace begins. */
  readonly torment: (target: Target) => Promise<readonly StrikeReport[]>;
  readonly stuckMs?: number;
  /** What else must be true of the end; answers what is not. */
  readonly check?: (verdict: Verdict) => readonly string[];
}

/** A pass of the seeded plan on servers that start afresh, so that no restart waits for what an earlier pass did. */
export async function playPlan(stage: Stage, plan: RunPlan): Promise<RunReport> {
  const { imageMs, videoMs, weather, concurrency, storyboard, seed, run, strikes } = plan;
  await stage.up();
  const several = storyboard === 'five accounts';
  const scene = await stage.scene(several ? 'XYZS1-V0-4' : 'XYZG3-V0-1', { imageMs, videoMs, weather });
  const args = ['--concurrency', String(concurrency), ...(several ? ['--scene', '1'] : [])];
  const name = `${seed}:${run}${weather ? ` weather ${weather.rate}` : ''}`;
  const torment = (target: Target): Promise<readonly StrikeReport[]> => fall(target, strikes);
  const report = await play(stage, { name, scene, expected: GENERATIONS, args, torment });
  await stage.down();
  return report;
}

/** Plays any pass to its end and judges it. */
export async function play(stage: Stage, run: Run): Promise<RunReport> {
  const { scene, name, expected } = run;
  const startedAt = Date.now();
  rmSync(stage.killFile, { force: true });
  const pass = new WatchedPass(stage, scene, run.args);
  const strikes = await run.torment({ ...scene, stage, pass });
  rmSync(stage.killFile, { force: true });
  await scene.backend.calm();
  const answer = await endWithin(pass, run.stuckMs ?? STUCK_MS);
  const seconds = (Date.now() - startedAt) / 1000;
  const found = await judged(pass, scene, answer, expected);
  const unforeseen = (run.check?.(found) ?? []).map((text) => breach('unforeseen', text));
  const verdict = { ...found, breaches: [...found.breaches, ...unforeseen] };
  const keep = verdict.breaches.length > 0;
  await scene.backend.kill();
  const fallen = strikes.filter(({ blow, atMs }) => atMs !== null && isKill(blow.kind));
  const { typed, complaints } = pass;
  const folder = keep ? scene.project.root : null;
  await stage.endScene(scene, keep);
  return { ...verdict, name, strikes, kills: fallen.length, typed, complaints, seconds, folder };
}

async function endWithin(pass: WatchedPass, boundMs: number): Promise<PassAnswer | null> {
  const patience = new AbortController();
  const bound = delay(boundMs, null, { signal: patience.signal }).catch(() => null);
  const answer = await Promise.race([pass.ended, bound]);
  patience.abort();
  if (answer === null) await pass.stop();
  return answer;
}

async function judged(pass: WatchedPass, scene: Scene, answer: PassAnswer | null, expected: number): Promise<Verdict> {
  const verdict = await judge(scene, answer?.output ?? scene.project.file, expected);
  if (answer !== null) return verdict;
  const text = `no end after ${pass.typed} commands; last: ${pass.complaints.at(-1) ?? 'it was still at work'}`;
  return { ...verdict, breaches: [breach('stuck', text), ...verdict.breaches] };
}

async function fall(target: Target, strikes: readonly Strike[]): Promise<readonly StrikeReport[]> {
  const startedAt = Date.now();
  const reports: StrikeReport[] = [];
  for (const { blow, paid, afterMs, hasty } of strikes) {
    const came = await reached(target, () => target.backend.paid() >= paid);
    if (came) await delay(afterMs);
    const fallen = came && !target.pass.over ? await strike(target, blow) : null;
    const recovered = fallen?.recovered ?? Promise.resolve(null);
    reports.push({
      blow,
      atMs: fallen ? fallen.at - startedAt : null,
      recoveryMs: hasty ? null : await recovered,
    });
  }
  return reports;
}

/** One line per pass, while it goes. */
export function runLine(report: RunReport): string {
  const { name, strikes, paid, adopted, forgotten, seconds, typed, breaches, folder } = report;
  const words = strikes.map(({ blow, atMs, recoveryMs }) => {
    if (atMs === null) return `(${blowWords(blow)})`;
    const back = recoveryMs === null ? '' : ` +${(recoveryMs / 1000).toFixed(1)}`;
    return `${blowWords(blow)} @${(atMs / 1000).toFixed(1)}${back}`;
  });
  const money = `paid ${paid}, adopted ${adopted}, forgotten ${forgotten}, written off ${report.writtenOff}`;
  const line = `${name.padEnd(18)} ${money}; ${seconds.toFixed(0)} s, typed ${typed}; ${words.join(', ')}`;
  if (breaches.length === 0) return `${line}  ok`;
  const wrong = breaches.map(({ kind, text }) => `\n         BREACH ${kind}: ${text}`).join('');
  const said = report.complaints.map((text) => `\n         said: ${text}`).join('');
  return `${line}${wrong}${said}\n         kept: ${folder}`;
}
