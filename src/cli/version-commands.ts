/** Declarations of the commands about versions of a storyboard and their history. */
import type { Command } from 'commander';
import { examples, finish, plain } from './options';
import type { OutputOptions } from './output';

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
}
