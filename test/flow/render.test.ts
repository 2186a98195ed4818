import fc from 'fast-check';
import { TabBuilder, compileTabs, findingsOf, rulesOf } from '../helpers/storyboard';
import type { RawNode } from '../helpers/storyboard';
import type { CompiledFlow } from '../../src/flow/types';

/** A storyboard of one image node whose prompt comes from what `build` answers. */
function withPrompt(
  build: (tab: TabBuilder) => RawNode,
  model = 'nano_banana_2',
): { prompts: string[]; rules: string[]; flow: CompiledFlow } {
  const tab = new TabBuilder();
  const image = tab.image('Scene 01 — image gen', { model, imageCount: 0 }, 0);
  tab.link(build(tab), image, 0);
  const flow = compileTabs([tab]);
  return { prompts: flow.generators[0]?.rows.map((row) => row.prompt) ?? [], rules: rulesOf(flow.findings), flow };
}

function filled(tab: TabBuilder, text: string, feeds: Record<string, unknown>): RawNode {
  const template = tab.template(text, Object.keys(feeds));
  Object.entries(feeds).forEach(([name, rows], slot) => tab.link(tab.rows(name, rows), template, slot));
  return template;
}

test('a plain prompt is one row', () => {
  expect(withPrompt((tab) => tab.plain('A kitchen'))).toMatchObject({ prompts: ['A kitchen'], rules: [] });
});

test('D2: a Dynamic may feed a generator directly, and a template another template', () => {
  expect(withPrompt((tab) => tab.rows('pose', ['sits', 'stands'])).prompts).toEqual(['sits', 'stands']);
  const nested = withPrompt((tab) => {
    const outer = tab.template('Selfie, {scene}!', ['scene']);
    tab.link(filled(tab, 'she {pose}', { pose: ['sits', 'stands'] }), outer, 0);
    return outer;
  });
  expect(nested.prompts).toEqual(['Selfie, she sits!', 'Selfie, she stands!']);
});

test('D3: N rows are N prompts in both vocabularies', () => {
  const build = (tab: TabBuilder): RawNode => filled(tab, 'She {pose}', { pose: ['sits', 'stands', 'runs'] });
  expect(withPrompt(build).prompts).toHaveLength(3);
  expect(withPrompt(build, 'gemini-3.1-flash-image-preview').flow.generators[0]).toMatchObject({
    vocabulary: 'github',
    rows: { length: 3 },
  });
});

test('D7: equal counts zip, one row repeats, anything else is an error', () => {
  const zip = withPrompt((tab) => filled(tab, '{a}{b}{c}', { a: ['1', '2'], b: ['x'], c: ['p', 'q'] }));
  expect(zip).toMatchObject({ prompts: ['1xp', '2xq'], rules: [] });
  const odd = withPrompt((tab) => filled(tab, '{a}{b}', { a: ['1', '2'], b: ['x', 'y', 'z'] }));
  expect(odd).toMatchObject({ prompts: [], rules: ['Rows.Mismatch error'] });
  expect(odd.flow.findings[0]?.message).toContain('"Rows of a" has 2, "Rows of b" has 3');
});

test.each([
  ['no rows', [], 'Prompt.EmptyRow error'],
  ['no list at all', undefined, 'Prompt.EmptyRow error'],
  ['an empty row', ['a', ' '], 'Prompt.EmptyRow error'],
  ['a row that is no text', ['a', { text: 'b' }], 'R6 error'],
  ['a number', [7], 'R6 error'],
  ['no list but text', 'a', 'R6 error'],
])('D4: %s is an error', (_, rows, rule) => {
  expect(withPrompt((tab) => filled(tab, 'She {pose}', { pose: rows }))).toMatchObject({ prompts: [], rules: [rule] });
});

test("D5: filling is literal and happens once, and JSON's braces stay", () => {
  const made = withPrompt((tab) => filled(tab, '{"a": "{pose}", "n": {}} {pose}', { pose: ["$& $' $1 {pose}"] }));
  expect(made.prompts).toEqual([`{"a": "$& $' $1 {pose}", "n": {}} $& $' $1 {pose}`]);
  expect(made.rules).toEqual(['Prompt.Literal warning']);
});

test('D5: a {word} in a plain prompt is a warning, an unfed placeholder an error', () => {
  expect(withPrompt((tab) => tab.plain('She {pose}'))).toMatchObject({
    prompts: ['She {pose}'],
    rules: ['Prompt.Literal warning'],
  });
  expect(withPrompt((tab) => tab.plain('{"subject": {"a": 1}}')).rules).toEqual([]);
  expect(withPrompt((tab) => tab.template('She {pose}', ['pose']))).toMatchObject({
    prompts: [],
    rules: ['Prompt.Unfed error'],
  });
  expect(withPrompt((tab) => tab.template('She {pose}', [])).rules).toEqual(['Prompt.Unfed error']);
});

test('a plain prompt with its placeholder linked is a template whose mode is off', () => {
  const made = withPrompt((tab) => {
    const prompt = filled(tab, 'She {pose}', { pose: ['sits'] });
    prompt.properties['templateMode'] = false;
    return prompt;
  });
  expect(made.rules).toEqual(['Prompt.Unfed error']);
  expect(made.flow.findings[0]?.fix).toBe('turns template mode on');
});

test('D6: a row that breaks a JSON template is a warning and is sent', () => {
  const made = withPrompt((tab) => filled(tab, '{"say": "{line}"}', { line: ['fine', 'a "quote"'] }));
  expect(made).toMatchObject({ prompts: ['{"say": "fine"}', '{"say": "a "quote""}'], rules: ['Prompt.Json warning'] });
});

test('D8: batch mode of a prompt is an error', () => {
  expect(withPrompt((tab) => tab.node('Prompt', 'P', { text: 'a', batchMode: true })).rules).toEqual([
    'Money.Multiplier error',
  ]);
});

test('an empty prompt and a missing one are errors, since they are paid too', () => {
  expect(withPrompt((tab) => tab.plain(' \n')).rules).toEqual(['Prompt.Empty error']);
  expect(findingsOf((tab) => tab.image('Scene 01', { imageCount: 0 }, 0))).toEqual(['Prompt.Empty error']);
  expect(withPrompt((tab) => tab.reference('https://r.example/a.png')).rules).toEqual(['Prompt.Source error']);
});

test('templates that double at every step end in a finding, not in a full memory', () => {
  const made = withPrompt((tab) => {
    let last = tab.plain('ten chars.');
    for (let level = 0; level < 40; level++) {
      const next = tab.template('{a}{a}', ['a'], `Level ${level}`);
      tab.link(last, next, 0);
      last = next;
    }
    return last;
  });
  expect(made).toMatchObject({ prompts: [], rules: ['Prompt.TooLong error'] });
});

test('what is written between the braces arrives as it is, whatever it is', () => {
  const row = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
      expect(withPrompt((tab) => filled(tab, 'a {pose} z', { pose: rows })).prompts).toEqual(
        rows.map((text) => `a ${text} z`),
      );
    }),
  );
});
