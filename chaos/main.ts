/**
 * `npm run chaos -- --kills 40 --seed 1`: passes under fire, judged by the backend's bill. `npm run chaos -- --sim 100000 --seed 1`:
 * the pure simulation. Exit 1 on any breach.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { REPOSITORY } from '../test/helpers/machine';
import { playMany } from './real/many';
import type { RunReport } from './real/run';
import { GENERATIONS } from './real/schedule';
import type { Stage } from './real/stage';
import type { Totals } from './real/table';
import { breachCount, sumUp, tableLines } from './real/table';
import type { ScenarioName } from './scenarios/play-scenarios';
import { playScenarios, SCENARIOS } from './scenarios/play-scenarios';

const RESULTS = join(REPOSITORY, 'chaos', 'results');

const optionsSchema = z.object({
  kills: z.coerce.number().int().positive(),
  seed: z.coerce.number().int().min(0),
  only: z.coerce.number().int().positive().optional(),
  keep: z.boolean().default(false),
  scenario: z.enum([...SCENARIOS, 'all']).optional(),
  sim: z.coerce.number().int().positive().optional(),
  trace: z.boolean().default(false),
});
type Options = z.output<typeof optionsSchema>;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

let open: Stage | null = null;
const onOpen = (stage: Stage): void => void (open = stage);

async function main(): Promise<number> {
  const program = new Command('chaos')
    .description('Kills workers, servers, the backend and the command line under whole passes, and looks at the bill.')
    .option('--kills <count>', 'goes on until so many processes were killed', '40')
    .option('--seed <number>', 'chooses what happens', '1')
    .option('--only <number>', 'plays only this pass of the seed')
    .option('--keep', 'keeps the folders of passes that went well too')
    .option('--scenario <name>', `plays ${SCENARIOS.join(', ')} or all of them instead`)
    .option('--sim <count>', 'so many runs of the pure simulation instead, from the seed on')
    .option('--trace', 'with --sim: prints all steps of each run')
    .parse();
  const parsed = optionsSchema.safeParse(program.opts());
  if (!parsed.success) {
    process.stderr.write(`${z.prettifyError(parsed.error)}\n`);
    return 2;
  }
  const { scenario, sim, seed, trace } = parsed.data;
  if (sim !== undefined) {
    const { runSimulations } = await import('./sim/main.js');
    return runSimulations({ count: sim, seed, trace, say });
  }
  if (scenario === undefined) return strikeAll(parsed.data);
  return playNamed(scenario === 'all' ? SCENARIOS : [scenario], parsed.data);
}

async function playNamed(names: readonly ScenarioName[], options: Options): Promise<number> {
  const reports = await playScenarios({ names, seed: options.seed, say, onOpen });
  const totals = sumUp(reports, GENERATIONS);
  tableLines(totals).forEach(say);
  if (options.scenario === 'all') save('scenarios', options, totals, reports);
  return breachCount(totals) === 0 ? 0 : 1;
}

async function strikeAll(options: Options): Promise<number> {
  const reports = await playMany({ ...options, say, onOpen });
  const totals = sumUp(reports, GENERATIONS);
  tableLines(totals).forEach(say);
  // A look at one pass never replaces the result that is kept with the code.
  if (options.only === undefined) save('latest', options, totals, reports);
  return breachCount(totals) === 0 ? 0 : 1;
}

function save(name: string, options: Options, totals: Totals, reports: readonly RunReport[]): void {
  mkdirSync(RESULTS, { recursive: true });
  const cpu = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  const machine = `${cpu}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`;
  const runs = reports.map(({ folder: _, ...report }) => report);
  const { kills, seed } = options;
  const saved = { version: 1, at: new Date().toISOString(), node: process.version, machine, kills, seed, totals, runs };
  const file = join(RESULTS, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(saved, null, 2)}\n`);
  say(`\nSaved: ${relative(process.cwd(), file)}`);
}

let interrupted = false;

function onSignal(): void {
  interrupted = true;
  const closing = open?.close(true) ?? Promise.resolve();
  void closing.finally(() => process.exit(130));
}

process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    // What fails because the stage was closed under it is no news.
    if (interrupted) return;
    console.error(error);
    process.exitCode = 1;
  },
);
