import sharp from 'sharp';
import type { Film } from '../../src/simulator/films';
import { renderFilm, renderPlainFilm } from '../../src/simulator/films';
import type { Frame } from '../../src/simulator/h264';
import { decodeSamples, findBox, readBoxes, readSamples } from './h264-reader';

const caption = { prompt: 'she waves', badge: '#1 take 1', label: 'veo_31_fast', colours: Buffer.alloc(8, 100) };
const film: Film = { aspectRatio: '9:16', seconds: 4, start: null, end: null, caption, comment: 'c' };
const still = (colour: string): Promise<Buffer> =>
  sharp({ create: { width: 90, height: 160, channels: 3, background: colour } })
    .png()
    .toBuffer();
const RED_V = 240;
const BLUE_U = 240;

/** Samples of the middle of a frame's left half, away from labels and bar. */
function chroma({ width, height, u, v }: Frame): { u: number; v: number } {
  const at = Math.round(height / 2 / 4) * (width / 2) + Math.round(width / 8);
  return { u: u[at] ?? 0, v: v[at] ?? 0 };
}

test('a clip is made of whole boxes, its index first, with the frames of its whole length', async () => {
  const file = await renderFilm(film);
  expect([...readBoxes(file).keys()]).toEqual(['ftyp', 'moov', 'free', 'mdat']);
  const samples = readSamples(file);
  expect(samples).toHaveLength(16);
  expect(Buffer.concat(samples)).toEqual(findBox(file, 'mdat'));
  const header = findBox(file, 'moov', 'mvhd');
  expect(header.readUInt32BE(16) / header.readUInt32BE(12)).toBe(4);
  const track = findBox(file, 'moov', 'trak', 'tkhd');
  expect([track.readUInt16BE(76), track.readUInt16BE(80)]).toEqual([288, 512]);
});

test('it begins with the start frame and ends with the end frame', async () => {
  const file = await renderFilm({ ...film, start: await still('#f00'), end: await still('#00f') });
  const frames = decodeSamples(readSamples(file), 288, 512);
  const [first, last] = [chroma(frames[0] as Frame), chroma(frames.at(-1) as Frame)];
  expect(Math.abs(first.v - RED_V)).toBeLessThan(4);
  expect(Math.abs(last.u - BLUE_U)).toBeLessThan(4);
});

test('without an end frame it stays with the start frame, and only a bar moves', async () => {
  const file = await renderFilm({ ...film, start: await still('#f00') });
  const frames = decodeSamples(readSamples(file), 288, 512);
  expect(frames.map((frame) => Math.abs(chroma(frame).v - RED_V) < 4)).toEqual(frames.map(() => true));
  expect(new Set(frames.map((frame) => Buffer.from(frame.y).toString('base64'))).size).toBe(frames.length);
  expect(file.length).toBeLessThan(500_000);
});

test('a start frame that is no picture does not stop it', async () => {
  const file = await renderFilm({ ...film, aspectRatio: '16:9', start: Buffer.alloc(200) });
  expect(decodeSamples(readSamples(file), 512, 288)).toHaveLength(16);
});

test('a plain clip is tiny, whole, and another file for another comment', () => {
  const file = renderPlainFilm({ ...film, seconds: 8 });
  expect(file.length).toBeLessThan(2500);
  expect(decodeSamples(readSamples(file), 16, 32)).toHaveLength(8);
  expect(renderPlainFilm({ ...film, seconds: 8, comment: 'd' }).equals(file)).toBe(false);
});
