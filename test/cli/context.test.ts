import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveFile, serverEnv } from '../../src/cli/context';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'nbflow-context-')));
  writeFileSync(join(root, 'nbflow.config.json'), '{}');
});
function place(...parts: string[]): string {
  const file = join(root, ...parts);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '{}');
  return file;
}

test('a file is named by its path, with or without the ending, or by its name alone', () => {
  const file = place('may', 'XYZG3-V0-1.nbflow');
  expect(resolveFile('may/XYZG3-V0-1.nbflow', root)).toBe(file);
  expect(resolveFile('may/XYZG3-V0-1', root)).toBe(file);
  expect(resolveFile('XYZG3-V0-1', root)).toBe(file);
});

test('copies in backups and Generations are not candidates', () => {
  const file = place('may', 'A-V0-1.nbflow');
  place('backups', 'A-V0-1.nbflow');
  place('may', 'Generations', 'A-V0-1.nbflow');
  expect(resolveFile('A-V0-1', root)).toBe(file);
});

test('two files of one name are a question, none is an error, a folder names what is in it', () => {
  place('may', 'A-V0-1.nbflow');
  place('june', 'A-V0-1.nbflow');
  expect(() => resolveFile('A-V0-1', root)).toThrow(/Several files/);
  expect(() => resolveFile('B-V0-1', root)).toThrow(/There is no file/);
  expect(() => resolveFile('may', root)).toThrow(/is a folder/);
});

test('a name that is no file is answered with the nearest that is one, by its path where two are called so', () => {
  place('may', 'XYZG3-V0-1.nbflow');
  place('may', 'XYZG3-V0-4.nbflow');
  expect(() => resolveFile('xyzg3-V0-5', root)).toThrow('Did you mean XYZG3-V0-4?');
  expect(() => resolveFile('june/XYZG3-V0-2.nbflow', root)).toThrow('Did you mean XYZG3-V0-1?');
  place('june', 'XYZG3-V0-4.nbflow');
  expect(() => resolveFile('XYZG3-V0-5', root)).toThrow(/Did you mean .*(may|june).XYZG3-V0-4[.]nbflow[?]/);
  expect(() => resolveFile('kitchen', root)).toThrow(/^(?!.*Did you mean)/);
});

test("of a project's .env the servers hear only where Temporal is, and the environment is stronger", () => {
  writeFileSync(join(root, '.env'), 'TEMPORAL_ADDRESS=team:7233\nR2_BUCKET=own\n');
  expect(serverEnv(root, {})).toEqual({ TEMPORAL_ADDRESS: 'team:7233' });
  expect(serverEnv(root, { TEMPORAL_ADDRESS: 'mine:7233' })).toEqual({ TEMPORAL_ADDRESS: 'mine:7233' });
});
