import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../../src/files/lock';
import { hashOf } from '../../src/files/read-source';
import { PatchQueue, readSource } from '../../src/files/source-file';

let folder: string;
let file: string;
let queue: PatchQueue;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
  file = join(folder, 'XYZG3-V0-1.nbflow');
  queue = new PatchQueue({ lockDir: join(folder, 'locks'), waitMs: 200, settleMs: 0 });
});
afterEach(() => rm(folder, { recursive: true }));

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const put = (key: string, value: unknown) => () => [{ path: [key], value }];

describe('reading', () => {
  test('text, hash and place are told, a BOM is kept', async () => {
    await writeFile(file, '\ufeff{}');
    expect(await readSource(file)).toMatchObject({ text: '\ufeff{}', hash: hashOf(Buffer.from('\ufeff{}')) });
  });

  test.each([
    ['a missing file', () => Promise.resolve(), 'Usage', 2],
    ['a folder', () => mkdir(file), 'Usage', 2],
    ['bytes that are not UTF-8', () => writeFile(file, Buffer.from([0x7b, 0xff, 0x7d])), 'File.Damaged', 8],
    ['a NUL', () => writeFile(file, '{"a":"\0"}'), 'File.Damaged', 8],
  ])('%s is refused', async (_, make, type, exitCode) => {
    await make();
    await expect(readSource(file)).rejects.toMatchObject({ type, exitCode });
  });
});

describe('patching', () => {
  test('patches that come together are written together, each caller learns its own part', async () => {
    await writeFile(file, '{"a":1,"b":{"x":[]},"c":3}');
    const results = await Promise.all([
      queue.patch(file, put('a', 10)),
      queue.patch(file, () => [{ path: ['b', 'x'], value: ['u'] }]),
      queue.patch(file, put('c', 3)),
    ]);
    expect(await readFile(file, 'utf8')).toBe('{"a":10,"b":{"x":["u"]},"c":3}');
    expect(results.map(({ changed }) => changed)).toEqual([true, true, false]);
    expect(results.at(-1)?.hash).toBe(hashOf(await readFile(file)));
  });

  test('two patches of one place apply one after the other', async () => {
    await writeFile(file, '{"list":["a"]}');
    const add = (name: string) =>
      queue.patch(file, (text) => {
        const { list } = JSON.parse(text) as { list: string[] };
        return [{ path: ['list'], value: [...list, name] }];
      });
    await Promise.all(['b', 'c', 'd'].map(add));
    const { list } = JSON.parse(await readFile(file, 'utf8')) as { list: string[] };
    expect(list.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('what one caller throws, or asks for in vain, fails that caller alone', async () => {
    await writeFile(file, '{"a":1}');
    const [thrown, lost, fine] = await Promise.all([
      failureOf(
        queue.patch(file, () => {
          throw new Error('mine');
        }),
      ),
      failureOf(queue.patch(file, () => [{ path: ['no', 'such'], value: 1 }])),
      queue.patch(file, put('a', 2)),
    ]);
    expect(thrown).toMatchObject({ message: 'mine' });
    expect(lost).toMatchObject({ type: 'File.Changed' });
    expect(fine.changed).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('{"a":2}');
  });

  test('an edit that somebody saves while we write is kept, and ours is made on top of it', async () => {
    await writeFile(file, '{"a":1,"theirs":1}');
    let times = 0;
    await queue.patch(file, () => {
      times += 1;
      if (times === 1) writeFileSync(file, '{"a":1,  "theirs":2}');
      return [{ path: ['a'], value: 5 }];
    });
    expect(times).toBe(2);
    expect(await readFile(file, 'utf8')).toBe('{"a":5,  "theirs":2}');
  });

  test('a file that never holds still is left as the other program wrote it', async () => {
    await writeFile(file, '{"a":1}');
    let times = 0;
    const error = await failureOf(
      queue.patch(file, () => {
        times += 1;
        writeFileSync(file, `{"a":1,"n":${times}}`);
        return [{ path: ['a'], value: 5 }];
      }),
    );
    expect(error).toMatchObject({ type: 'File.Changed', exitCode: 7 });
    expect(await readFile(file, 'utf8')).toBe(`{"a":1,"n":${times}}`);
    expect((await readdir(folder)).sort()).toEqual(['XYZG3-V0-1.nbflow', 'locks']);
  });

  test.each([
    ['was deleted', () => rm(file)],
    ['became a folder', () => rm(file).then(() => mkdir(file))],
    ['is half saved', () => writeFile(file, '{"a":')],
    ['is no longer text', () => writeFile(file, Buffer.from([0xff, 0xfe, 0]))],
  ])('a file that %s is not written to', async (_, damage) => {
    await writeFile(file, '{"a":1}');
    await damage();
    const before = await readFile(file).catch(() => null);
    expect(await failureOf(queue.patch(file, put('a', 2)))).toMatchObject({ type: 'File.Changed' });
    expect(await readFile(file).catch(() => null)).toEqual(before);
  });

  test('a file that an editor has half saved, or away, for a moment is written when it is whole again', async () => {
    const patient = new PatchQueue({ lockDir: join(folder, 'locks'), settleMs: 10_000 });
    await writeFile(file, '{"a":');
    let patched = patient.patch(file, put('a', 2));
    await writeFile(file, '{"a":1,"theirs":2}');
    await patched;
    expect(await readFile(file, 'utf8')).toBe('{"a":2,"theirs":2}');
    await rm(file);
    patched = patient.patch(file, put('a', 3));
    await writeFile(file, '{"a":1,"theirs":3}');
    await patched;
    expect(await readFile(file, 'utf8')).toBe('{"a":3,"theirs":3}');
  });

  test('a file that vanishes while we write does not come back', async () => {
    await writeFile(file, '{"a":1}');
    const moved = join(folder, 'moved');
    const error = await failureOf(
      queue.patch(file, () => {
        renameSync(file, moved);
        return [{ path: ['a'], value: 2 }];
      }),
    );
    expect(error).toMatchObject({ type: 'File.Changed', exitCode: 2 });
    expect(await readFile(moved, 'utf8')).toBe('{"a":1}');
  });

  test('a symlink stays one, and the file it names is written with its permissions kept', async () => {
    const real = join(folder, 'real.json');
    await writeFile(real, '{"a":1}');
    await chmod(real, 0o640);
    await symlink(real, file);
    await queue.patch(file, put('a', 2));
    expect(await readFile(real, 'utf8')).toBe('{"a":2}');
    expect((await stat(real)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o640);
    expect((await readSource(file)).realPath).not.toBe(file);
  });

  test('another process that holds the file too long is named', async () => {
    await writeFile(file, '{"a":1}');
    const held = new PatchQueue({ lockDir: join(folder, 'locks'), waitMs: 10 });
    const lock = await acquireLock(await lockNameOf(), { waitMs: 5_000 });
    expect(await failureOf(held.patch(file, put('a', 2)))).toMatchObject({ type: 'File.Busy', exitCode: 7 });
    await lock.release();
    expect(await readFile(file, 'utf8')).toBe('{"a":1}');
  });
});

/** The lock's name, seen while it is held. */
async function lockNameOf(): Promise<string> {
  const locks = join(folder, 'locks');
  let seen: string[] = [];
  await queue.patch(file, () => {
    seen = readdirSync(locks);
    return [];
  });
  return join(locks, seen.find((name) => name.endsWith('.lock')) ?? '');
}
