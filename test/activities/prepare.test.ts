import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ReferenceCache } from '../../src/activities/references';
import type { Receipt } from '../../src/flow/receipt';
import { fileText, TabBuilder } from '../helpers/storyboard';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

const ALL = { scenes: [] };

/** Two pictures, and one that is made from both. */
function threePictures(original: string): string {
  const avatar = /"imageData":\s*"(http[^"]+)"/.exec(original)?.[1];
  const tab = new TabBuilder();
  const parts = ['A kitchen', 'A garden'].map((text, i) => {
    const picture = tab.image(`Scene 0${i + 1} — image gen`);
    tab.link(tab.plain(text, `Prompt: ${text}`), picture, 0);
    tab.link(tab.reference(avatar, `Avatar of ${text}`), picture, 1);
    return picture;
  });
  const both = tab.image('Scene 03 — image gen', {}, 2);
  tab.link(tab.plain('Both together', 'Prompt: both'), both, 0);
  parts.forEach((part, i) => tab.link(part, both, i + 1));
  return fileText([tab]);
}

function receiptOfScene(scene: string): Receipt {
  const found = rig.project.receipts().find(({ node }) => node.scene === scene);
  if (!found) throw new Error(`no receipt of scene ${scene}`);
  return found;
}

test('pictures that a picture is made from are recorded in the order of the request, however long each takes to read', async () => {
  rig = await openNodeRig({ edit: threePictures });
  const opened = await rig.open('pass-1', ALL);
  const [first, second, both] = opened.nodes.map((node) => ({ ...opened, nodes: [node] }));
  if (!first || !second || !both) throw new Error('three nodes are planned');
  await rig.attempt(first, ALL);
  await rig.attempt(second, ALL);
  const parts = ['01', '02'].map(receiptOfScene);
  // Without their files they are read through their links: the first ends after the second.
  for (const { generations } of parts)
    for (const { file } of generations) rmSync(join(rig.project.layout.baseDir, file ?? ''));
  let secondIsRead = (): void => undefined;
  const untilSecond = new Promise<void>((resolve) => (secondIsRead = resolve));
  const bytes = Buffer.alloc(200, 'picture');
  const read = async (url: string) => {
    if (url === parts[0]?.generations[0]?.url) await untilSecond.then(() => new Promise(setImmediate));
    else secondIsRead();
    return { bytes, sha256: `sha of ${url}`, contentType: 'image/png' };
  };
  Object.assign(rig.deps, { references: new ReferenceCache(read) });
  expect(await rig.attempt(both, ALL)).toMatchObject({ state: 'done', paid: 4 });
  const made = receiptOfScene('03').generations;
  const ids = parts.map(({ node }) => node.id);
  expect(made.map(({ stills }) => stills.map(({ id }) => id))).toEqual(Array(4).fill(ids));
});
