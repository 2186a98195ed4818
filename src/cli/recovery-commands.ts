/** Declarations of the commands that put things right after a crash, a bad result or a change of mind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { nearestName } from '../flow/nearest';
import { amount, attempts, commaList, examples, finish, numberList, plain, wholeNumber } from './options';
import { result } from './output';
import type { OutputOptions } from './output';
import type { RerunOptions } from './rerun';
import type { RestoreOptions } from './restore';
import type { VerifyOptions } from './verify';
import type { WhyOptions } from './why';
import type { WipeOptions } from './wipe';

export function addRecoveryCommands(program: Command): void {
  addHelp(program);
  plain(program.command('diagnose <file>').description('what there is after a crash, and the one command to type'))
    .addHelpText('after', examples({ 'nbflow diagnose XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./diagnose.js')).diagnoseCommand(file, options)),
    );
  plain(
    program.command('why <file>').description('the story of a scene over all passes: why it was made, what came of it'),
  )
    .option('--scene <list>', 'these scenes, for instance 3,5', commaList)
    .option('--account <list>', 'only these accounts, for instance A', commaList)
    .option('--node <list>', 'these node ids', numberList)
    .option('--row <list>', 'only these rows of a Dynamic node', numberList)
    .addHelpText('after', examples({ 'nbflow why XYZG3-V0-1 --scene 3': '' }))
    .action((file: string, options: WhyOptions) =>
      finish(options, async () => (await import('./why.js')).whyCommand(file, options)),
    );
  plain(program.command('backups <file>').description('the backups that there are of a file, newest first'))
    .addHelpText('after', examples({ 'nbflow backups XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./backups.js')).backupsCommand(file, options)),
    );
  plain(program.command('restore <file> [backup]').description('the file as it was; the present one is kept aside'))
    .option('--fresh', 'also forget what is cached, so that a run makes everything afresh')
    .addHelpText(
      'after',
      examples({
        'nbflow restore XYZG3-V0-1': 'the newest backup that differs',
        'nbflow restore XYZG3-V0-1 pre-run': 'the newest one made for this reason',
      }),
    )
    .action((file: string, backup: string | undefined, options: RestoreOptions) =>
      finish(options, async () => (await import('./restore.js')).restoreCommand(file, backup, options)),
    );
  plain(program.command('wipe <file>').description('forget what is cached, so that it is made afresh; backup first'))
    .option('--scene <list>', 'only these scenes, for instance 3,5', commaList)
    .option('--account <list>', 'only these accounts, for instance A', commaList)
    .option('--node <list>', 'only these node ids', numberList)
    .addOption(new Option('--kind <kind>', 'only pictures, or only clips').choices(['image', 'video']))
    .option('--failed', 'only nodes with candidates that failed or got lost')
    .option('--dry-run', 'only count, and tell the price of making it again')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples({ 'nbflow wipe XYZG3-V0-1 --scene 3,5 --dry-run': '' }))
    .action((file: string, options: WipeOptions) =>
      finish(options, async () => (await import('./wipe.js')).wipeCommand(file, options)),
    );
  plain(program.command('rerun <file>').description('fresh candidates for a scene, at their price; the old ones stay'))
    .option('--scene <list>', 'these scenes, for instance 3,5', commaList)
    .option('--account <list>', 'only these accounts, for instance A', commaList)
    .option('--node <list>', 'these node ids', numberList)
    .option('--row <list>', 'only these rows of a Dynamic node', numberList)
    .option('--candidate <list>', 'only these candidates, counted from 1', numberList)
    .option('--attempts <n>', 'ask for each up to so often (1 to 10) while G-Labs refuses or fails it', attempts)
    .addOption(
      new Option('--kind <kind>', 'pictures, clips, or both').choices(['image', 'video', 'both']).default('image'),
    )
    .option('--server <url...>', 'G-Labs address, in order of preference')
    .option('--concurrency <n>', 'nodes in flight, 1 to 5', wholeNumber)
    .option('--budget <units>', 'never spend more than this, in price units', amount)
    .option('--detach', 'start it and return at once')
    .addOption(
      new Option('--on-lost <what>', 'what to do about tasks that G-Labs forgot')
        .choices(['regenerate', 'ask', 'skip'])
        .default('regenerate'),
    )
    .option('--dry-run', 'only count, and tell the price')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples({
        'nbflow rerun XYZG3-V0-1 --scene 3,5': 'four new pictures for each',
        'nbflow rerun XYZG3-V0-1 --scene 3 --candidate 2 --attempts 10': 'one, as stubbornly as it takes',
      }),
    )
    .action((file: string, options: RerunOptions) =>
      finish(options, async () => (await import('./rerun.js')).rerunCommand(file, options)),
    );
  plain(program.command('verify <file>').description('whether every link of the file leads to what it should'))
    .option('--repair', 'mend what a copy is left of; pays nothing, backup first')
    .addOption(new Option('--source', 'the file itself (the default)').conflicts('generated'))
    .option('--generated', 'its newest -generated.nbflow instead')
    .addHelpText(
      'after',
      examples({
        'nbflow verify XYZG3-V0-1': 'look, and say what would mend it',
        'nbflow verify XYZG3-V0-1 --repair': 'mend what costs nothing',
      }),
    )
    .action((file: string, options: VerifyOptions) =>
      finish(options, async () => (await import('./verify.js')).verifyCommand(file, options)),
    );
  plain(program.command('export <file>').description('write -generated.nbflow again from what exists; pays nothing'))
    .addHelpText('after', examples({ 'nbflow export XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./export.js')).exportCommand(file, options)),
    );
}

/** `help recovery` is a page, every other topic a command. */
function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command('help [topic...]')
    .description('help for a command, or the page on recovery: nbflow help recovery')
    .addHelpText('after', examples({ 'nbflow help rerun': '', 'nbflow help recovery': 'what to type after a crash' }))
    .action((topic: readonly string[]) => {
      if (topic.length === 1 && topic[0] === 'recovery')
        result(readFileSync(join(__dirname, '..', '..', 'docs', 'recovery.md'), 'utf8').trimEnd());
      else commandNamed(program, topic).outputHelp();
    });
}

/** `service install` is a command below another one. Ends the program with commander's error when there is none. */
function commandNamed(program: Command, topic: readonly string[]): Command {
  let found = program;
  for (const name of topic) {
    const below = found.commands.find((command) => command.name() === name);
    if (!below) {
      const nearest = nearestName(
        name,
        found.commands.map((command) => command.name()),
      );
      program.error(`error: there is no command '${topic.join(' ')}'${nearest ? `\n(Did you mean ${nearest}?)` : ''}`);
    }
    found = below;
  }
  return found;
}
