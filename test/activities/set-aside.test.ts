import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

const first = () => rig.project.generations().filter(({ candidate }) => candidate === 1);
const onDisk = (file: string | null): string =>
  createHash('sha256')
    .update(readFileSync(join(rig.project.layout.baseDir, file ?? '')))
    .digest('hex');

test('a picture that a killed attempt set aside is not overwritten by the one that is replaced next', async () => {
  rig = await openNodeRig();
  await rig.attempt(await rig.open('pass-1'));
  const saved = rig.project.text();
  const edit = (words: string): void => rig.project.write(saved.replace('leaning on the counter, take 1.1', words));
  edit('by the window');
  await rig.attempt(await rig.open('pass-2'));
  const name = first().find(({ superseded }) => !superseded)?.file ?? null;
  // As it is left by a kill between the move and the receipt's next write.
  await rig.rewrite(({ candidate, superseded }) => (candidate === 1 && superseded ? { file: name } : {}));
  edit('at the door');
  await rig.attempt(await rig.open('pass-3'));
  const all = first();
  expect(all).toHaveLength(3);
  expect(all.map(({ file }) => onDisk(file))).toEqual(all.map(({ sha256 }) => sha256));
});
