import type { Properties } from '../helpers/storyboard';
import { compileTabs, GITHUB_IMAGE, TabBuilder } from '../helpers/storyboard';

/** Tabs whose avatars are the given pictures, one still made from each. */
function findings(tabs: Readonly<Record<string, readonly string[]>>, properties: Properties = {}): string[] {
  const built = Object.entries(tabs).map(([name, pictures], index) => {
    const tab = new TabBuilder(name, 1 + index * 100);
    for (const picture of pictures) {
      const image = tab.image('Scene 01 — image gen', properties);
      tab.link(tab.plain('A kitchen'), image, 0);
      tab.link(tab.reference(`https://r.example/${picture}`, 'Avatar Image'), image, 1);
    }
    return tab;
  });
  const all = compileTabs(built).findings.filter(({ rule }) => rule.startsWith('Avatar.'));
  return all.map(({ rule, severity, message }) => `${rule} ${severity} ${message}`);
}

test('one face per account, used as often as one likes, is no finding', () => {
  expect(findings({ 'Account A': ['a.png', 'a.png'], 'Account B': ['b.png'] })).toEqual([]);
});

test('one picture for two accounts, and two pictures for one, are named with the accounts', () => {
  expect(findings({ 'Account A': ['a.png'], 'Account B': ['a.png'] })).toEqual([
    expect.stringMatching(/^Avatar\.Shared warning Account B, "Avatar Image": .* "Account A" too/),
  ]);
  expect(findings({ 'Account A': ['a.png', 'b.png'] })).toEqual([
    expect.stringMatching(/^Avatar\.Several warning Account A, "Avatar Image": .* more than one face/),
  ]);
});

test('tabs of the GitHub documents are parts of one account', () => {
  expect(findings({ Mainbody: ['a.png'], BRoll: ['a.png', 'b.png'] }, GITHUB_IMAGE)).toEqual([]);
});
