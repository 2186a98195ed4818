import sharp from 'sharp';
import { pictureSize, thumbnailSpots } from '../../src/simulator/drawing';
import { renderPicture, renderPlainPicture, Thumbnails } from '../../src/simulator/pictures';
import { openSimulator } from './client';

const caption = {
  prompt: 'Tom & "Jerry" <b>\u0007 say hello',
  badge: '#1',
  label: 'nano_banana_2',
  colours: Buffer.alloc(8, 9),
};
const RATIOS = { '1:1': 1, '3:4': 3 / 4, '4:3': 4 / 3, '9:16': 9 / 16, '16:9': 16 / 9 };

async function colourAt(picture: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(picture).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
}

test.each(Object.entries(RATIOS))('a picture of %s has that ratio, drawn or plain', async (ratio, value) => {
  for (const picture of [
    await renderPicture(ratio, caption, [], new Thumbnails()),
    renderPlainPicture(ratio, caption),
  ]) {
    const { width, height, format } = await sharp(picture).metadata();
    expect(format).toBe('png');
    expect(width / height).toBeCloseTo(value, 5);
    expect((await sharp(picture).stats()).channels.length).toBeGreaterThanOrEqual(3);
  }
});

test('every reference it was given is seen in it, in order', async () => {
  const colours = ['#ff0000', '#00ff00', '#0000ff'];
  const references = await Promise.all(
    colours.map((background) =>
      sharp({ create: { width: 64, height: 64, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const picture = await renderPicture('9:16', caption, references, new Thumbnails());
  const spots = thumbnailSpots(pictureSize('9:16'), 3);
  const seen = spots.map(({ left, top, size }) =>
    colourAt(picture, left + Math.round(size / 2), Math.round(top + size / 2)),
  );
  expect(await Promise.all(seen)).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ]);
});

test.each([1, 2, 3, 10])('%d thumbnails fit in every ratio', (count) => {
  for (const ratio of Object.keys(RATIOS)) {
    const size = pictureSize(ratio);
    for (const spot of thumbnailSpots(size, count)) {
      expect(spot.left).toBeGreaterThanOrEqual(0);
      expect(spot.left + spot.size).toBeLessThanOrEqual(size.width);
      expect(spot.size).toBeGreaterThan(16);
    }
  }
});

test('a reference that is no picture still leaves its mark', async () => {
  const [without, with_] = await Promise.all(
    [[], [Buffer.alloc(200)]].map((references) => renderPicture('1:1', caption, references, new Thumbnails())),
  );
  const [spot] = thumbnailSpots(pictureSize('1:1'), 1);
  if (!spot || !without || !with_) throw new Error('expected a spot and two pictures');
  expect(await colourAt(with_, spot.left + 4, spot.top + 4)).not.toEqual(
    await colourAt(without, spot.left + 4, spot.top + 4),
  );
});

test.each([true, false])('the same request twice gives two different files (plain: %s)', async (plain) => {
  const { client, end } = await openSimulator({ plain });
  const files = [
    ...(await client.generate({ prompt: 'p', aspect_ratio: '9:16', upscale: ['2K'] })),
    ...(await client.generate({ prompt: 'p', aspect_ratio: '9:16' })),
    ...(await client.generate({ prompt: 'p', aspect_ratio: '9:16' }, 'video')),
    ...(await client.generate({ prompt: 'p', aspect_ratio: '9:16' }, 'video')),
  ];
  expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(5);
  await end();
});
