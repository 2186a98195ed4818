import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExclusive, moveDurably, writeFileAtomic, writeFileQuick } from '../../src/files/atomic';
import { toDiskError } from '../../src/files/disk-errors';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is written and replaced, missing folders are made, nothing is left behind', async () => {
  const path = join(folder, 'a', 'b', 'c.json');
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(path, Buffer.from('two'));
  await writeFileQuick(join(folder, 'd', 'quick'), 'three');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['c.json']);
  expect(await readFile(join(folder, 'd', 'quick'), 'utf8')).toBe('three');
});

test('many writers at once leave one whole content and no temporary file', async () => {
  const path = join(folder, 'a');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['a']);
});

test('a write that is refused at the last moment changes nothing', async () => {
  const path = join(folder, 'a');
  await writeFileAtomic(path, 'old');
  expect(await writeFileAtomic(path, 'new', { beforeRename: () => Promise.resolve(false) })).toBe(false);
  await expect(writeFileAtomic(path, 'new', { beforeRename: () => Promise.reject(new Error('no')) })).rejects.toThrow(
    'no',
  );
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['a']);
});

test('a folder in the way is not replaced, and no temporary file stays', async () => {
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['a']);
});

test('an exclusive file is created by exactly one of many, with its whole content', async () => {
  const path = join(folder, 'a');
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) => createExclusive(path, `owner ${i}`, i % 2 === 0)),
  );
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(`owner ${results.indexOf(true)}`);
  expect(await readdir(folder)).toEqual(['a']);
});

test('a finished temporary file gets its final name', async () => {
  await writeFile(join(folder, 'part'), 'bytes');
  await writeFile(join(folder, 'final'), 'older');
  await moveDurably(join(folder, 'part'), join(folder, 'final'));
  expect(await readdir(folder)).toEqual(['final']);
  expect(await readFile(join(folder, 'final'), 'utf8')).toBe('bytes');
});

test('permissions that are asked for are set', async () => {
  const path = join(folder, 'a');
  await writeFileAtomic(path, 'x', { mode: 0o600 });
  await chmod(path, (await stat(path)).mode);
  expect((await stat(path)).mode & 0o077).toBe(process.platform === 'win32' ? 0o066 : 0);
});

test.each([
  ['ENOSPC', 'Disk.Full'],
  ['EDQUOT', 'Disk.Full'],
  ['EROFS', 'Disk.ReadOnly'],
  ['EACCES', 'Disk.ReadOnly'],
])('%s is said as %s', (code, type) => {
  const error = Object.assign(new Error('x'), { code });
  expect(toDiskError(error, '/p')).toMatchObject({ type, exitCode: 6, cause: error });
});

test('other errors stay what they are', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOTDIR' });
  expect(toDiskError(error, '/p')).toBe(error);
  expect(toDiskError('odd', '/p')).toBe('odd');
});
