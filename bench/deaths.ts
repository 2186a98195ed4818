/** What a dead worker costs: the time until its open tasks are asked for again, and money. */
import type { Rig, Simulator } from './rig';
import { until } from './rig';
import type { Row } from './rows';
import { answer, EXAMPLE, row, run } from './rows';
import { percentile } from './statistics';

const GENERATIONS = 40;

/** One pass with long generations; between the deaths everything is stopped and started, so that no backoff is measured. */
export async function returnRows(rig: Rig, repeats: number): Promise<readonly Row[]> {
  const simulator = await rig.simulate({ imageMs: 3_600_000, videoMs: 3_600_000 });
  const folder = rig.example();
  await rig.cli(folder, ['run', EXAMPLE, '--json', '--detach', '--server', simulator.url]);
  await polled(simulator, Date.now());
  const measure = async (signal: NodeJS.Signals): Promise<number[]> => {
    const samples: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await rig.cli(folder, ['down']);
      await rig.cli(folder, ['up'], { GLABS_SERVER: simulator.url });
      await polled(simulator, Date.now());
      samples.push(await strike(rig, simulator, signal));
    }
    return samples;
  };
  const killed = await measure('SIGKILL');
  const stopped = await measure('SIGTERM');
  const paid = (await simulator.bill()).paid;
  const words = (samples: number[]): string =>
    `p95; p50 ${percentile(samples, 0.5).toFixed(0)} ms, n=${samples.length}`;
  const figure = (name: string, samples: number[]): Row =>
    row({ name, unit: 'ms', target: 3_000, note: words(samples), samples, value: percentile(samples, 0.95) });
  if (paid > 12) throw new Error(`three nodes of four were out, and ${paid} generations are on the bill`);
  return [figure('kill -9 -> first poll', killed), figure('SIGTERM -> first poll', stopped)];
}

async function strike(rig: Rig, simulator: Simulator, signal: NodeJS.Signals): Promise<number> {
  const pid = rig.workerPid();
  if (pid === null) throw new Error('no worker runs');
  const at = Date.now();
  process.kill(pid, signal);
  // The old worker's last requests don't count; while it lives its number stays on record.
  const next = await until(() => Promise.resolve(((now) => (now !== pid ? now : null))(rig.workerPid())));
  if (next === pid) throw new Error('the worker did not die');
  return (await polled(simulator, Date.now())) - at;
}

/** Time of the first status poll after a moment. */
function polled(simulator: Simulator, after: number): Promise<number> {
  return until(async () => {
    const { newest } = await simulator.requests();
    const poll = newest.find(({ route, at }) => route === 'status' && Date.parse(at) > after);
    return poll ? Date.parse(poll.at) : null;
  });
}

/** Whole passes, each with kills at moments that a fixed sequence spreads over it. */
export async function moneyRow(rig: Rig, kills: number): Promise<Row> {
  const samples: number[] = [];
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let done = 0; done < kills; done += 2) {
    await rig.cli(rig.base, ['down']);
    const simulator = await rig.simulate({ imageMs: 1_000, videoMs: 2_000 });
    const running = run(rig, simulator, rig.example(), EXAMPLE);
    let over = false;
    const ended = running.finally(() => (over = true));
    for (const part of [0, 1]) {
      const moment = Math.floor((part + random()) * (GENERATIONS / 2 - 1)) + 1;
      await until(async () => (over || (await simulator.bill()).paid >= moment ? true : null));
      const pid = rig.workerPid();
      if (pid !== null && !over) process.kill(pid, 'SIGKILL');
    }
    answer(await ended);
    samples.push((await simulator.bill()).paid - GENERATIONS);
  }
  const value = samples.reduce((sum, one) => sum + Math.abs(one), 0);
  const note = `${kills} kill -9 over ${samples.length} passes of ${GENERATIONS}`;
  return row({ name: 'paid twice or missing', unit: 'count', target: 0, note, samples, value });
}
