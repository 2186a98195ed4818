/** Whatever a message tells people to type is a command that exists, with the options it names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/main';
import { REPOSITORY } from '../helpers/machine';

/** What stands where something to type stands: at the start of a text or line, in quotes or brackets, after a colon or an arrow. */
const TYPED = /(?<=[`'"(]|: |→ |^ *)nbflow ([a-z]+)\b([^`'"\n;()→|]*)/gm;

/** A seed of the simulator's pictures. */
const NO_COMMANDS = new Set(['simulator']);

interface Named {
  readonly where: string;
  readonly command: string;
  readonly rest: string;
}

function namedIn(folder: string, ending: string): Named[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => {
      const where = join(folder, name);
      const text = readFileSync(join(REPOSITORY, where), 'utf8');
      return [...text.matchAll(TYPED)].flatMap(([, command = '', rest = '']) => ({ where, command, rest }));
    })
    .filter(({ command }) => !NO_COMMANDS.has(command));
}

const commands = new Map(buildProgram().commands.map((command) => [command.name(), command]));
/** Of a command and of those below it, such as `service install`. */
const optionsOf = (command: Command | undefined): string[] =>
  command ? ['--help', ...command.options.map(({ long }) => long ?? ''), ...command.commands.flatMap(optionsOf)] : [];
const named = [...namedIn('src', '.ts'), ...namedIn('docs', '.md'), ...namedIn('.', 'README.md')].filter(
  ({ where }) => !where.includes('node_modules'),
);

test('messages and documents name commands', () => {
  expect(named.length).toBeGreaterThan(50);
  expect(named.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['run', 'decide', 'up', 'plan', 'cancel']),
  );
});

test('every command that is named exists', () => {
  expect(named.filter(({ command }) => !commands.has(command))).toEqual([]);
});

test('every option that is named with a command is one of its options', () => {
  const unknown = named.filter(({ command, rest }) => {
    const asked = [...rest.matchAll(/--([a-z]+(?:-[a-z]+)*)/g)].map(([long]) => long);
    return !asked.every((long) => optionsOf(commands.get(command)).includes(long));
  });
  expect(unknown).toEqual([]);
});
