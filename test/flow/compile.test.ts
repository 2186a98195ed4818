import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { compileFlow } from '../../src/flow/compile';
import { decodeFlow, parseFlow } from '../../src/flow/parse';
import type { CompiledFlow } from '../../src/flow/types';
import { GITHUB_IMAGE, TabBuilder, compileTabs } from '../helpers/storyboard';

function fixture(file: string): CompiledFlow {
  return compileFlow(parseFlow(decodeFlow(readFileSync(join(__dirname, '../fixtures', file)), file), file));
}
const places = (flow: CompiledFlow): string[] =>
  flow.generators.map(({ kind, naming }) => `${kind} ${naming.folder ?? '-'}/${naming.stem}`);

test('the one-account fixture gives five stills and their clips', () => {
  const flow = fixture('XYZG3-V0-1.nbflow');
  expect(flow.generators.map(({ kind, scene }) => `${kind} ${scene}`)).toEqual(
    ['01', '02', '03', '04', '05'].flatMap((scene) => [`image ${scene}`, `video ${scene}`]),
  );
  expect(flow.byKey.get('0:21')?.rows).toEqual([
    {
      row: 1,
      prompt:
        'Selfie of the avatar in a sunlit kitchen, leaning on the counter, take 3.1. Blue cotton t-shirt. Phone camera look.',
      references: [
        { kind: 'url', url: 'https://refs.example.test/avatar-sheets/account-a.png' },
        { kind: 'url', url: 'https://refs.example.test/products/greens.png' },
      ],
      startFrame: null,
      endFrame: null,
    },
  ]);
  expect(flow.byKey.get('0:9')).toMatchObject({
    model: 'veo_31_fast',
    outputCount: 4,
    timeoutMs: 600_000,
    dependsOn: ['0:5'],
    durationSeconds: '8',
  });
});

test('the five-account fixture keeps the accounts apart', () => {
  const flow = fixture('XYZS1-V0-4.nbflow');
  expect(flow.generators).toHaveLength(80);
  for (const { tab, rows } of flow.generators.filter((generator) => generator.kind === 'image')) {
    const avatar = `https://refs.example.test/avatar-sheets/account-${'abcde'[tab]}.png`;
    expect(rows[0]?.references[0]).toEqual({ kind: 'url', url: avatar });
  }
  expect(new Set(flow.generators.map((generator) => generator.naming.folder)).size).toBe(5);
});

test("the GitHub words' fixture fans out, and goes from start frame to end frame to clip", () => {
  const flow = fixture('week-1-testing.nbflow');
  expect(flow.byKey.get('0:8')?.rows.map((row) => row.prompt)).toHaveLength(4);
  expect(flow.byKey.get('0:8')).toMatchObject({ model: 'veo_31_lite_relaxed', vocabulary: 'github', outputCount: 2 });
  expect(flow.byKey.get('1:6')?.dependsOn).toEqual(['1:3']);
  expect(flow.byKey.get('1:9')?.rows[0]).toMatchObject({ startFrame: { from: '1:3' }, endFrame: { from: '1:6' } });
  expect(places(flow).slice(0, 4)).toEqual([
    'image mainbody/naturopath-at-desk',
    'video mainbody/talking-head-all-dialogue-rows',
    'video mainbody/scene09',
    'image broll/b-roll-01-start-frame',
  ]);
});

test('a vocabulary is decided per tab; format breaks the tie of a tab that says nothing', () => {
  const wiki = new TabBuilder('A');
  wiki.still();
  const github = new TabBuilder('B', 100);
  Object.assign(github.still().properties, GITHUB_IMAGE);
  const silent = new TabBuilder('C', 200);
  silent.plain('x');
  const words = compileTabs([wiki, github, silent], { format: 'ducted-project' }).document.tabs.map(
    (tab) => tab.vocabulary,
  );
  expect(words).toEqual(['wiki', 'github', 'github']);
  expect(compileTabs([silent]).document.tabs[0]?.vocabulary).toBe('wiki');
});

