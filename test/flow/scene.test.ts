import fc from 'fast-check';
import { compareScenes, accountMatches, sceneMatches, sceneOf, slug, withoutKindPrefix } from '../../src/flow/scene';

test.each([
  ['Scene 03 — image gen', '03'],
  ['Veo: Scene 09 — closes notebook', '09'],
  ['scene03', '03'],
  ['SCENE 3: kitchen', '03'],
  ['Scene_9A', '09a'],
  ['Scene 9 a woman walks', '09'],
  ['Scene #7', '07'],
  ['Scene 120', '120'],
  ['S03 close up', '03'],
  ['S3 bucket', null],
  ['XYZS12 overview', null],
  ['Scenery 4', null],
  ['Obscene 4', null],
  ['Scene 20260512', null],
  ['Naturopath at desk', null],
])('the scene of %j is %j', (title, scene) => {
  expect(sceneOf(title)).toBe(scene);
});

test.each([
  ['9', ['09', '09a', '09b'], ['10', '19', '90', '109', null]],
  ['9a', ['09a'], ['09', '09b', '19a']],
  ['09', ['09', '09c'], ['9x9']],
  ['Scene 3', ['03'], ['13']],
  ['', [], ['09', null]],
  ['x', [], ['09']],
])('--scene %j means %j and not %j (D27)', (selector, yes, no) => {
  expect(yes.filter((scene) => !sceneMatches(selector, scene))).toEqual([]);
  expect(no.filter((scene) => sceneMatches(selector, scene))).toEqual([]);
});

test('an account is meant by its name, its slug or its last word, in any case', () => {
  for (const selector of ['A', 'a', 'Account A', ' account a ', 'account-a']) {
    expect(accountMatches(selector, 'Account A')).toBe(true);
  }
  for (const selector of ['B', '', 'Account', 'AA']) expect(accountMatches(selector, 'Account A')).toBe(false);
  expect(accountMatches('EN-1', 'EN-1')).toBe(true);
  expect(accountMatches('untitled', '')).toBe(false);
});

test.each([
  ['Naturopath at desk', 'naturopath-at-desk'],
  ['Café crème — déjà vu!', 'cafe-creme-deja-vu'],
  ["She doesn't", 'she-doesnt'],
  ['CON', 'con-x'],
  ['Com1', 'com1-x'],
  ['日本語 3', '日本語-3'],
  ['🎬', 'fall-back'],
])('the slug of %j is %j', (text, expected) => {
  expect(slug(text, 'Fall back')).toBe(expected);
});

test('a slug is legal on Windows, at most 60 long and never empty, whatever the text (D29)', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.constantFrom('nul', 'LPT9', 'aux.', '..', ' '),
  );
  fc.assert(
    fc.property(text, text, (value, fallback) => {
      const made = slug(value, fallback);
      expect(made).toMatch(/^[\p{L}\p{M}\p{N}]+(-[\p{L}\p{M}\p{N}]+)*$/u);
      expect(made.length).toBeLessThanOrEqual(60);
      expect(made).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/);
      expect(new TextEncoder().encode(made).length).toBeLessThan(200);
    }),
  );
});

test.each([
  ['Generate: Naturopath at desk', 'Naturopath at desk'],
  ['Veo: Image: Desk', 'Desk'],
  ['Video — Desk', 'Desk'],
  ['Generate:', 'Generate:'],
  ['Imagery of Rome', 'Imagery of Rome'],
])('without the word for its kind, %j is %j', (title, rest) => {
  expect(withoutKindPrefix(title)).toBe(rest);
});

test('scenes are in the order of a storyboard', () => {
  const scenes = ['100', null, '10', '09a', '09', '11', null];
  expect(scenes.sort(compareScenes)).toEqual(['09', '09a', '10', '11', '100', null, null]);
});
