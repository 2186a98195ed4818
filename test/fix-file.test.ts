import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixText } from '../src/fix-file';
import type { FixedText } from '../src/fix-file';
import { checkFlow } from '../src/flow/check';
import { decodeFlow, parseFlow } from '../src/flow/parse';
import type { Finding } from '../src/flow/types';
import { GITHUB_IMAGE, TabBuilder, fileText, rulesOf } from './helpers/storyboard';

const FILE = 'XYZG3-V0-1.nbflow';
const FIXTURES = join(__dirname, 'fixtures');
const textOf = (name: string): string => decodeFlow(readFileSync(join(FIXTURES, `${name}.nbflow`)), name);
const left = (text: string): readonly Finding[] => checkFlow(parseFlow(text, FILE), { fileName: 'XYZG3-V0-1' });
const fixed = (tabs: readonly TabBuilder[]): FixedText => fixText(fileText(tabs), FILE);
const whatOf = ({ fixes }: FixedText): string[] => fixes.map(({ finding }) => finding.fix ?? '');
/** A tab that `build` fills, and what a fix does to it. */
const fixedTab = (build: (tab: TabBuilder) => void): { done: string[]; left: string[] } => {
  const tab = new TabBuilder();
  build(tab);
  const result = fixed([tab]);
  return { done: whatOf(result), left: rulesOf(left(result.text)) };
};

test.each([
  // These were broken by taking something away or changing it: what is mended is the very file of before.
  ['negative-prompt-missing', { negativePrompt: true }],
  ['missing-model', { model: true }],
  ['wrong-model', {}],
  ['stale-link-refs', {}],
  ['template-slot-name', {}],
  ['output-count-one', {}],
  ['veo-missing-slot', {}],
  ['dangling-link', {}],
])('broken/%s becomes the file that it was made from', (name, moved) => {
  const result = fixText(textOf(`broken/${name}`), FILE);
  expect(result.fixes).toHaveLength(1);
  expect(left(result.text)).toEqual([]);
  const whole = textOf('XYZG3-V0-1');
  expect(JSON.parse(result.text)).toEqual(JSON.parse(whole));
  // A property that was taken away comes back at the end of its node; all others come back in place.
  if (Object.keys(moved).length === 0) expect(result.text).toBe(whole);
});

test.each([
  ['object-rows', ['R6'], []],
  ['dynamic-name-mismatch', ['R7', 'R3'], []],
  ['duplicate-ids', ['Graph.DuplicateId'], ['Avatar.Shared warning']],
  ['avatar-missing', [], ['Reference.Missing error']],
  ['base64-embedded', [], ['Reference.Base64 error']],
  ['cycle', [], ['Graph.Cycle error', 'R9 error']],
])('broken/%s: %j is mended, %j needs a person', (name, done, rest) => {
  const result = fixText(textOf(`broken/${name}`), FILE);
  expect(result.fixes.map(({ finding }) => finding.rule)).toEqual(done);
  expect(rulesOf(left(result.text))).toEqual(rest);
});

test.each(['XYZG3-V0-1', 'XYZS1-V0-4', 'week-1-testing'])('nothing is done to %s', (name) => {
  const text = textOf(name);
  expect(fixText(text, `${name}.nbflow`)).toEqual({ text, fixes: [] });
});

test('a value that is not there is added, and what was there is told', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  delete image.properties['model'];
  image.properties['outputCount'] = 1;
  tab.still('Scene 02');
  const path = (field: string): string => `tabs[0].graphData.nodes[0].properties.${field}`;
  expect(fixed([tab]).fixes.flatMap(({ values }) => values)).toEqual([
    { path: path('model'), before: undefined, after: 'nano_banana_2' },
    { path: path('outputCount'), before: 1, after: 4 },
  ]);
});

