/** The commander program: declarations here, one file per command, loaded when it is asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import type { BillOptions } from './bill';
import type { RunOptions } from './run';
import type { ServerOptions } from './server';
import type { InstallOptions } from './service';
import type { RunServiceOptions } from './service-run';
import type { TunnelOptions } from './tunnel';
import { DEFAULT_SERVER } from '../names';
import { addRecoveryCommands } from './recovery-commands';
import { amount, duration, finish, naming, numberList, plain, selecting, wholeNumber } from './options';
import { toleratePipes } from './output';
import type { OutputOptions } from './output';
import type { DecideOptions } from './decide';
import type { Verdict } from '../workflows/decide-update';

function version(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function buildProgram(): Command {
  const program = new Command('nbflow')
    .description('Runs .nbflow storyboards: pays once, survives crashes, never damages the file.')
    .version(version())
    .showHelpAfterError('(nbflow --help shows what there is)')
    .exitOverride();
  addPassCommands(program);
  addSteeringCommands(program);
  addRecoveryCommands(program);
  addServerCommands(program);
  addServiceCommands(program);
  return program;
}

function addPassCommands(program: Command): void {
  selecting(
    program.command('run <file>').description('generate what is missing, durably; joins a pass that already runs'),
  )
    .option('--detach', 'start it and return at once')
    .option('--wait', 'start even if G-Labs does not answer yet; the pass waits for it')
    .option(
      '--max-wait <time>',
      'how long it may wait for G-Labs, the store or space: 30m, 48h (default: 24h)',
      duration,
    )
    .option('--budget <units>', 'never spend more than this, in price units', amount)
    .action((file: string, options: RunOptions) =>
      finish(options, async () => (await import('./run.js')).runCommand(file, options)),
    );
  selecting(program.command('plan <file>').description('what a run would pay for, and why; sends nothing')).action(
    (file: string, options: RunOptions) =>
      finish(options, async () => (await import('./plan.js')).planCommand(file, options)),
  );
  plain(
    program.command('bill [file...]').description('what was paid, lost, reused; of the files, or of the whole project'),
  )
    .option('--server <url...>', 'G-Labs address whose list of tasks is compared')
    .action((files: string[], options: BillOptions) =>
      finish(options, async () => (await import('./bill.js')).billCommand(files, options)),
    );
  plain(program.command('check <file>').description('the sanity check alone')).action(
    (file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./check.js')).checkCommand(file, options)),
  );
  plain(program.command('status [file]').description('how the pass over a file stands; alone: all that run')).action(
    (file: string | undefined, options: OutputOptions) =>
      finish(options, async () => (await import('./status.js')).statusCommand(file, options)),
  );
  plain(program.command('watch <file>').description('follow a running pass to its end')).action(
    (file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./status.js')).watchCommand(file, options)),
  );
  naming(program.command('decide <file>').description('decide about candidates that G-Labs lost; alone: list them'))
    .addArgument(
      new Argument('[decision]', 'make it again (costs its price), or do without').choices(['regenerate', 'skip']),
    )
    .option('--candidate <list>', 'only these candidates, counted from 1', numberList)
    .action((file: string, decision: Verdict | undefined, options: DecideOptions) =>
      finish(options, async () => (await import('./decide.js')).decideCommand(file, decision, options)),
    );
  plain(program.command('list').description('all passes, newest first'))
    .option('--running', 'only those that run')
    .action((options: OutputOptions & { running?: boolean }) =>
      finish(options, async () => (await import('./list.js')).listCommand(options)),
    );
}

function addSteeringCommands(program: Command): void {
  plain(program.command('pause [file...]').description('pay for nothing more until resumed; alone: all passes')).action(
    (files: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./steer.js')).pauseCommand(files, options)),
  );
  plain(program.command('resume [file...]').description('go on after a pause or when there is quota again')).action(
    (files: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./steer.js')).resumeCommand(files, options)),
  );
  plain(program.command('cancel <file>').description('end a pass; what is paid for is brought home first'))
    .option('--now', 'stop at once; the next run fetches what is out at G-Labs')
    .action((file: string, options: OutputOptions & { now?: boolean }) =>
      finish(options, async () => (await import('./steer.js')).cancelCommand(file, options)),
    );
  plain(
    program
      .command('concurrency')
      .description('how many nodes a running pass works at, 1 to 5')
      .argument('<n>', 'from now on', wholeNumber)
      .argument('[file...]', 'these passes; none named: all'),
  ).action((n: number, files: string[], options: OutputOptions) =>
    finish(options, async () => (await import('./steer.js')).concurrencyCommand(n, files, options)),
  );
  plain(
    program.command('server <url> [file...]').description('G-Labs has this address now; running passes go on there'),
  )
    .option('--force', 'even if nothing answers there yet')
    .action((url: string, files: string[], options: ServerOptions) =>
      finish(options, async () => (await import('./server.js')).serverCommand(url, files, options)),
    );
}

function addServerCommands(program: Command): void {
  plain(program.command('up').description('start the servers and the worker that are not configured elsewhere')).action(
    (options: OutputOptions) =>
      finish(options, async () => {
        const { projectRootOf, serverEnv } = await import('./context.js');
        const env = serverEnv(projectRootOf(process.cwd()), process.env);
        return (await import('./up.js')).upCommand({ ...options, env });
      }),
  );
  plain(program.command('down').description('stop what "up" started')).action((options: OutputOptions) =>
    finish(options, async () => (await import('./down.js')).downCommand(options)),
  );
  program
    .command('worker')
    .description('run a worker in the foreground (for an own Temporal server)')
    .option('--verbose', 'tell more when something goes wrong')
    .action((options: OutputOptions) => finish(options, async () => (await import('./worker.js')).workerCommand()));
  plain(program.command('tunnel').description('a public address for G-Labs through cloudflared, kept open'))
    .option('--url <url>', 'where G-Labs listens', DEFAULT_SERVER)
    .option('--cloudflared <path>', 'the program (default: NBFLOW_CLOUDFLARED, else the PATH)')
    .action((options: TunnelOptions) =>
      finish(options, async () => (await import('./tunnel.js')).tunnelCommand(options)),
    );
  program
    .command('simulate')
    .description('a stand-in for G-Labs that speaks its HTTP contract and bills on disk')
    .option('--port <n>', 'port (0: a free one)', wholeNumber, 8765)
    .option('--key <key>', 'API key that clients must send')
    .option('--image-ms <n>', 'how long a picture takes', wholeNumber, 2000)
    .option('--video-ms <n>', 'how long a clip takes', wholeNumber, 6000)
    .option('--dir <folder>', 'where files and bill.jsonl lie', 'glabs-simulator')
    .option('--seed <n>', 'seed of the pictures', wholeNumber, 1)
    .option('--parallel <n>', 'how many tasks run at once (default: all)', wholeNumber)
    .option('--advertise <url>', 'origin that result addresses carry')
    .option('--plain', 'tiny files: fast, for load')
    .option('--remember', 'tasks survive the end of the process (G-Labs forgets them)')
    .option('--tunnel', 'a proxy in front, as a tunnel is; it dies and comes back on demand (docs/simulator.md)')
    .option('--faults-seed <n>', 'faults by a seeded plan (docs/simulator.md)', wholeNumber)
    .option('--faults-rate <r>', 'share of requests that meet a planned fault (default: 0.1)', Number)
    .option('--faults-kinds <list>', 'only these kinds of planned faults, comma-separated')
    .option('--verbose', 'one line per accepted generation')
    .action((options: SimulateOptions) =>
      finish(options, async () => (await import('../simulator/main.js')).runSimulator(options).then(() => 0)),
    );
}

function addServiceCommands(program: Command): void {
  const service = program.command('service').description('let the system start the servers and the worker by itself');
  plain(service.command('install').description('write, enable and start the service; safe to type again'))
    .option('--dry-run', 'print what would be written; writes nothing')
    .option('--env-file <file>', 'read settings and keys from this file (mode 600) at each start')
    .option('--save-env', 'keep the keys of this terminal in a file that only you can read')
    .action((options: InstallOptions) =>
      finish(options, async () => (await import('./service.js')).installCommand(options)),
    );
  plain(service.command('remove').description('stop and delete the service; passes and results stay')).action(
    (options: OutputOptions) => finish(options, async () => (await import('./service.js')).removeCommand(options)),
  );
  plain(service.command('status').description('whether it is installed, enabled and running')).action(
    (options: OutputOptions) => finish(options, async () => (await import('./service.js')).statusCommand(options)),
  );
  service
    .command('run')
    .description('what the service runs: everything comes up, and comes back, until told to stop')
    .option('--project <folder>', 'take TEMPORAL_* from the .env of this project')
    .option('--env-file <file>', 'read settings and keys from this file (mode 600)')
    .option('--set <setting...>', 'a setting, as NAME=VALUE')
    .option('--verbose', 'tell more when something goes wrong')
    .action((options: RunServiceOptions) =>
      finish(options, async () => (await import('./service-run.js')).runServiceCommand(options)),
    );
}

interface SimulateOptions extends OutputOptions {
  readonly port: number;
  readonly key?: string;
  readonly imageMs: number;
  readonly videoMs: number;
  readonly dir: string;
  readonly seed: number;
}

export async function main(argv: readonly string[]): Promise<void> {
  toleratePipes();
  try {
    await buildProgram().parseAsync([...argv]);
  } catch (error) {
    // commander has said what was wrong; help and version end with 0, wrong usage is ours to number.
    const code = (error as { exitCode?: number }).exitCode ?? 1;
    process.exitCode = code === 0 ? 0 : 2;
  }
}
