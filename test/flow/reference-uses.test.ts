import type { ReferenceLook } from '../../src/flow/reference-uses';
import { referenceFindings, referenceUses } from '../../src/flow/reference-uses';
import { compileTabs, TabBuilder } from '../helpers/storyboard';

const A = 'https://r.example/a.png';
const GONE: ReferenceLook = { state: 'missing', reason: 'answers HTTP 404: it is not there' };
const found = (tabs: readonly TabBuilder[], looks: Record<string, ReferenceLook>): string[] =>
  referenceFindings(referenceUses(compileTabs(tabs).document), new Map(Object.entries(looks))).map(
    ({ rule, severity, message }) => `${rule} ${severity} ${message}`,
  );

test('each picture of each tab, with all that is made from it; a gallery without an input counts too', () => {
  const tab = new TabBuilder();
  const avatar = tab.reference(A);
  const images = ['Scene 01', 'Scene 02'].map((title) => {
    const image = tab.image(title);
    tab.link(tab.plain('A kitchen'), image, 0);
    tab.link(avatar, image, 1);
    return image;
  });
  const gate = tab.gate('Approve: alone', { _savedApprovalImages: ['https://r.example/pick.png'] });
  const clip = tab.clip(gate);
  tab.reference('assets/unused.png', 'Product');
  const uses = referenceUses(compileTabs([tab]).document);
  expect(
    uses.map(({ address, kind, holder, users }) => [address, kind, holder?.id, users.map(({ id }) => id)]),
  ).toEqual([
    [A, 'url', avatar.id, images.map(({ id }) => id)],
    ['assets/unused.png', 'local', tab.nodes.at(-1)?.id, []],
    ['https://r.example/pick.png', 'url', undefined, [clip.id]],
  ]);
});

test('a generator that has no prompt yet still names its pictures', () => {
  const tab = new TabBuilder();
  tab.link(tab.reference(A), tab.image('Scene 01'), 1);
  expect(referenceUses(compileTabs([tab]).document)).toMatchObject([{ address: A, users: [{ title: 'Scene 01' }] }]);
});

test('what is wrong is said per account, with the node, what came instead and who goes without', () => {
  const tabs = ['Account A', 'Account B'].map((name, i) => new TabBuilder(name, 1 + i * 100_000));
  for (const tab of tabs) tab.still();
  expect(found(tabs, { [A]: GONE })).toEqual(
    ['Account A', 'Account B'].map(
      (account) =>
        `Reference.Missing error ${account}, "Avatar of Scene 01 — image gen": its picture ${A} answers HTTP 404: it is not there ("Scene 01 — image gen" is made from it); upload it again, or put another link in`,
    ),
  );
  expect(found(tabs, { [A]: { state: 'picture' } })).toEqual([]);
  expect(found(tabs, {})).toEqual([]);
});

test('what nothing active is made from is a warning', () => {
  const tab = new TabBuilder();
  tab.reference(A);
  expect(found([tab], { [A]: GONE })).toEqual([
    expect.stringMatching(/^Reference\.Missing warning .*nothing is made from it/),
  ]);
  const muted = new TabBuilder();
  muted.still().mode = 4;
  expect(found([muted], { [A]: { state: 'other', reason: 'is a film, not a picture' } })).toEqual([
    expect.stringMatching(/^Reference\.NoPicture warning /),
  ]);
});
