/** Declarations of the commands about a pass: before it, while it runs, and what it cost. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import type { BillOptions } from './bill';
import type { CheckOptions } from './check';
import type { DecideOptions } from './decide';
import { amount, duration, examples, finish, naming, numberList, plain, selecting } from './options';
import type { OutputOptions } from './output';
import type { RunOptions } from './run';
import type { Verdict } from '../workflows/decide-update';

export function addPassCommands(program: Command): void {
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
    .addHelpText(
      'after',
      examples({
        'nbflow run XYZG3-V0-1': 'everything that is missing',
        'nbflow run XYZG3-V0-1 --mode images': 'pictures first; clips by a run without it',
        'nbflow run XYZG3-V0-1 --scene 3,5 --budget 50': 'only these, and for no more than that',
      }),
    )
    .action((file: string, options: RunOptions) =>
      finish(options, async () => (await import('./run.js')).runCommand(file, options)),
    );
  selecting(program.command('plan <file>').description('what a run would pay for, and why; sends nothing'))
    .addHelpText(
      'after',
      examples({
        'nbflow plan XYZG3-V0-1': '',
        'nbflow plan XYZG3-V0-1 --scene 3 --no-cache': 'what making Scene 3 again would cost',
      }),
    )
    .action((file: string, options: RunOptions) =>
      finish(options, async () => (await import('./plan.js')).planCommand(file, options)),
    );
  plain(
    program.command('bill [file...]').description('what was paid, lost, reused; of the files, or of the whole project'),
  )
    .option('--server <url...>', 'G-Labs address whose list of tasks is compared')
    .addHelpText('after', examples({ 'nbflow bill XYZG3-V0-1': 'this file', 'nbflow bill': 'the whole project' }))
    .action((files: string[], options: BillOptions) =>
      finish(options, async () => (await import('./bill.js')).billCommand(files, options)),
    );
  plain(program.command('check <file>').description('the sanity check alone; needs no server'))
    .option('--fix', 'mend what has one right answer: shows the changes, asks, makes a backup')
    .option('--dry-run', 'with --fix: only show the changes')
    .option('--yes', 'with --fix: do not ask')
    .option('--deep', 'also fetch and open every reference picture')
    .addHelpText(
      'after',
      examples({
        'nbflow check XYZG3-V0-1': 'what is wrong',
        'nbflow check XYZG3-V0-1 --fix --dry-run': 'what can be mended, and how',
        'nbflow check XYZG3-V0-1 --fix': 'mend it',
        'nbflow check XYZG3-V0-1 --deep': 'also whether avatars and products open',
      }),
    )
    .action((file: string, options: CheckOptions) =>
      finish(options, async () => (await import('./check.js')).checkCommand(file, options)),
    );
  plain(program.command('status [file]').description('how the pass over a file stands; alone: all that run'))
    .addHelpText('after', examples({ 'nbflow status': 'all that run', 'nbflow status XYZG3-V0-1': '' }))
    .action((file: string | undefined, options: OutputOptions) =>
      finish(options, async () => (await import('./status.js')).statusCommand(file, options)),
    );
  plain(program.command('watch <file>').description('follow a running pass to its end'))
    .addHelpText('after', examples({ 'nbflow watch XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./status.js')).watchCommand(file, options)),
    );
  naming(program.command('decide <file>').description('decide about candidates that G-Labs lost; alone: list them'))
    .addArgument(
      new Argument('[decision]', 'make it again (costs its price), or do without').choices(['regenerate', 'skip']),
    )
    .option('--candidate <list>', 'only these candidates, counted from 1', numberList)
    .addHelpText(
      'after',
      examples({
        'nbflow decide XYZG3-V0-1': 'what needs a decision, and what it costs',
        'nbflow decide XYZG3-V0-1 regenerate --scene 3': 'pay for them again',
        'nbflow decide XYZG3-V0-1 skip --scene 3 --candidate 2': 'do without this one',
      }),
    )
    .action((file: string, decision: Verdict | undefined, options: DecideOptions) =>
      finish(options, async () => (await import('./decide.js')).decideCommand(file, decision, options)),
    );
  plain(program.command('list').description('all passes, newest first'))
    .option('--running', 'only those that run')
    .addHelpText('after', examples({ 'nbflow list --running': '' }))
    .action((options: OutputOptions & { running?: boolean }) =>
      finish(options, async () => (await import('./list.js')).listCommand(options)),
    );
}
