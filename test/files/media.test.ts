import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { checkMedia, pictureProblem } from '../../src/files/media';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
  file = join(folder, 'a.part');
});
afterAll(() => rm(folder, { recursive: true }));

async function check(bytes: Buffer): Promise<unknown> {
  await writeFile(file, bytes);
  return checkMedia(file).catch((error: unknown) => error);
}

const noise = (): sharp.Sharp =>
  sharp({
    create: {
      width: 90,
      height: 160,
      channels: 3,
      background: '#333',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function track(width: number, height: number): Buffer {
  const tkhd = Buffer.alloc(84);
  tkhd.writeUInt16BE(width, 76);
  tkhd.writeUInt16BE(height, 80);
  return box('trak', box('tkhd', tkhd));
}

const ftyp = box('ftyp', Buffer.from('isom\0\0\0\0'));
const moov = box('moov', box('mvhd', Buffer.alloc(100)), track(0, 0), track(720, 1280));
const mdat = box('mdat', Buffer.alloc(5_000, 7));
const damaged = { type: 'Media.Damaged', exitCode: 8 };

test.each([
  ['png', 'image/png', 'png'],
  ['jpeg', 'image/jpeg', 'jpg'],
  ['webp', 'image/webp', 'webp'],
] as const)('a whole %s is known by its bytes, one cut off anywhere is refused', async (format, mediaType, ext) => {
  const bytes = await noise().toFormat(format).toBuffer();
  expect(await check(bytes)).toEqual({ mediaType, ext, width: 90, height: 160 });
  for (const share of [0, 0.01, 0.3, 0.6, 0.9, 0.99]) {
    expect(await check(bytes.subarray(0, Math.floor(bytes.length * share)))).toMatchObject(damaged);
  }
});

test('a picture with flipped bytes in its pixels is refused', async () => {
  const bytes = await noise().png().toBuffer();
  const middle = Math.floor(bytes.length / 2);
  bytes.fill(0, middle, middle + 40);
  expect(await check(bytes)).toMatchObject(damaged);
});

test.each(['', '<html>522</html>', '{"error":"x"}', '\x89PNG\r\n\x1a\n'])('%j is no picture', async (text) => {
  expect(await check(Buffer.from(text, 'latin1'))).toMatchObject(damaged);
});

test('a whole film is accepted, whichever way its boxes lie', async () => {
  const film = { mediaType: 'video/mp4', ext: 'mp4', width: 720, height: 1280 };
  expect(await check(Buffer.concat([ftyp, moov, mdat]))).toEqual(film);
  expect(await check(Buffer.concat([ftyp, box('free'), mdat, moov]))).toEqual(film);
});

test('large and open-ended boxes are understood', async () => {
  const large = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('mdat'), Buffer.alloc(8), Buffer.alloc(100, 1)]);
  large.writeBigUInt64BE(BigInt(large.length), 8);
  const open = Buffer.concat([Buffer.alloc(4), Buffer.from('mdat'), Buffer.alloc(100, 1)]);
  expect(await check(Buffer.concat([ftyp, large, moov]))).toMatchObject({ mediaType: 'video/mp4' });
  expect(await check(Buffer.concat([ftyp, moov, open]))).toMatchObject({ mediaType: 'video/mp4' });
});

test.each([
  ['without its index', [ftyp, mdat]],
  ['without content', [ftyp, moov]],
  ['with empty content', [ftyp, moov, box('mdat')]],
  ['without a track', [ftyp, box('moov', box('mvhd', Buffer.alloc(100))), mdat]],
  ['with a track that overruns the index', [ftyp, box('moov', track(1, 1).subarray(0, 40)), mdat]],
  ['with bytes behind that are no box', [ftyp, moov, mdat, Buffer.from('abc')]],
])('a film %s is refused', async (_, parts) => {
  expect(await check(Buffer.concat(parts))).toMatchObject(damaged);
});

test('a film cut off anywhere is refused', async () => {
  const film = Buffer.concat([ftyp, moov, mdat]);
  await fc.assert(
    fc.asyncProperty(fc.nat(film.length - 1), async (length) => {
      expect(await check(film.subarray(0, length))).toMatchObject(damaged);
    }),
  );
});

test.each(['png', 'jpeg', 'webp'] as const)('a whole %s in memory is a picture, one cut off is not', async (format) => {
  const bytes = await noise().toFormat(format).toBuffer();
  expect(await pictureProblem(bytes, null)).toBeNull();
  for (const share of [0, 0.01, 0.6, 0.99]) {
    const cut = bytes.subarray(0, Math.floor(bytes.length * share));
    expect(await pictureProblem(cut, 'image/png')).toMatch(/^is not a whole picture: /);
  }
});

test('a film or a page in memory is no picture, and is called what it is', async () => {
  expect(await pictureProblem(Buffer.concat([ftyp, moov, mdat]), null)).toBe('is a film, not a picture');
  expect(await pictureProblem(Buffer.from('<!doctype html>'), 'text/html; charset=utf-8')).toBe(
    'leads to a page (text/html), not to a picture',
  );
});
