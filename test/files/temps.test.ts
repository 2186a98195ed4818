import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { removeDeadTemps, tempPathFor } from '../../src/files/temps';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nbflow-temps-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The number of a process that was there and is not any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

function nameOf(path: string, change: { readonly pid?: number; readonly host?: string }): string {
  const [, head = '', host = '', pid = '', rest = ''] =
    /^(.*\.)([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8}\.nbtmp)$/.exec(basename(path)) ?? [];
  const number = change.pid === undefined ? pid : change.pid.toString(16).padStart(8, '0');
  return join(dirname(path), `${head}${change.host ?? host}${number}${rest}`);
}

test('temporary files of a dead process go, those of a living one and of other programs stay', async () => {
  const living = tempPathFor(join(folder, 'XYZG3-V0-1.nbflow'));
  const dead = nameOf(tempPathFor(join(folder, 'XYZG3-V0-1.nbflow')), { pid: await deadPid() });
  const theirs = join(folder, '.other.tmp');
  for (const path of [living, dead, theirs]) await writeFile(path, '');
  expect(await removeDeadTemps(folder)).toBe(1);
  expect((await readdir(folder)).sort()).toEqual([basename(living), basename(theirs)].sort());
});

test('those of another machine go only when they are old: its processes can not be asked', async () => {
  const pid = await deadPid();
  const young = nameOf(tempPathFor(join(folder, 'a.json')), { pid, host: '00000000' });
  const old = nameOf(tempPathFor(join(folder, 'a.json')), { pid, host: '00000000' });
  for (const path of [young, old]) await writeFile(path, '');
  await utimes(old, new Date(0), new Date(0));
  expect(await removeDeadTemps(folder)).toBe(1);
  expect(await readdir(folder)).toEqual([basename(young)]);
});

test('folders below are looked through only when asked for; a missing folder holds nothing', async () => {
  await mkdir(join(folder, 'receipts'));
  await writeFile(nameOf(tempPathFor(join(folder, 'receipts', 'n7.json')), { pid: await deadPid() }), '');
  expect(await removeDeadTemps(folder)).toBe(0);
  expect(await removeDeadTemps(folder, { recursive: true })).toBe(1);
  expect(await removeDeadTemps(join(folder, 'nowhere'))).toBe(0);
});

test('a long name still fits into what file systems allow', () => {
  const name = basename(tempPathFor(join(folder, '名'.repeat(80))));
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
});
