/** Reference pictures given by a path: published only when they really lie in the project. */
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIXTURES } from '../helpers/references';
import type { NodeRig } from './node-rig';
import { openNodeRig } from './node-rig';

const AVATAR = join(FIXTURES, 'refs', 'avatar-sheets', 'account-a.png');
const withPath = (path: string) => (text: string) =>
  text.replace(/"imageData": "[^"]*account-a\.png"/g, `"imageData": "${path}"`);

let rig: NodeRig;
let reference: string;
beforeEach(async () => {
  rig = await openNodeRig({ edit: withPath('reference/avatar.png') });
  mkdirSync(join(rig.project.root, 'reference'));
  reference = join(rig.project.root, 'reference', 'avatar.png');
});
afterEach(() => rig.close());

async function expectRefused(why: RegExp): Promise<void> {
  const { original } = rig.project;
  await expect(rig.open('pass-1')).rejects.toThrow(why);
  expect(rig.project.text()).toBe(original);
  expect(rig.simulator.bill().paid).toBe(0);
}

test('a link to a file outside of the project is refused, and so is one through a folder', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'nbflow-outside-'));
  copyFileSync(AVATAR, join(outside, 'avatar.png'));
  symlinkSync(join(outside, 'avatar.png'), reference);
  await expectRefused(/leads out of the project/);
  symlinkSync(outside, join(rig.project.root, 'elsewhere'));
  rig.project.write(
    withPath('elsewhere/avatar.png')(rig.project.original.replace('reference/avatar.png', 'x-account-a.png')),
  );
  await expect(rig.open('pass-2')).rejects.toThrow(/leads out of the project/);
});

test('a link within the project is followed', async () => {
  copyFileSync(AVATAR, join(rig.project.root, 'shared.png'));
  symlinkSync(join('..', 'shared.png'), reference);
  await rig.open('pass-1');
  expect(rig.project.text()).toMatch(/"imageData": "http[^"]*avatar\.png"/);
});

test('a folder is no picture', async () => {
  mkdirSync(reference);
  await expectRefused(/not in the project folder/);
});

test('a file that is too large is refused before it is read', async () => {
  writeFileSync(reference, '');
  truncateSync(reference, 51 * 1024 * 1024);
  await expectRefused(/larger than 50 MB/);
});
