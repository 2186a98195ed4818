import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkFlow } from '../../src/flow/check';
import { compileFlow } from '../../src/flow/compile';
import { decodeFlow, parseFlow } from '../../src/flow/parse';
import type { Finding, FlowDocument } from '../../src/flow/types';
import { makeFlow } from '../../bench/make-flow';
import { mutilated } from '../helpers/mutilated';
import { GITHUB_IMAGE, TabBuilder, compileTabs, findingsOf, rulesOf } from '../helpers/storyboard';

const FIXTURES = join(__dirname, '../fixtures');
const documentOf = (file: string): FlowDocument =>
  parseFlow(decodeFlow(readFileSync(join(FIXTURES, file)), file), file);

const BROKEN: Readonly<Record<string, string[]>> = {
  'avatar-missing': ['Reference.Missing error'],
  'base64-embedded': ['Reference.Base64 error'],
  // The link that was moved to make the circle left a stale note behind.
  cycle: ['Graph.Cycle error', 'R9 error'],
  'dangling-link': ['R8 error'],
  // The tab was copied with its avatar.
  'duplicate-ids': ['Avatar.Shared warning', 'Graph.DuplicateId error'],
  // The placeholder was misspelt as well as the Dynamic's name.
  'dynamic-name-mismatch': ['R3 error', 'R7 error'],
  'missing-model': ['R1 error'],
  'negative-prompt-missing': ['R4 error'],
  'object-rows': ['R6 error'],
  'output-count-one': ['R2 error'],
  'stale-link-refs': ['R9 error'],
  'template-slot-name': ['R7 error'],
  'veo-missing-slot': ['R5 error'],
  'wrong-model': ['R1 error'],
};

test.each(['XYZG3-V0-1', 'XYZS1-V0-4', 'week-1-testing'])('%s has no finding', (name) => {
  expect(checkFlow(documentOf(`${name}.nbflow`), name.startsWith('XYZ') ? { fileName: name } : {})).toEqual([]);
});

test.each(Object.entries(BROKEN))('broken/%s has %j and no more', (name, rules) => {
  const findings = checkFlow(documentOf(`broken/${name}.nbflow`));
  expect(rulesOf(findings)).toEqual(rules);
  for (const { message, account } of findings) expect(message.startsWith(account ?? '-')).toBe(true);
});

test('every broken fixture is looked at', () => {
  const files = readdirSync(join(FIXTURES, 'broken')).map((file) => file.replace('.nbflow', ''));
  expect(files.sort()).toEqual([...Object.keys(BROKEN), 'truncated'].sort());
});

test('a made storyboard of any size is clean', () => {
  const document = parseFlow(makeFlow({ tabs: 3, scenes: 4, refOrigin: 'https://r.example' }), 'made.nbflow');
  const flow = compileFlow(document, { fileName: 'XYZG9-V0-1' });
  expect(flow.findings).toEqual([]);
  expect(flow.generators).toHaveLength(24);
  expect(flow.generators.every((generator) => generator.rows.length === 1)).toBe(true);
});

test('what can be mended says how, what needs a person does not', () => {
  const fixes = Object.keys(BROKEN).flatMap((name) => checkFlow(documentOf(`broken/${name}.nbflow`)));
  const fixOf = (rule: string): Finding['fix'] | undefined => fixes.find((finding) => finding.rule === rule)?.fix;
  expect(fixOf('R1')).toBe('sets its model to nano_banana_2');
  expect(fixOf('R8')).toBe('points link 4 at the input "input", which names it');
  expect(fixOf('Graph.DuplicateId')).toBe('adds 100000 to every node and link id of Account B');
  expect(fixOf('Reference.Missing')).toBeNull();
  expect(fixOf('Graph.Cycle')).toBeNull();
});

test.each([
  ['a wiki model on a GitHub word', { model: 'gemini-3.1-flash-image-preview' }, 'R1 error'],
  ['a video model on an image node (D26)', { model: 'veo_3_1' }, 'R1 error'],
  ['two candidates in wiki words (D26)', { outputCount: 2 }, 'R2 error'],
  ['repeatCount (D8)', { repeatCount: 2 }, 'Money.Multiplier error'],
  ['inputVariable (D8)', { inputVariable: 'pose' }, 'Money.Multiplier error'],
  ['an unknown ratio (D24)', { aspectRatio: '2:3' }, 'Ratio.Unknown error'],
  ['another imageCount', { imageCount: 3 }, 'Image.SlotCount warning'],
  ['a resolution that is not asked for', { resolution: '4K' }, 'Image.Resolution warning'],
])('an image node with %s: %#', (_, properties, rule) => {
  const rules = findingsOf((tab) => {
    Object.assign(tab.still().properties, properties);
    tab.still('Scene 02');
    tab.still('Scene 03');
  });
  expect(rules).toEqual([rule]);
});

test.each([
  ['an image model (D26)', { model: 'nano_banana_2' }, ['R1 error']],
  ['an unknown veoModel', { veoModel: 'turbo' }, ['R1 error']],
  ['no model but a veoModel', { model: undefined }, ['R1 warning']],
  ['no negativePrompt', { negativePrompt: null }, ['R4 error']],
  ['a negative prompt', { negativePrompt: 'rain' }, ['Video.NegativePrompt note']],
  ['an unknown mode', { mode: 'ingredients-to-video' }, ['Video.Mode error']],
  ['a number as duration (D24)', { durationSeconds: 8 }, ['Video.Duration warning']],
  ['another duration (D24)', { durationSeconds: '6' }, ['Video.Duration warning']],
  ['a square ratio', { aspectRatio: '1:1' }, ['Ratio.Unknown error']],
  ['sampleCount (D8)', { sampleCount: 4 }, ['Money.Multiplier error']],
  ['an unknown resolution', { resolution: '8k' }, ['Video.Resolution warning']],
])('a video node with %s: %#', (_, properties, rules) => {
  expect(findingsOf((tab) => Object.assign(tab.clip(tab.still()).properties, properties))).toEqual(rules);
});

