/** A whole pass over a file whose every name is nasty: all of it stays in its folders, and the second run pays nothing. */
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import { illegal, NASTY } from '../helpers/nasty-names';
import type { TestProject } from '../helpers/project';
import { projectOf } from '../helpers/project';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { fileText, TabBuilder } from '../helpers/storyboard';

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

/** Characters that people and programs put into file names, as far as this system takes them. */
const CODE = process.platform === 'win32' ? 'Spot 🎬 %2e%2e' : 'Spot 🎬 %2e%2e "$(touch x)" `y` &;\\';
const PER_TAB = 4;

/** All names, each as a title; the tabs are named by them too. Every tab's first still has a clip. */
function nastyText(reference: string): { readonly text: string; readonly generators: number } {
  const titles = [...NASTY, 'half \ud83d of a picture', '__proto__', `Scene 07 ${'/..'.repeat(120)}`];
  const tabs = Array.from({ length: Math.ceil(titles.length / PER_TAB) }, (_, at) => {
    const mine = titles.slice(at * PER_TAB, (at + 1) * PER_TAB);
    const tab = new TabBuilder(mine[0], 1 + at * 1_000);
    const stills = mine.map((title) => tab.still(title, `A picture for ${at}.${mine.indexOf(title)}`));
    tab.clip(stills[0] as (typeof stills)[0], mine[1] ?? '', `A film for ${at}`);
    return tab;
  });
  const text = fileText(tabs).replaceAll('https://r.example/a.png', reference);
  return { text, generators: titles.length + tabs.length };
}

/** The project's file under a nasty name of its own, in a project whose brand is one too. */
function nastyProject(): { readonly named: TestProject; readonly candidates: number } {
  const reference = /"(http:[^"]+\.png)"/.exec(project.original)?.[1] as string;
  const { text, generators } = nastyText(reference);
  writeFileSync(join(project.folder, 'nbflow.config.json'), JSON.stringify({ brand: '../../evil' }));
  const file = join(project.folder, `${CODE}-V0-2.nbflow`);
  renameSync(project.file, file);
  writeFileSync(file, text);
  return { named: projectOf(file, project.folder, text), candidates: generators * 4 };
}

/** Everything around all projects, but for the servers' own folders. */
function around(): string[] {
  const paths = readdirSync(dirname(project.root), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => !/^(home|simulator-\d+)($|[\\/])/.test(path));
}

test('everything stays in its folders under names that are legal everywhere, and a second run pays nothing', async () => {
  const { named, candidates } = nastyProject();
  const before = new Set(around());
  const answer = await rig.run(named, backend, ['--concurrency', '5']);
  expect(answer).toMatchObject({ state: 'done', generations: { paid: candidates, lost: 0 }, errorsFile: null });
  expectBillInReceipts(named, backend);
  await expectResultsOpen(named, answer.output, candidates);

  const own = relative(dirname(project.root), project.folder) + sep;
  const added = around().filter((path) => !before.has(path));
  expect(added.filter((path) => !/^(Assets|Generations|backups)($|[\\/])/.test(path.replace(own, '')))).toEqual([]);
  // The file's own name is the person's: it needs to be legal only here.
  const made = added.map((path) => path.replaceAll(CODE, 'CODE')).filter((path) => path.includes(`v0-2${sep}`));
  expect(made.length).toBeGreaterThan(candidates);
  expect(made.map((path) => path.slice(path.indexOf('v0-2'))).flatMap(illegal)).toEqual([]);
  for (const { url } of named.generations())
    expect(decodeURIComponent(new URL(url ?? '').pathname)).toMatch(/^\/nbflow\/evil\/[^/]+\/v0-2\/[0-9a-f]{12}\//);

  const again = await rig.run(named, backend);
  expect(again).toMatchObject({ state: 'done', nodes: { done: 0, failed: 0 }, generations: { paid: 0 } });
  expect(backend.paid()).toBe(candidates);
});
