import { TabBuilder, compileTabs, findingsOf, rulesOf } from '../helpers/storyboard';
import type { RawNode } from '../helpers/storyboard';
import type { CompiledFlow } from '../../src/flow/types';

const url = (name: string): string => `https://r.example/${name}.png`;

/** An image node whose only reference comes from what `build` answers. */
function withReference(build: (tab: TabBuilder) => RawNode): { flow: CompiledFlow; rules: string[]; source: unknown } {
  const tab = new TabBuilder();
  const image = tab.image();
  tab.link(tab.plain('A kitchen'), image, 0);
  tab.link(build(tab), image, 1);
  const flow = compileTabs([tab]);
  const found = flow.byKey.get(`0:${image.id}`)?.rows[0]?.references[0] ?? null;
  return { flow, rules: rulesOf(flow.findings), source: found };
}

test('references come in slot order', () => {
  const tab = new TabBuilder();
  const image = tab.image('Scene 01', {}, 2);
  tab.link(tab.reference(url('second')), image, 2);
  tab.link(tab.reference('reference/first.png'), image, 1);
  tab.link(tab.plain('A kitchen'), image, 0);
  expect(compileTabs([tab]).generators[0]?.rows[0]?.references).toEqual([
    { kind: 'local', path: 'reference/first.png', node: { tab: 0, id: 3 } },
    { kind: 'url', url: url('second') },
  ]);
});

test('a clip is made from the still behind its gate, with the pick of the gate (D14)', () => {
  const tab = new TabBuilder();
  const still = tab.still();
  const gate = tab.gate('Approve: still', { _savedApprovalImages: [url('1'), url('2')], _savedApprovalIndex: 1 });
  tab.link(still, gate);
  tab.clip(gate);
  const flow = compileTabs([tab]);
  expect(flow.findings).toEqual([]);
  expect(flow.generators[0]?.gates).toEqual([{ tab: 0, id: gate.id }]);
  expect(flow.generators[1]).toMatchObject({ kind: 'video', dependsOn: [`0:${still.id}`] });
  expect(flow.generators[1]?.rows[0]?.startFrame).toEqual({
    kind: 'generated',
    from: `0:${still.id}`,
    pick: { gate: { tab: 0, id: gate.id }, index: 1, url: url('2') },
  });
});

test('of gates in a row the nearest pick counts, and an image node feeds a clip without a gate too', () => {
  const tab = new TabBuilder();
  const still = tab.still();
  const near = tab.gate('near');
  const far = tab.gate('far', { _savedApprovalImages: [url('1')], _savedApprovalIndex: 0 });
  tab.link(still, far);
  tab.link(far, near);
  tab.clip(near, 'Scene 01 — a');
  tab.clip(still, 'Scene 01 — b');
  const [, a, b] = compileTabs([tab]).generators;
  expect(a?.rows[0]?.startFrame).toMatchObject({ kind: 'generated', pick: { url: url('1') } });
  expect(b?.rows[0]?.startFrame).toMatchObject({ kind: 'generated', pick: null });
});

test('D19: a media node without a picture carries on what is linked to it', () => {
  const made = withReference((tab) => {
    const outer = tab.reference(null, 'Outer');
    tab.link(tab.reference(url('inner'), 'Inner'), outer);
    return outer;
  });
  expect(made).toMatchObject({ rules: [], source: { kind: 'url', url: url('inner') } });
});

test("D19: a media node's own picture wins over a link, with a warning", () => {
  const made = withReference((tab) => {
    const outer = tab.reference(url('own'), 'Outer');
    tab.link(tab.reference(url('inner'), 'Inner'), outer);
    return outer;
  });
  expect(made).toMatchObject({ rules: ['Reference.TwoSources warning'], source: { kind: 'url', url: url('own') } });
});

test("D19: a gate without an input gives its gallery's pick, a preview nothing", () => {
  const gallery = { _savedApprovalImages: [url('1'), url('2')], _savedApprovalIndex: 1 };
  expect(withReference((tab) => tab.gate('Approve', gallery))).toMatchObject({
    rules: [],
    source: { kind: 'url', url: url('2') },
  });
  expect(withReference((tab) => tab.gate('Approve')).rules).toEqual(['Reference.Missing error']);
  expect(withReference((tab) => tab.node('Media', 'Preview', { mode: 'preview' })).rules).toEqual([
    'Reference.WrongNode error',
  ]);
});

test.each([
  [null, 'Reference.Missing error'],
  [undefined, 'Reference.Missing error'],
  ['data:image/png;base64,AAAA', 'Reference.Base64 error'],
  ['../secret.png', 'Reference.Invalid error'],
  ['C:\\a.png', 'Reference.Invalid error'],
  [{ url: 'x' }, 'Reference.Invalid error'],
])('D25: the picture %j is %s, and nothing is made from the rest', (data, rule) => {
  const made = withReference((tab) => tab.reference(data));
  expect(made).toMatchObject({ rules: [rule], source: null });
});

test('one missing avatar is one finding that names those who need it', () => {
  const tab = new TabBuilder();
  const avatar = tab.reference(null);
  for (let scene = 1; scene <= 5; scene++) {
    const image = tab.image(`Scene 0${scene}`);
    tab.link(tab.plain('A kitchen'), image, 0);
    tab.link(avatar, image, 1);
  }
  const { findings } = compileTabs([tab]);
  expect(findings.map((finding) => finding.message)).toEqual([
    'Account A, "Avatar Image": holds no picture (needed by "Scene 01", "Scene 02" and 3 more); upload one or put its link in',
  ]);
});

test('a video into a picture input is an error, for stills and for frames', () => {
  const rules = findingsOf((tab) => {
    const clip = tab.clip(tab.still());
    const image = tab.image('Scene 02');
    tab.link(tab.plain('A kitchen'), image, 0);
    tab.link(clip, image, 1);
    tab.clip(clip, 'Scene 03');
  });
  expect(rules).toEqual(['Reference.Video error', 'Reference.Video error']);
});

test('D23: frames without a start frame are an error, with text-to-video they are unused', () => {
  const build = (properties: Record<string, unknown>, slot: number | null) => (tab: TabBuilder) => {
    const video = tab.video('Scene 01', properties);
    tab.link(tab.plain('She nods'), video, 0);
    if (slot !== null) tab.link(tab.reference(url('end')), video, slot);
  };
  expect(findingsOf(build({}, null))).toEqual(['Frame.Missing error']);
  expect(findingsOf(build({}, 2))).toEqual(['Frame.Missing error']);
  expect(findingsOf(build({}, 1))).toEqual([]);
  expect(findingsOf(build({ mode: 'text-to-video' }, null))).toEqual([]);
  expect(findingsOf(build({ mode: 'text-to-video' }, 1))).toEqual(['Frame.Unused warning']);
});

test.each([
  [1, 1, []],
  [1, 3, []],
  [3, 3, []],
  [3, 1, ['Rows.Mismatch error']],
  [2, 3, ['Rows.Mismatch error']],
])('D7: a still of %i rows for a clip of %i', (stills, clips, rules) => {
  const rows = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`);
  const tab = new TabBuilder();
  const image = tab.image('Scene 01 — still', { imageCount: 0 }, 0);
  tab.link(tab.rows('pose', rows(stills)), image, 0);
  const video = tab.video();
  tab.link(tab.rows('line', rows(clips)), video, 0);
  tab.link(image, video, 1);
  const flow = compileTabs([tab]);
  expect(rulesOf(flow.findings)).toEqual(rules);
  expect(flow.byKey.get(`0:${video.id}`)?.rows).toHaveLength(rules.length > 0 ? 0 : clips);
});
