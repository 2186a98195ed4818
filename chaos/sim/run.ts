/** One run of the simulation: a small world, a person who runs passes in it, and trouble, all from one seed. */
import type { NodeOutcome } from '../../src/flow/outcome';
import { Backend } from './backend';
import { Choices } from './choices';
import { Disk } from './disk';
import { Locks } from './host';
import type { Breach } from './judge';
import { Judge } from './judge';
import { Network } from './network';
import { ObjectStore } from './object-store';
import { judgePass, tallyReceipts } from './outcomes';
import { newPass, runPass } from './pass';
import { tamper } from './person';
import { Schedule } from './schedule';
import type { FlowFile } from './story';
import { drawFiles } from './story';
import { Temporal } from './temporal';
import { Trouble } from './trouble';
import type { Weaknesses } from './weaknesses';
import { SOUND } from './weaknesses';
import { drawWeather } from './weather';
import type { World } from './world';

export interface RunOptions {
  readonly seed: number;
  readonly weak?: Partial<Weaknesses>;
  /** The only decisions that may be anything but harmless. */
  readonly kept?: ReadonlySet<string>;
  readonly trace?: (line: string) => void;
}

export interface RunResult {
  readonly seed: number;
  readonly breaches: readonly Breach[];
  /** What happened how often. */
  readonly counts: ReadonlyMap<string, number>;
  /** Decisions that were not harmless. */
  readonly decisions: readonly string[];
  readonly steps: number;
}

/** Trouble ends here at the latest. */
const QUIET_STEPS = 12_000;
const MOST_STEPS = 40_000;
const MOST_PASSES = 3;

export async function simulate(options: RunOptions): Promise<RunResult> {
  const choices = new Choices(options.seed, options.kept ?? null);
  const counts = new Map<string, number>();
  const { world, trouble } = buildWorld(choices, counts, options);
  const files = drawFiles(choices);
  trouble.startHost();
  if (choices.chance('two workers', 0.4)) trouble.startHost();

  let over = false;
  void live(world, trouble, files).then(() => (over = true));
  const ended = await world.schedule.run(
    () => over || world.judge.breaches.length > 0,
    MOST_STEPS,
    () => {
      if (world.schedule.steps > QUIET_STEPS) calm(world);
      else trouble.maybe(world.weather.strikes);
    },
  );
  const { judge, schedule } = world;
  if (!ended) judge.breach('stuck', `nothing ends it: ${schedule.steps} steps`);
  if (judge.breaches.length === 0) judge.verdict(world);
  tallyReceipts(world);
  return { seed: options.seed, breaches: judge.breaches, counts, decisions: choices.made, steps: schedule.steps };
}

function buildWorld(
  choices: Choices,
  counts: Map<string, number>,
  { weak: off, trace }: RunOptions,
): { readonly world: World; readonly trouble: Trouble } {
  const schedule = new Schedule(choices);
  const weather = drawWeather(choices);
  schedule.disorder = weather.disorder;
  const weak = { ...SOUND, ...off };
  const begun = schedule.now;
  const say = (text: () => string): void =>
    trace?.(`${((schedule.now - begun) / 1000).toFixed(3).padStart(9)} s  ${text()}`);
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const backend = new Backend({
    keeps: choices.one('keeps', [200, 200, 55]),
    tellsUptime: !choices.chance('tells no uptime', 0.1),
    dots: choices.one('dots', ['', '...', '…']),
    startedAt: schedule.now - choices.one('up for', [3_600_000, 500, 5_000]),
    offsetMs: choices.one('clock is off by', [0, 0, 3_600_000, -1_300, 90_000]),
  });
  const world: World = {
    choices,
    schedule,
    weather,
    weak,
    backend,
    say,
    count,
    disk: new Disk(!weak.noSync),
    locks: new Locks(schedule, weak.noFence),
    network: new Network({ schedule, backend, choices, weather, say, count }),
    store: new ObjectStore(),
    judge: new Judge(),
    hosts: [],
    wall: { offsetMs: 0, anySet: false },
    onStep: (host, step) => {
      say(() => `${host.name} at ${step}`);
      trouble.maybe(weather.namedStrikes, host);
    },
  };
  const trouble = new Trouble(world);
  if (choices.chance('others before us', 0.15)) trouble.overflow();
  return { world, trouble };
}

/** A person runs passes, edits and tidies up between them; when all trouble is over, one last pass must finish each file. */
async function live(world: World, trouble: Trouble, files: readonly FlowFile[]): Promise<void> {
  const temporal = new Temporal(world);
  const pass = async (file: FlowFile, name: string, noCache: boolean): Promise<ReadonlyMap<string, NodeOutcome>> => {
    const begun = newPass(file, `${file.dir}/${name}`, noCache);
    trouble.passes.add(begun);
    world.say(() => `== pass ${begun.name}`);
    const outcomes = await runPass(world, temporal, begun);
    trouble.passes.delete(begun);
    world.say(
      () =>
        `== pass ${begun.name} ends: ${[...outcomes.values()].map(({ key, state }) => `${key} ${state}`).join(', ')}`,
    );
    return outcomes;
  };
  const work = files.map(async (file) => {
    const passes = 1 + world.choices.pick('more passes', MOST_PASSES);
    for (let n = 1; n <= passes; n++) {
      if (n > 1) tamper(world, file);
      await pass(file, `pass ${n}`, world.choices.chance('no cache', 0.05));
    }
  });
  await Promise.all(work);
  calm(world);
  for (const file of files) judgePass(world, file, await pass(file, 'last pass', false));
}

/** From here on nothing bad happens, and what was stopped goes on. */
function calm({ choices, backend, hosts, store }: World): void {
  if (choices.quiet) return;
  choices.quiet = true;
  backend.frozenUntil = 0;
  backend.emptyUntil = Math.min(backend.emptyUntil, 1);
  store.down = false;
  for (const host of hosts) host.suspended = false;
}
