/** Whatever a file says in its titles and tab names, what is made from it stays in its folders, under legal names. */
import path from 'node:path';
import fc from 'fast-check';
import {
  candidatePath,
  fileNameProblem,
  nodeLockPath,
  objectKey,
  outputFile,
  pickedPath,
  projectLayout,
} from '../../src/files/layout';
import { formatReceipt, parseReceipt, receiptSchema } from '../../src/files/receipt-file';
import { receiptKey } from '../../src/flow/match-receipts';
import { compileTabs, TabBuilder } from '../helpers/storyboard';
import { fullReceipt, generator } from '../helpers/flows';
import { illegal, NASTY } from '../helpers/nasty-names';

const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 80 }));
const tabs = fc.array(fc.record({ name: text, titles: fc.array(text, { minLength: 1, maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 3,
});
const SHA = 'a'.repeat(64);

type Storyboard = readonly { readonly name: string; readonly titles: readonly string[] }[];

/** Every path and key that is made for the generators of such a storyboard. */
function madeFor(storyboard: Storyboard, system: path.PlatformPath) {
  const root = system === path.win32 ? 'C:\\team' : '/team';
  const layout = projectLayout(system.join(root, 'XYZG3-V0-1.nbflow'), { root, path: system });
  const flow = compileTabs(
    storyboard.map(({ name, titles }) => {
      const tab = new TabBuilder(name);
      titles.forEach((title) => tab.still(title));
      return tab;
    }),
  );
  const taken = new Set<string>();
  const made = flow.generators.map((one) => {
    const key = receiptKey(one, flow, taken);
    taken.add(key);
    const id = { row: 1, candidate: 4 };
    return {
      key,
      candidate: candidatePath(layout, one, id, 'png'),
      picked: pickedPath(layout, one, 1, 'png'),
      object: objectKey(layout, one, id, SHA, 'png'),
      lock: nodeLockPath(layout, key, system),
    };
  });
  return { layout, made, count: flow.generators.length };
}

/** What of the storyboard is not where it belongs, or not legal. */
function misplaced(storyboard: Storyboard, system: path.PlatformPath): readonly string[] {
  const { layout, made } = madeFor(storyboard, system);
  const assets = system.join(layout.baseDir, 'Assets');
  const home = system.join('XYZG3', 'generated-images', 'v0-1', system.sep);
  return made.flatMap(({ candidate, picked, object, lock, key }) => [
    ...[candidate, picked].filter(
      (file) => !system.relative(assets, system.join(layout.baseDir, file)).startsWith(home),
    ),
    ...(object.startsWith(`team/XYZG3/v0-1/${SHA.slice(0, 12)}/`) ? [] : [object]),
    ...(system.dirname(lock) === layout.locksDir ? [] : [lock]),
    ...[candidate, picked, object, `${key}.json`].flatMap(illegal),
  ]);
}

test.each([
  ['here', path.posix],
  ['on Windows', path.win32],
])('titles and tab names lead nowhere else %s, and give names that are legal everywhere', (_name, system) => {
  expect(
    misplaced(
      [
        { name: '../x', titles: NASTY },
        { name: 'CON', titles: NASTY },
      ],
      system,
    ),
  ).toEqual([]);
  for (const name of NASTY)
    expect(
      misplaced(
        [
          { name, titles: ['a'] },
          { name: 'b', titles: ['a'] },
        ],
        system,
      ),
    ).toEqual([]);
  fc.assert(
    fc.property(tabs, (storyboard) => expect(misplaced(storyboard, system)).toEqual([])),
    { numRuns: 40 },
  );
});

test('no two nodes share a name, not even where upper and lower case are one', () => {
  fc.assert(
    fc.property(tabs, (storyboard) => {
      const { made, count } = madeFor(storyboard, path.posix);
      for (const field of ['key', 'candidate', 'picked', 'object'] as const) {
        expect(new Set(made.map((one) => one[field].normalize('NFC').toLowerCase())).size).toBe(count);
      }
    }),
    { numRuns: 40 },
  );
});

test('a file that no folder can be named after is refused, with the reason', () => {
  expect(fileNameProblem('...nbflow')).toMatch(/nothing before/);
  expect(fileNameProblem('.nbflow')).toMatch(/nothing before/);
  for (const name of ['CON.nbflow', 'nul-V0-1.nbflow', 'Com1.x.nbflow'])
    expect(fileNameProblem(name)).toMatch(/device/);
  for (const name of ['a .nbflow', 'a..nbflow', 'a -V0-1.nbflow'])
    expect(fileNameProblem(name)).toMatch(/dot or a space/);
  expect(fileNameProblem(`${'日'.repeat(70)}.nbflow`)).toMatch(/217 bytes/);
  for (const name of ['XYZG3-V0-1.nbflow', 'my file.nbflow', '日本語.nbflow', 'console.nbflow', 'a.b.nbflow'])
    expect(fileNameProblem(name)).toBeNull();
});

test('with all that is added, the longest allowed file name is still one', () => {
  const name = `${'x'.repeat(193)}.nbflow`;
  expect(fileNameProblem(name)).toBeNull();
  const layout = projectLayout(`/team/${name}`, { root: '/team', path: path.posix });
  expect(Buffer.byteLength(path.posix.basename(outputFile(layout, new Date(), path.posix)))).toBeLessThanOrEqual(255);
});

test.each([
  ['file', '../../outside.png'],
  ['file', '/etc/passwd'],
  ['file', 'C:\\x.png'],
  ['file', 'Assets\\..\\..\\x.png'],
  ['stem', '../x'],
  ['stem', '..'],
  ['folder', 'a/b'],
])('a receipt whose %s says %j is damaged, not followed', (field, value) => {
  const honest = fullReceipt(generator());
  const forged = {
    ...honest,
    naming: { ...honest.naming, ...(field === 'file' ? {} : { [field]: value }) },
    generations: honest.generations.map((entry) => (field === 'file' ? { ...entry, file: value } : entry)),
  };
  expect(receiptSchema.safeParse(forged).success).toBe(false);
  const written = formatReceipt(honest);
  expect(parseReceipt(written, 'x.json', honest.key)).toEqual(honest);
});
