/** The program as a whole: few commands, each explained, each with examples that it would take itself. */
import type { Command } from 'commander';
import { buildProgram, main } from '../../src/cli/main';

interface Verb {
  readonly path: string;
  readonly command: Command;
}

function verbsOf(parent: Command, path = ''): Verb[] {
  return parent.commands.flatMap((command) => {
    const own = `${path} ${command.name()}`.trim();
    return command.commands.length > 0 ? verbsOf(command, own) : [{ path: own, command }];
  });
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** Command lines behind `Example:`, with what they are for cut off. */
function examplesIn(help: string): readonly string[] {
  const [, behind = ''] = /^Examples?:\s([^]*)$/m.exec(help) ?? [];
  return behind
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/)[0] ?? '')
    .filter((line) => line.startsWith('nbflow '));
}

/** Which command a line would start; throws commander's error for a line that it does not take. */
async function started(line: string): Promise<string | null> {
  const program = buildProgram();
  let path: string | null = null;
  for (const verb of verbsOf(program))
    verb.command.configureOutput({ writeErr: () => undefined }).action(() => {
      path = verb.path;
    });
  await program.parseAsync(['node', ...line.split(' ')]);
  return path;
}

const verbs = verbsOf(buildProgram());

test('there are at most 35 commands, each of a name of its own', () => {
  const names = buildProgram().commands.map((command) => command.name());
  expect(names.length).toBeLessThanOrEqual(35);
  expect(new Set(names).size).toBe(names.length);
});

test('every command says what it is for', () => {
  expect(verbs.filter(({ command }) => command.description().length < 12).map(({ path }) => path)).toEqual([]);
});

test.each(verbs)('the help of "$path" has examples of it, and the program takes them', async ({ path, command }) => {
  const lines = examplesIn(helpOf(command));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect([line, await started(line)]).toEqual([line, path]);
});

test('a line that is not taken is noticed', async () => {
  await expect(started('nbflow run XYZG3-V0-1 --scenes 3')).rejects.toThrow('--scene');
  expect(examplesIn('Usage: nbflow x\n\nExample: nbflow x 1  for this')).toEqual(['nbflow x 1']);
});

describe('what does not exist', () => {
  let said: string;
  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = 0;
  });

  test.each([
    ['diagnos XYZG3-V0-1', 'diagnose'],
    ['service instal', 'install'],
    ['help restroe', 'restore'],
    ['help service statu', 'status'],
    ['run XYZG3-V0-1 --buget 5', '--budget'],
  ])('"nbflow %s" is wrong usage, and names the nearest', async (line, nearest) => {
    await main(['node', 'nbflow', ...line.split(' ')]);
    expect([process.exitCode, said]).toEqual([
      2,
      expect.stringMatching(new RegExp(`Did you mean (one of )?${nearest}`)),
    ]);
  });
});
