/** Declarations of the commands about versions of a storyboard and their history. */
import type { Command } from 'commander';
import type { BumpOptions } from './bump';
import { examples, finish, plain } from './options';
import type { OutputOptions } from './output';
import type { TrackerOptions } from './tracker';

export function addVersionCommands(program: Command): void {
  plain(program.command('history <file>').description('what happened to all versions of it, and what it cost'))
    .addHelpText('after', examples({ 'nbflow history XYZG3-V0-1': '' }))
    .action((file: string, options: OutputOptions) =>
      finish(options, async () => (await import('./history.js')).historyCommand(file, options)),
    );
  plain(program.command('note <file> <text...>').description('write a line of your own into the history'))
    .addHelpText('after', examples({ 'nbflow note XYZG3-V0-1 "avatar replaced, scene 3 made again"': '' }))
    .action((file: string, text: string[], options: OutputOptions) =>
      finish(options, async () => (await import('./note.js')).noteCommand(file, text, options)),
    );
  plain(
    program
      .command('bump <file> [why...]')
      .description('the next version, V0-1 to V0-2; what is paid for goes with it'),
  )
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask (approved work, V1 and above, is asked about)')
    .addHelpText(
      'after',
      examples({
        'nbflow bump XYZG3-V0-1': '',
        'nbflow bump XYZG3-V0-1 "avatar replaced"': 'and why, for the history',
      }),
    )
    .action((file: string, why: string[], options: BumpOptions) =>
      finish(options, async () => (await import('./bump.js')).bumpCommand(file, why, options)),
    );
  const tracker = program
    .command('tracker')
    .description("the team's tracker: one row per workflow, in CSV files or a Google Sheet");
  plain(tracker.command('sync [file...]').description('bring it up to date; of the files, or of the whole project'))
    .option('--dry-run', 'only show what would change')
    .addHelpText('after', examples({ 'nbflow tracker sync': '', 'nbflow tracker sync XYZG3-V0-1 --dry-run': '' }))
    .action((files: string[], options: TrackerOptions) =>
      finish(options, async () => (await import('./tracker.js')).trackerSyncCommand(files, options)),
    );
}