test.each([
  ['Approve', {}, 'gate'],
  ['x/Approve', {}, 'unknown'],
  ['nanobanana/Approve', {}, 'gate'],
  ['Approval', {}, 'gate'],
  ['nanobanana/Approval', { mode: 'reference' }, 'gate'],
  ['nanobanana/Media', { mode: 'approve' }, 'gate'],
  ['nanobanana/Media', { mode: 'preview' }, 'preview'],
  ['nanobanana/Media', {}, 'media'],
  ['nanobanana/ReferenceImage', { mode: 'reference' }, 'media'],
  ['toString', {}, 'unknown'],
])('the type %s with %j is a %s', (type, properties, role) => {
  const raw = { tabs: [{ graphData: { nodes: [{ id: 1, type, properties }] } }] };
  expect(parseFlow(JSON.stringify(raw), 'a.nbflow').tabs[0]?.nodes[0]?.role).toBe(role);
});

test('missing settings get the values that are meant (D24)', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  image.properties = { model: 'nano_banana_2', outputCount: 4 };
  expect(compileTabs([tab]).generators[0]).toMatchObject({
    aspectRatio: '9:16',
    resolution: null,
    durationSeconds: null,
    timeoutMs: null,
  });
});

test('D28: one tab with generators has no folder, more have one each, equal and empty names a number', () => {
  const tabs = ['Account A', 'account-a', '', 'Candidates', 'Tab 3', 'notes'].map(
    (name, index) => new TabBuilder(name, index * 100 + 1),
  );
  for (const tab of tabs.slice(0, 5)) tab.still('Scene 01');
  expect(compileTabs(tabs).generators.map((generator) => generator.naming.folder)).toEqual([
    'account-a',
    'tab-2',
    'tab-3-x',
    'tab-4',
    'tab-3',
  ]);
  expect(compileTabs(tabs.slice(4)).generators[0]?.naming).toEqual({ folder: null, stem: 'scene01' });
});

test('D27: of equal names of one kind the lowest id keeps the plain one', () => {
  const tab = new TabBuilder();
  const first = tab.still('Scene 3 — wide');
  tab.clip(first, 'SCENE 03 clip');
  const second = tab.still('Scene 03 — close');
  tab.still('Scene 03a — closer');
  expect(places(compileTabs([tab]))).toEqual([
    'image -/scene03',
    'video -/scene03',
    `image -/scene03-n${second.id}`,
    'image -/scene03a',
  ]);
});

test('a title never looks like an ending of ours', () => {
  const tab = new TabBuilder();
  for (const title of ['Walk r2', 'Walk n17', 'Walk c1', '🎬', 'aux']) tab.still(title);
  expect(compileTabs([tab]).generators.map((generator) => generator.naming.stem)).toEqual([
    'walk-r-2',
    'walk-n-17',
    'walk-c-1',
    'node-10',
    'aux-x',
  ]);
});

test('names of one kind never clash, whatever the titles', () => {
  const title = fc.oneof(fc.constantFrom('Scene 01', 'scene1', 'Walk', 'walk!', 'Walk n2', ''), fc.string());
  fc.assert(
    fc.property(
      fc.array(fc.array(title, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', 'A', 'Tab 2'),
      (lists, name) => {
        const tabs = lists.map((list, index) => {
          const tab = new TabBuilder(name, index * 1000 + 1);
          for (const each of list) tab.still(each);
          return tab;
        });
        const all = places(compileTabs(tabs)).map((place) => place.toLowerCase());
        expect(new Set(all).size).toBe(all.length);
      },
    ),
  );
});

test('generators come after those they depend on, each once, in whatever order the file has them', () => {
  const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 });
  fc.assert(
    fc.property(edges, fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }), (pairs, order) => {
      const tab = new TabBuilder();
      const images = Array.from({ length: 12 }, (_, index) => tab.image(`Scene ${index}`, {}, 12));
      for (const image of images) tab.link(tab.plain('A kitchen'), image, 0);
      const once = new Set(
        pairs.filter(([a, b]) => a !== b).map(([a, b]) => `${order[Math.min(a, b)]} ${order[Math.max(a, b)]}`),
      );
      for (const pair of once) {
        const [from, to] = pair.split(' ').map((index) => images[Number(index)]);
        if (from && to) tab.link(from, to, images.indexOf(from) + 1);
      }
      const { generators } = compileTabs([tab]);
      const seen = new Set<string>();
      for (const { key, dependsOn } of generators) {
        expect(dependsOn.filter((other) => !seen.has(other))).toEqual([]);
        seen.add(key);
      }
      expect(seen.size).toBe(12);
    }),
  );
});
