/** Declarations of the commands about what a pass needs around it: servers, the worker, a way to G-Labs. */
import type { Command } from 'commander';
import { DEFAULT_SERVER } from '../names';
import { examples, finish, plain, wholeNumber } from './options';
import type { OutputOptions } from './output';
import type { InstallOptions } from './service';
import type { RunServiceOptions } from './service-run';
import type { TunnelOptions } from './tunnel';

export function addServerCommands(program: Command): void {
  plain(program.command('up').description('start the servers and the worker that are not configured elsewhere'))
    .addHelpText('after', examples({ 'nbflow up': '' }))
    .action((options: OutputOptions) =>
      finish(options, async () => {
        const { projectRootOf, serverEnv } = await import('./context.js');
        const env = serverEnv(projectRootOf(process.cwd()), process.env);
        return (await import('./up.js')).upCommand({ ...options, env });
      }),
    );
  plain(program.command('down').description('stop what "up" started'))
    .addHelpText('after', examples({ 'nbflow down': '' }))
    .action((options: OutputOptions) => finish(options, async () => (await import('./down.js')).downCommand(options)));
  program
    .command('worker')
    .description('run a worker in the foreground (for an own Temporal server)')
    .option('--verbose', 'tell more when something goes wrong')
    .addHelpText('after', examples({ 'nbflow worker': '' }))
    .action((options: OutputOptions) => finish(options, async () => (await import('./worker.js')).workerCommand()));
  plain(program.command('tunnel').description('a public address for G-Labs through cloudflared, kept open'))
    .option('--url <url>', 'where G-Labs listens', DEFAULT_SERVER)
    .option('--cloudflared <path>', 'the program (default: NBFLOW_CLOUDFLARED, else the PATH)')
    .addHelpText(
      'after',
      examples({ 'nbflow tunnel': '', 'nbflow tunnel --url http://localhost:9000': 'G-Labs listens on another port' }),
    )
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
    .addHelpText(
      'after',
      examples({
        'nbflow simulate': '',
        'nbflow simulate --port 9000 --image-ms 200 --video-ms 500': 'fast, beside a real G-Labs',
      }),
    )
    .action((options: SimulateOptions) =>
      finish(options, async () => (await import('../simulator/main.js')).runSimulator(options).then(() => 0)),
    );
}

export function addServiceCommands(program: Command): void {
  const service = program.command('service').description('let the system start the servers and the worker by itself');
  plain(service.command('install').description('write, enable and start the service; safe to type again'))
    .option('--dry-run', 'print what would be written; writes nothing')
    .option('--env-file <file>', 'read settings and keys from this file (mode 600) at each start')
    .option('--save-env', 'keep the keys of this terminal in a file that only you can read')
    .addHelpText(
      'after',
      examples({ 'nbflow service install --dry-run': 'shows what would be written', 'nbflow service install': '' }),
    )
    .action((options: InstallOptions) =>
      finish(options, async () => (await import('./service.js')).installCommand(options)),
    );
  plain(service.command('remove').description('stop and delete the service; passes and results stay'))
    .addHelpText('after', examples({ 'nbflow service remove': '' }))
    .action((options: OutputOptions) =>
      finish(options, async () => (await import('./service.js')).removeCommand(options)),
    );
  plain(service.command('status').description('whether it is installed, enabled and running'))
    .addHelpText('after', examples({ 'nbflow service status': '' }))
    .action((options: OutputOptions) =>
      finish(options, async () => (await import('./service.js')).statusCommand(options)),
    );
  service
    .command('run')
    .description('what the service runs: everything comes up, and comes back, until told to stop')
    .option('--project <folder>', 'take TEMPORAL_* from the .env of this project')
    .option('--env-file <file>', 'read settings and keys from this file (mode 600)')
    .option('--set <setting...>', 'a setting, as NAME=VALUE')
    .option('--verbose', 'tell more when something goes wrong')
    .addHelpText('after', examples({ 'nbflow service run': 'in a container, or to watch it at work' }))
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
