import { TabBuilder, compileTabs, findingsOf, rulesOf } from '../helpers/storyboard';

test('two links into one input are an error; the one that the node shows is followed', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  const other = tab.reference('https://r.example/other.png', 'Other');
  tab.rawLink(90, other.id, 0, image.id, 1);
  other.outputs[0]?.links.push(90);
  const flow = compileTabs([tab]);
  expect(rulesOf(flow.findings)).toEqual(['Graph.TwoLinksOneInput error']);
  expect(flow.generators[0]?.rows[0]?.references).toEqual([{ kind: 'url', url: 'https://r.example/a.png' }]);
});

test('a self-loop and a link from nobody are errors without a tail of others', () => {
  const loop = findingsOf((tab) => {
    const gate = tab.gate();
    tab.link(gate, gate);
    tab.clip(gate);
  });
  expect(loop).toEqual(['Graph.SelfLoop error']);
  const nobody = findingsOf((tab) => {
    const image = tab.image('Scene 01');
    tab.link(tab.plain('A kitchen'), image, 0);
    tab.rawLink(90, 77, 0, image.id, 1);
  });
  expect(nobody).toEqual(['Graph.NoSource error']);
});

test('a link to a node that is gone is rule 8, and its removal the fix', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  tab.rawLink(90, image.id, 0, 77, 0);
  const { findings } = compileTabs([tab]);
  expect(findings).toMatchObject([{ rule: 'R8', node: image.id, fix: 'removes link 90' }]);
});

test('a link to an input that is nowhere noted needs a person', () => {
  const tab = new TabBuilder();
  const image = tab.still();
  tab.rawLink(90, 2, 0, image.id, 5);
  expect(compileTabs([tab]).findings).toMatchObject([{ rule: 'R8', severity: 'error', fix: null }]);
});

test('an output that does not exist and a link id used twice are errors', () => {
  expect(
    findingsOf((tab) => {
      tab.still();
      const link = tab.links.at(-1);
      if (link) link[2] = 3;
    }),
  ).toEqual(['Graph.NoSource error']);
  expect(
    findingsOf((tab) => {
      const image = tab.still();
      tab.links.push([2, image.id, 0, tab.gate().id, 0, '*']);
    }),
  ).toContain('Graph.DuplicateLinkId error');
});

test('a circle of generators is one finding that names them, and nothing that needs them has rows', () => {
  const tab = new TabBuilder();
  const [a, b] = [tab.image('Scene 01'), tab.image('Scene 02')];
  for (const image of [a, b]) tab.link(tab.plain('A kitchen'), image, 0);
  tab.link(a, b, 1);
  tab.link(b, a, 1);
  tab.clip(b);
  const flow = compileTabs([tab]);
  expect(rulesOf(flow.findings)).toEqual(['Graph.Cycle error']);
  expect(flow.findings[0]?.message).toContain('"Scene 01" and "Scene 02" wait for one another');
  expect(flow.generators.map((generator) => generator.rows.length)).toEqual([0, 0, 0]);
});

test('a circle of templates, gates or media is found too', () => {
  const circle =
    (make: (tab: TabBuilder, title: string) => ReturnType<TabBuilder['gate']>, slot: number) => (tab: TabBuilder) => {
      const [a, b] = [make(tab, 'A'), make(tab, 'B')];
      tab.link(a, b);
      tab.link(b, a);
      const image = tab.image('Scene 01');
      tab.link(slot === 0 ? a : tab.plain('A kitchen'), image, 0);
      if (slot === 1) tab.link(a, image, 1);
    };
  expect(findingsOf(circle((tab, title) => tab.gate(title), 1))).toEqual(['Graph.Cycle error']);
  expect(findingsOf(circle((tab, title) => tab.template('{x}', ['x'], title), 0))).toEqual(['Graph.Cycle error']);
});

test('D21: ids that repeat across tabs are one error per tab in wiki words, nothing in GitHub words', () => {
  const tabs = ['A', 'B', 'C'].map((name) => new TabBuilder(`Account ${name}`));
  for (const tab of tabs) tab.still();
  const ids = compileTabs(tabs).findings.filter(({ rule }) => rule.startsWith('Graph.'));
  expect(ids.map(({ rule, tab, fix }) => [rule, tab, fix])).toEqual([
    ['Graph.DuplicateId', 1, 'adds 100000 to every node and link id of Account B'],
    ['Graph.DuplicateId', 2, 'adds 200000 to every node and link id of Account C'],
  ]);
  for (const tab of tabs)
    for (const node of tab.nodes)
      if (node.type.endsWith('API')) node.properties['model'] = 'gemini-3.1-flash-image-preview';
  expect(compileTabs(tabs).findings).toEqual([]);
});

test('D21: an id twice in one tab is an error in both vocabularies, also when muted', () => {
  const rules = findingsOf((tab) => {
    Object.assign(tab.still().properties, { model: 'gemini-3.1-flash-image-preview' });
    const twin = tab.gate();
    twin.id = 1;
    twin.mode = 2;
  });
  expect(rules).toEqual(['Graph.DuplicateId error']);
});

test('rule 9 is told once per tab, with the count of nodes to mend', () => {
  const tab = new TabBuilder();
  tab.still();
  for (const node of tab.nodes) for (const output of node.outputs) output.links = [];
  const { findings } = compileTabs([tab]);
  expect(findings).toMatchObject([{ rule: 'R9', fix: 'rewrites the link notes of 2 nodes from the list of links' }]);
});

test('a chain as long as the file is walked without running out of stack', () => {
  const tab = new TabBuilder();
  let last = tab.still();
  for (let index = 0; index < 1500; index++) {
    const next = tab.image(`Step ${index}`);
    tab.link(tab.plain('More of it'), next, 0);
    tab.link(last, next, 1);
    last = next;
  }
  const flow = compileTabs([tab]);
  expect(flow.findings).toEqual([]);
  expect(flow.generators.at(-1)?.id).toBe(last.id);
});
