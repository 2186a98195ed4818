/** The commander program: declarations by family in `*-commands.ts`, one file per command, loaded when it is asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { toleratePipes } from './output';
import { addPassCommands } from './pass-commands';
import { addRecoveryCommands } from './recovery-commands';
import { addServerCommands, addServiceCommands } from './server-commands';
import { addSteeringCommands } from './steering-commands';
import { addVersionCommands } from './version-commands';

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
  addVersionCommands(program);
  addServerCommands(program);
  addServiceCommands(program);
  return program;
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
