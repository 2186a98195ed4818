/** Every command of docs/recovery.md is typed as it stands there; none of them is one that does not exist or is misused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import type { TestProject } from '../helpers/project';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'recovery.md'), 'utf8');
/** They change the machine, or run until they are stopped; tunnel.test.ts and reboot.test.ts have them. */
const ELSEWHERE = /^(tunnel|service|up|help)\b/;
const typed = [...new Set([...PAGE.matchAll(/(?:`|^)nbflow ([^`\n]+)/gm)].map(([, rest = '']) => rest.trim()))];
const commands = typed.filter((command) => !ELSEWHERE.test(command));

/** 0: done; 1: some is missing, as it is here; 7, 2: said of a pass that does not run. */
const IDLE = /^(resume|pause|cancel|server)\b/;

test('the page names what a person needs after a crash', () => {
  for (const verb of [
    'diagnose',
    'run',
    'export',
    'restore',
    'rerun',
    'wipe',
    'decide',
    'check',
    'bill',
    'server',
    'history',
    'note',
    'bump',
  ])
    expect(commands.some((command) => command.startsWith(verb))).toBe(true);
});

test('each command of the page does what it says on a file that was half made', async () => {
  await rig.run(project, backend, ['--scene', '1,2,3', '--mode', 'images']);
  const ends: Record<string, number | null> = {};
  for (const command of commands) {
    const priced = /^(rerun|wipe)\b/.test(command) && !command.includes('--dry-run') ? ['--yes'] : [];
    // The page's other commands are about the file as it is called now; bump.test.ts has it in full.
    const dry = /^bump\b/.test(command) ? ['--dry-run'] : [];
    const words = command
      .split(' ')
      .map((word) => (word === 'FILE' ? project.file : word === 'URL' ? backend.url : word));
    const end = await rig.cli(project, [...words, ...priced, ...dry], { GLABS_SERVER: backend.url });
    // What verify finds wrong is what it is typed for.
    const fine = command === 'verify FILE' ? [0, 8] : [0, 1];
    if (!fine.includes(end.code ?? -1) && !(IDLE.test(command) && end.stderr.includes('is not running')))
      throw new Error(`nbflow ${command}: exit ${end.code}\n${end.stdout}\n${end.stderr}`);
    ends[command] = end.code;
  }
  expect(Object.keys(ends)).toEqual(commands);
  const help = await rig.cli(project, ['help', 'recovery']);
  expect(help.stdout).toBe(PAGE);
});
