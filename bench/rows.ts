/** The rows of the table: each measures one figure several times and says what it should be. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { resolveFile } from '../src/cli/context';
import { homeFolders } from '../src/services/home';
import { readState } from '../src/services/state';
import { storeEnv, storeSettings } from '../src/services/weed';
import type { CliEnd, Env, Rig, Simulator } from './rig';
import { median } from './statistics';

export interface Row {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'MB' | 'x' | 'count';
  readonly value: number;
  readonly target: number;
  readonly note: string;
  readonly samples: readonly number[];
}

export const EXAMPLE = 'XYZG3-V0-1';
const MADE = 'XYZG9-V0-1';
const LATENCY = { imageMs: 2_000, videoMs: 6_000 };
const CAP = 5;
/** Five pictures at once, then five clips at once: with a cap of five nothing ever waits for a place. */
const IDEAL_SECONDS = (LATENCY.imageMs + LATENCY.videoMs) / 1000;

interface RunAnswer {
  readonly seconds: number;
  readonly generations: { readonly paid: number };
}

export function row(facts: Omit<Row, 'value'> & { readonly value?: number }): Row {
  return { ...facts, value: facts.value ?? median(facts.samples) };
}

/** Throws when the run did not end well: a figure of a failed run is worth nothing. */
export function answer(end: CliEnd): RunAnswer {
  if (end.code !== 0) throw new Error(`nbflow ended with ${end.code}:\n${end.stdout}${end.stderr}`);
  return JSON.parse(end.stdout) as RunAnswer;
}

export function run(
  rig: Rig,
  simulator: Simulator,
  folder: string,
  name: string,
  more: string[] = [],
): Promise<CliEnd> {
  return rig.cli(folder, ['run', name, '--json', '--server', simulator.url, ...more]);
}

async function script(
  rig: Rig,
  simulator: Simulator,
  file: string,
  cap: number,
): Promise<{ readonly end: CliEnd; readonly seconds: number; readonly nodes: number }> {
  const home = homeFolders(rig.env);
  const env: Env = storeEnv(await storeSettings(home, readState(home)?.ports ?? {}));
  const end = await rig.program(join(__dirname, 'naive-script.js'), rig.base, [file, simulator.url, String(cap)], env);
  if (end.code !== 0) throw new Error(end.stderr);
  return { end, ...(JSON.parse(end.stdout) as { seconds: number; nodes: number }) };
}

/** Wall time of a pass, and the time from the key press to the first generation that is accepted. */
export async function passRows(rig: Rig, repeats: number): Promise<readonly Row[]> {
  const ours: number[] = [];
  const whole: number[] = [];
  const theirs: number[] = [];
  const firsts: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const simulator = await rig.simulate(LATENCY);
    const end = await run(rig, simulator, rig.example(), EXAMPLE, ['--concurrency', String(CAP)]);
    ours.push(answer(end).seconds / IDEAL_SECONDS);
    whole.push(end.ms / 1000 / IDEAL_SECONDS);
    firsts.push(Date.parse((await simulator.bill()).entries[0]?.at ?? '') - end.startedAt);
    const other = await script(rig, await rig.simulate(LATENCY), resolveFile(EXAMPLE, rig.example()), CAP);
    theirs.push(other.seconds / IDEAL_SECONDS);
  }
  const ratio = (median(ours) / median(theirs)).toFixed(2);
  const beside = `script ${median(theirs).toFixed(3)}, ours/script ${ratio}; key press to exit ${median(whole).toFixed(2)}`;
  return [
    row({ name: 'pass / ideal schedule', unit: 'x', target: 1.1, note: beside, samples: ours }),
    row({ name: 'key press -> first submit', unit: 'ms', target: 800, note: 'worker up', samples: firsts }),
  ];
}

export async function overheadRow(rig: Rig, repeats: number): Promise<Row> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const instant = { imageMs: 0, videoMs: 0, plain: true };
    const folder = await rig.storyboard(1, 10);
    const simulator = await rig.simulate(instant);
    ours.push((answer(await run(rig, simulator, folder, MADE)).seconds * 1000) / 20);
    const other = await script(rig, await rig.simulate(instant), resolveFile(MADE, await rig.storyboard(1, 10)), 3);
    theirs.push((other.seconds * 1000) / other.nodes);
  }
  const ratio = (median(ours) / median(theirs)).toFixed(1);
  const note = `pass time / 20 nodes of 4, 3 at once; script ${median(theirs).toFixed(0)} ms, ratio ${ratio}`;
  return row({ name: 'own time per node', unit: 'ms', target: 45, note, samples: ours });
}

export async function cachedRow(rig: Rig, repeats: number): Promise<Row> {
  const folder = await rig.storyboard(1, 40);
  const simulator = await rig.simulate({ imageMs: 0, videoMs: 0, plain: true });
  answer(await run(rig, simulator, folder, MADE));
  const samples: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const end = await run(rig, simulator, folder, MADE);
    if (answer(end).generations.paid > 0) throw new Error('a cached pass paid');
    samples.push(end.ms);
  }
  return row({ name: 'cached run, 80 nodes', unit: 'ms', target: 2_000, note: 'key press to exit', samples });
}

/** Memory after small and large passes, the plan of a large file, and what the worker's processor spends on it. */
export async function largeRows(rig: Rig, repeats: number): Promise<readonly Row[]> {
  const simulator = await rig.simulate({ imageMs: 100, videoMs: 100 });
  answer(await run(rig, simulator, rig.example(), EXAMPLE));
  const small = rig.workerUse().megabytes;
  const folder = await rig.storyboard(5, 100);
  const size = (statSync(resolveFile(MADE, folder)).size / 1e6).toFixed(1);
  const plans: number[] = [];
  for (let i = 0; i < repeats; i++) plans.push((await rig.cli(folder, ['plan', MADE, '--json'])).ms);
  const before = rig.workerUse().seconds;
  const instant = await rig.simulate({ imageMs: 0, videoMs: 0, plain: true });
  const { seconds, generations } = answer(await run(rig, instant, folder, MADE, ['--concurrency', String(CAP)]));
  const after = rig.workerUse();
  const note = `all of the worker, patching included; ${generations.paid} generations in ${seconds.toFixed(0)} s`;
  return [
    row({ name: 'worker memory, 10 nodes', unit: 'MB', target: 300, note: 'resident', samples: [small] }),
    row({ name: 'worker memory, 1,000 nodes', unit: 'MB', target: 400, note: 'resident', samples: [after.megabytes] }),
    row({ name: 'plan of 1,000 generators', unit: 'ms', target: 1_500, note: `${size} MB file`, samples: plans }),
    row({ name: 'CPU of 1,000 generators', unit: 's', target: 60, note, samples: [after.seconds - before] }),
  ];
}