test('GitHub words pass with Gemini models and 2 candidates, and mind names less (D1, D26)', () => {
  const build = (tab: TabBuilder, properties: object): void => {
    const image = tab.image('Generate: Desk', { imageCount: 0, ...properties }, 0);
    const template = tab.template('She {pose}', ['pose']);
    tab.link(tab.rows('Pose rows', ['sits']), template);
    tab.link(template, image);
  };
  expect(findingsOf((tab) => build(tab, GITHUB_IMAGE))).toEqual(['R3 warning']);
  expect(findingsOf((tab) => build(tab, { ...GITHUB_IMAGE, outputCount: 1 }))).toEqual(['R2 error', 'R3 warning']);
  expect(findingsOf((tab) => build(tab, {}))).toEqual(['R3 error']);
});

test.each([
  [2, []],
  [3, ['Reference.TooMany warning']],
  [11, ['Reference.TooMany error']],
])('D24: %i references in wiki words', (count, rules) => {
  const found = findingsOf((tab) => {
    const image = tab.image('Scene 01', {}, count);
    tab.link(tab.plain('A kitchen'), image, 0);
    for (let slot = 1; slot <= count; slot++)
      tab.link(tab.reference(`https://r.example/${slot}.png`, 'Product'), image, slot);
  });
  expect(found).toEqual(rules);
});

describe('D20: a node of unknown type', () => {
  test('is an error on the way to a generator, naming both', () => {
    const tab = new TabBuilder();
    const odd = tab.node('x/Reroute', 'Reroute', {}, ['input']);
    const image = tab.image('Scene 01');
    tab.link(tab.plain('A kitchen'), image, 0);
    tab.link(odd, image, 1);
    const { findings, generators } = compileTabs([tab]);
    expect(findings).toMatchObject([{ rule: 'Graph.UnknownType', severity: 'error' }]);
    expect(findings[0]?.message).toContain('"x/Reroute", which nbflow does not know, and it feeds "Scene 01"');
    expect(generators[0]?.rows).toEqual([]);
  });

  test('is a note elsewhere', () => {
    const rules = findingsOf((tab) => tab.link(tab.clip(tab.still()), tab.node('VideoEditor', 'Cut', {}, ['input'])));
    expect(rules).toEqual(['Graph.UnknownType note']);
  });
});

describe('D18: a fault on a muted generator', () => {
  const faulty = (tab: TabBuilder): ReturnType<TabBuilder['still']> => {
    const image = tab.still();
    tab.still('Scene 02');
    Object.assign(image.properties, { outputCount: 1, _savedImages: ['https://r.example/1.png'] });
    image.mode = 4;
    return image;
  };

  test('is a warning', () => {
    expect(findingsOf((tab) => faulty(tab))).toEqual(['R2 warning']);
  });

  test('is an error where an active one needs it', () => {
    expect(findingsOf((tab) => tab.clip(faulty(tab)))).toEqual(['R2 error']);
  });

  test('and without a picture, who needs it is told that it will be skipped', () => {
    const rules = findingsOf((tab) => {
      const image = tab.still();
      image.properties['_disabled'] = true;
      tab.clip(image);
    });
    expect(rules).toEqual(['Node.Muted warning']);
  });
});

test('D30: another name inside than outside is a warning in wiki words only', () => {
  const wiki = new TabBuilder();
  wiki.still();
  expect(rulesOf(compileTabs([wiki], {}, 'XYZG3-V0-2').findings)).toEqual(['File.Name warning']);
  expect(compileTabs([wiki], {}, 'XYZG3-V0-1').findings).toEqual([]);
  const github = new TabBuilder();
  Object.assign(github.still().properties, GITHUB_IMAGE);
  expect(compileTabs([github], {}, 'XYZG3-V0-2').findings).toEqual([]);
});

test('embedded data in other fields and holes in a cache are told, and stop nothing', () => {
  const rules = findingsOf((tab) => {
    const image = tab.still();
    image.properties['_savedImages'] = ['https://r.example/1.png', null];
    image.properties['lastData'] = `data:image/png;base64,${'A'.repeat(2000)}`;
  });
  expect(rules).toEqual(['Cache.Hole note', 'Reference.Base64 warning']);
});

test('a file without generators has nothing wrong (D31)', () => {
  expect(checkFlow(parseFlow('{"tabs":[]}', 'a.nbflow'))).toEqual([]);
});

test('checking and compiling never throw, however a file is mutilated', () => {
  const tab = new TabBuilder();
  const gate = tab.gate();
  tab.link(tab.still(), gate);
  tab.clip(gate);
  fc.assert(
    fc.property(mutilated([tab]), (text) => {
      const flow = compileFlow(parseFlow(text, 'a.nbflow'));
      const broken = flow.generators.filter((generator) => generator.rows.length === 0);
      // A generator without rows always has its reason among the findings.
      if (broken.length > 0) expect(flow.findings.some((finding) => finding.severity !== 'note')).toBe(true);
    }),
    { numRuns: 300 },
  );
});
