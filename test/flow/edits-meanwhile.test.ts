import { editsMeanwhile, errorsAbout } from '../../src/flow/edits-meanwhile';
import type { CompiledFlow } from '../../src/flow/types';
import { compileTabs, TabBuilder } from '../helpers/storyboard';

interface Scene {
  readonly text?: string;
  readonly title?: string;
}

function storyboard(scenes: readonly (Scene | null)[], name = 'Account A'): TabBuilder {
  const tab = new TabBuilder(name);
  scenes.forEach((scene, index) => {
    const title = scene?.title ?? `Scene 0${index + 1} — image gen`;
    const image = tab.still(title, scene?.text ?? `Kitchen ${index}`);
    if (scene === null) tab.nodes.splice(tab.nodes.indexOf(image), 1, { ...image, type: 'nanobanana/Note' });
  });
  return tab;
}

const say = (before: CompiledFlow, after: CompiledFlow, made = true): readonly string[] =>
  editsMeanwhile({ before, after, planned: before.generators.map(({ key }) => key), isMade: () => made });

const before = compileTabs([storyboard([{}, {}])]);

test('a file that says what it said gives nothing to tell, renamed nodes and moved tabs included', () => {
  expect(say(before, compileTabs([storyboard([{}, {}])]))).toEqual([]);
  expect(say(before, compileTabs([storyboard([{ title: 'Scene 01 — the best one' }, {}])]))).toEqual([]);
  expect(say(before, compileTabs([new TabBuilder('New first tab'), storyboard([{}, {}])]))).toEqual([]);
});

test('an edited prompt is told with what it came to', () => {
  const after = compileTabs([storyboard([{}, { text: 'A sofa' }])]);
  expect(say(before, after)).toEqual([
    expect.stringMatching(/"Scene 02 — image gen" was edited.*as the file says now/),
  ]);
  expect(say(before, after, false)).toEqual([expect.stringMatching(/as it was before\. The next run makes it/)]);
});

test('deleted and added nodes are told', () => {
  const less = compileTabs([storyboard([{}, null])]);
  expect(say(before, less)).toEqual([expect.stringMatching(/"Scene 02 — image gen" was deleted.*kept in Assets/)]);
  expect(say(less, before)).toEqual([expect.stringMatching(/"Scene 02 — image gen" was added.*next run/)]);
});

test('nodes that the pass was not about are not told of', () => {
  const after = compileTabs([storyboard([{}, { text: 'A sofa' }])]);
  const planned = before.generators.slice(0, 1).map(({ key }) => key);
  expect(editsMeanwhile({ before, after, planned, isMade: () => true })).toEqual([]);
});

test('a node half built elsewhere holds up nobody; a broken prompt holds up the nodes that it feeds', () => {
  const tab = storyboard([{}, {}]);
  tab.image('Scene 03 — image gen');
  const prompt = tab.nodes.find(({ title }) => title === 'Prompt: Scene 02 — image gen');
  Object.assign(prompt?.properties ?? {}, { text: 'In {place}', templateMode: true });
  const flow = compileTabs([tab]);
  const held = flow.generators.filter((one) => errorsAbout(flow, one).length > 0).map(({ scene }) => scene);
  expect(held).toEqual(['02', '03']);
});