describe('what could be meant in two ways is left', () => {
  test.each<[string, (tab: TabBuilder) => void, string]>([
    ['another model of the kind', (tab) => (tab.still().properties['model'] = 'nano_banana_pro'), 'R1 error'],
    ['a strange video model', (tab) => (tab.clip(tab.still()).properties['model'] = 'veo_9'), 'R1 error'],
    [
      'a negative prompt of another kind',
      (tab) => (tab.clip(tab.still()).properties['negativePrompt'] = ['a']),
      'R4 error',
    ],
    ['a row that holds two texts', (tab) => tab.rows('pose', [{ text: 'a', note: 'b' }]), 'R6 error'],
    ['a link to an input that nobody notes', (tab) => tab.rawLink(90, tab.still().id, 0, 1, 5), 'R8 error'],
    [
      'a link to nobody that another input notes',
      (tab) => {
        const gate = tab.gate();
        const id = tab.link(tab.still(), gate);
        (tab.links.find(([own]) => own === id) ?? [])[3] = 77;
      },
      'R8 error',
    ],
    [
      'a link that both ends note and the list lacks',
      (tab) => {
        const gate = tab.gate();
        tab.link(tab.still(), gate);
        tab.links.pop();
      },
      'R9 error',
    ],
    [
      'results of several rows under a wrong count',
      (tab) => {
        const image = tab.image();
        tab.link(tab.rows('pose', ['sits', 'stands']), image, 0);
        tab.link(tab.reference('https://r.example/a.png'), image, 1);
        Object.assign(image.properties, {
          outputCount: 1,
          _savedImages: ['https://r.example/1', 'https://r.example/2'],
        });
      },
      'R2 error',
    ],
  ])('%s', (_, build, rule) => {
    const done = fixedTab((tab) => {
      tab.still('Scene 08');
      tab.still('Scene 09');
      build(tab);
    });
    expect(done).toEqual({ done: [], left: [rule] });
  });

  test('names of a template that are crossed: the links may be what is wrong', () => {
    const done = fixedTab((tab) => {
      const template = tab.template('{pose} in {place}', ['pose', 'place']);
      tab.link(tab.rows('place', ['a kitchen']), template, 0);
      tab.link(tab.rows('pose', ['sits']), template, 1);
      const image = tab.image();
      tab.link(template, image, 0);
      tab.link(tab.reference('https://r.example/a.png'), image, 1);
    });
    expect(done).toEqual({ done: [], left: ['R3 error', 'R3 error'] });
  });

  test('two misspelt slots, and a count of GitHub words that its neighbours do not agree on', () => {
    const slots = fixedTab((tab) => {
      const template = tab.template('{pose} in {place}', ['posture', 'room']);
      tab.link(tab.plain('sits'), template, 0);
      tab.link(tab.plain('a kitchen'), template, 1);
      tab.link(template, tab.image('Scene 01', { imageCount: 0 }, 0), 0);
    });
    expect(slots).toEqual({ done: [], left: ['R7 error'] });
    const counts = (...others: number[]): { done: string[]; left: string[] } =>
      fixedTab((tab) => {
        for (const outputCount of [1, ...others])
          Object.assign(tab.still(`Scene 0${outputCount}`).properties, { ...GITHUB_IMAGE, outputCount });
      });
    expect(counts(2, 4)).toEqual({ done: [], left: ['R2 error'] });
    expect(counts(2, 2)).toEqual({ done: ['sets its outputCount to 2'], left: [] });
  });

  test('ids that would meet others, and tabs with groups of nodes', () => {
    const tabs = (first: number): TabBuilder[] => [
      new TabBuilder('A'),
      new TabBuilder('B'),
      new TabBuilder('C', first),
    ];
    const fill = (made: TabBuilder[]): TabBuilder[] => {
      made.forEach((tab, i) => tab.still(`Scene 0${i}`));
      return made;
    };
    expect(whatOf(fixed(fill(tabs(500))))).toEqual(['adds 100000 to every node and link id of B']);
    expect(whatOf(fixed(fill(tabs(100_001))))).toEqual([]);
    const raw = JSON.parse(fileText(fill(tabs(500)))) as { tabs: { graphData: object }[] };
    Object.assign(raw.tabs[1]?.graphData ?? {}, { extra: { nodeGroups: { g1: [1, 2] } } });
    expect(fixText(JSON.stringify(raw), FILE).fixes).toEqual([]);
  });
});

test('a link to a node that is gone goes with its notes; one into its own node too', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  image.outputs[0]?.links.push(90);
  tab.rawLink(90, image.id, 0, 77, 0);
  const gate = tab.gate();
  tab.link(image, gate);
  const loop = tab.gate('Approve: loop');
  tab.link(loop, loop);
  const result = fixed([tab]);
  expect(whatOf(result)).toEqual(['removes link 90', 'removes link 5']);
  const graph = (
    JSON.parse(result.text) as { tabs: { graphData: { links: number[][]; nodes: TabBuilder['nodes'] } }[] }
  ).tabs[0]?.graphData;
  expect(graph?.links.map(([id]) => id)).toEqual([1, 2, 4]);
  expect(graph?.nodes.map(({ outputs }) => outputs[0]?.links)).toEqual([[4], [1], [2], [], []]);
  expect(graph?.nodes.at(-1)?.inputs[0]?.link).toBeNull();
});

test('a counter that is behind is set to the highest id, one that is ahead is left', () => {
  const tab = new TabBuilder();
  tab.still();
  const raw = JSON.parse(fileText([tab])) as { tabs: { graphData: object }[] };
  Object.assign(raw.tabs[0]?.graphData ?? {}, { last_node_id: 2, last_link_id: 9 });
  const result = fixText(JSON.stringify(raw), FILE);
  expect(result.fixes.flatMap(({ values }) => values)).toEqual([
    { path: 'tabs[0].graphData.last_node_id', before: 2, after: 3 },
  ]);
  expect(left(result.text)).toEqual([]);
});

test('renumbering moves all that names an id, in either form of a link, and the counters', () => {
  const tabs = [new TabBuilder('A'), new TabBuilder('B')];
  for (const tab of tabs) tab.clip(tab.still());
  const raw = JSON.parse(fileText(tabs)) as { tabs: { graphData: { links: unknown[][]; nodes: object[] } }[] };
  const graph = raw.tabs[1]?.graphData;
  const links = graph?.links.map(([id, from, fromSlot, to, toSlot, type]) => {
    return { id, origin_id: from, origin_slot: fromSlot, target_id: to, target_slot: toSlot, type };
  });
  Object.assign(graph ?? {}, { links, last_node_id: 5, last_link_id: 4 });
  const result = fixText(JSON.stringify(raw), FILE);
  const after = (JSON.parse(result.text) as typeof raw).tabs[1]?.graphData;
  expect(after).toMatchObject({ last_node_id: 100_005, last_link_id: 100_004 });
  expect(after?.links[0]).toEqual({ ...links?.[0], id: 100_001, origin_id: 100_002, target_id: 100_001 });
  expect(after?.nodes[0]).toMatchObject({ id: 100_001, inputs: [{ link: 100_001 }, { link: 100_002 }] });
  expect(left(result.text).filter(({ rule }) => rule !== 'Avatar.Shared')).toEqual([]);
});
