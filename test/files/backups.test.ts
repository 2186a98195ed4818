import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupFile } from '../../src/files/backups';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backups-'));
  file = join(folder, 'XYZG3-V0-1.nbflow');
});
afterEach(() => rm(folder, { recursive: true }));

const day = new Date(2026, 4, 12);
const back = () => backupFile(file, join(folder, 'backups'), 'pre-cache-wipe', day);

test('a backup is named after file, day and reason, and has the same bytes', async () => {
  const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0d, 0xff]);
  await writeFile(file, bytes);
  const path = await back();
  expect(path).toBe(join(folder, 'backups', 'XYZG3-V0-1.nbflow.bak-2026-05-12-pre-cache-wipe'));
  expect((await readFile(path)).equals(bytes)).toBe(true);
});

test('the same bytes are backed up once, others get a number, none is overwritten', async () => {
  const made: string[] = [];
  for (const text of ['one', 'one', 'two', 'three', 'two']) {
    await writeFile(file, text);
    made.push(await back());
  }
  const names = made.map((path) => path.slice(path.indexOf('pre-cache-wipe')));
  expect(names).toEqual([
    'pre-cache-wipe',
    'pre-cache-wipe',
    'pre-cache-wipe-2',
    'pre-cache-wipe-3',
    'pre-cache-wipe-2',
  ]);
  expect(await Promise.all([0, 2, 3].map((i) => readFile(made[i] as string, 'utf8')))).toEqual(['one', 'two', 'three']);
});

test('two backups at once of the same bytes are one', async () => {
  await writeFile(file, 'one');
  const [first, second] = await Promise.all([back(), back()]);
  expect(first).toBe(second);
  expect(await readdir(join(folder, 'backups'))).toHaveLength(1);
});

test('without a source there is no backup', async () => {
  await expect(back()).rejects.toMatchObject({ code: 'ENOENT' });
});
