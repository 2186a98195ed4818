/** Declarations of the commands that tell a running pass something. */
import type { Command } from 'commander';
import { examples, finish, plain, wholeNumber } from './options';
import type { OutputOptions } from './output';
import type { ServerOptions } from './server';

export function addSteeringCommands(program: Command): void {
  plain(program.command('pause [file...]').description('pay for nothing more until resumed; alone: all passes'))
    .addHelpText('after', examples({ 'nbflow pause': 'all passes', 'nbflow pause XYZG3-V0-1': '' }))
    .action((files: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./steer.js')).pauseCommand(files, options)),
    );
  plain(program.command('resume [file...]').description('go on after a pause or when there is quota again'))
    .addHelpText('after', examples({ 'nbflow resume XYZG3-V0-1': '' }))
    .action((files: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./steer.js')).resumeCommand(files, options)),
    );
  plain(program.command('cancel <file>').description('end a pass; what is paid for is brought home first'))
    .option('--now', 'stop at once; the next run fetches what is out at G-Labs')
    .addHelpText('after', examples({ 'nbflow cancel XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions & { now?: boolean }) =>
      finish(options, async () => (await import('./steer.js')).cancelCommand(file, options)),
    );
  plain(
    program
      .command('concurrency')
      .description('how many nodes a running pass works at, 1 to 5')
      .argument('<n>', 'from now on', wholeNumber)
      .argument('[file...]', 'these passes; none named: all'),
  )
    .addHelpText('after', examples({ 'nbflow concurrency 2': '', 'nbflow concurrency 5 XYZG3-V0-1': 'only this pass' }))
    .action((n: number, files: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./steer.js')).concurrencyCommand(n, files, options)),
    );
  plain(
    program.command('server <url> [file...]').description('G-Labs has this address now; running passes go on there'),
  )
    .option('--force', 'even if nothing answers there yet')
    .addHelpText('after', examples({ 'nbflow server https://four-words.trycloudflare.com': '' }))
    .action((url: string, files: string[], options: ServerOptions) =>
      finish(options, async () => (await import('./server.js')).serverCommand(url, files, options)),
    );
}
