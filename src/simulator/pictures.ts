/** Pixels of the simulated results: pictures with thumbnails of the references they were given, and film frames. */
import { createHash } from 'node:crypto';
import type { OverlayOptions } from 'sharp';
import sharp from 'sharp';
import type { Caption, Size } from './drawing';
import { drawPicture, pictureSize, thumbnailSpots, wrap, xml } from './drawing';
import type { Frame } from './h264';
import { plainPng } from './plain-png';

const THUMBNAILS_KEPT = 64;

/** Thumbnails by content and size: a pass sends the same avatar with every scene. */
export class Thumbnails {
  private readonly kept = new Map<string, Promise<Buffer>>();

  get(reference: Buffer, size: number): Promise<Buffer> {
    const key = `${createHash('sha1').update(reference).digest('hex')}:${size}`;
    const known = this.kept.get(key);
    if (known) return known;
    const made = thumbnail(reference, size);
    this.kept.set(key, made);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= THUMBNAILS_KEPT) break;
      this.kept.delete(old);
    }
    return made;
  }
}

async function thumbnail(reference: Buffer, size: number): Promise<Buffer> {
  try {
    // Contain, not cover: a reference sheet has several panels, and each must be seen.
    const shape = { width: size, height: size, fit: 'contain', background: '#fff' } as const;
    return await sharp(reference).rotate().resize(shape).png({ compressionLevel: 1 }).toBuffer();
  } catch {
    const side = `width='${size}' height='${size}'`;
    const sign = `<text x='50%' y='58%' font-family='sans-serif' font-size='${Math.round(size / 4)}' text-anchor='middle'>?</text>`;
    const svg = `<svg xmlns='http://www.w3.org/2000/svg' ${side}><rect ${side} fill='#eee'/>${sign}</svg>`;
    return sharp(Buffer.from(svg)).png().toBuffer();
  }
}

/** A PNG of the asked ratio. References that are no pictures show as a question mark. */
export async function renderPicture(
  aspectRatio: string,
  caption: Caption,
  references: readonly Buffer[],
  thumbnails: Thumbnails,
): Promise<Buffer> {
  const size = pictureSize(aspectRatio);
  const spots = thumbnailSpots(size, references.length);
  const overlays = await Promise.all(
    references.map(async (reference, i): Promise<OverlayOptions> => {
      const spot = spots[i] ?? { left: 0, top: 0, size: 1 };
      return { input: await thumbnails.get(reference, spot.size), left: spot.left, top: spot.top };
    }),
  );
  return sharp(Buffer.from(drawPicture(size, caption, spots)))
    .composite(overlays)
    .removeAlpha()
    .png({ compressionLevel: 4, adaptiveFiltering: false })
    .toBuffer();
}

/** A tiny PNG of the right ratio whose only content is a colour. */
export function renderPlainPicture(aspectRatio: string, caption: Caption): Buffer {
  const { width, height } = pictureSize(aspectRatio);
  return plainPng(width / 6, height / 6, caption.colours, caption.badge);
}

/** A film frame: the still fills it, or a drawn picture where there is none or it can't be read. */
export async function renderFrame(size: Size, still: Buffer | null, caption: Caption): Promise<Frame> {
  const drawn = Buffer.from(drawPicture(pictureSize(size.width > size.height ? '16:9' : '9:16'), caption, []));
  const inputs = still === null ? [drawn] : [still, drawn];
  for (const input of inputs) {
    try {
      const image = sharp(input)
        .rotate()
        .resize({ ...size, fit: 'cover' })
        .removeAlpha()
        .toColourspace('srgb');
      const labelled =
        input === still ? image.composite([{ input: filmLabel(size, caption), left: 0, top: 0 }]) : image;
      const { data, info } = await labelled.raw().toBuffer({ resolveWithObject: true });
      return toYuv(data, info.channels, size);
    } catch (error) {
      if (input === drawn) throw error;
    }
  }
  throw new Error('expected a frame, got none');
}

/** A pill over the still's own label at the top right, and the clip's prompt like a subtitle across the middle. */
function filmLabel({ width, height }: Size, caption: Caption): Buffer {
  const font = "font-family='DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif' fill='#fff' text-anchor='middle'";
  const text = `${caption.badge} ${caption.label}`;
  const pill = 18 + text.length * 7;
  const lines = wrap(caption.prompt, Math.floor((width - 32) / 8), 3);
  const top = Math.round(height * 0.42);
  const spans = lines.map((line, i) => `<tspan x='${width / 2}' y='${top + 22 + i * 18}'>${xml(line)}</tspan>`);
  return Buffer.from(
    `<svg xmlns='http://www.w3.org/2000/svg' width='${width}' height='${height}'>` +
      `<rect x='${width - pill - 8}' y='9' width='${pill}' height='26' rx='13' fill='#111'/>` +
      `<text x='${width - 8 - pill / 2}' y='27' ${font} font-size='12'>${xml(text)}</text>` +
      `<rect x='8' y='${top}' width='${width - 16}' height='${lines.length * 18 + 16}' rx='8' fill='#111' fill-opacity='0.75'/>` +
      `<text ${font} font-size='13'>${spans.join('')}</text></svg>`,
  );
}

/** BT.601, limited range; chroma is taken from every second pixel of every second row. */
function toYuv(rgb: Buffer, channels: number, { width, height }: Size): Frame {
  const y = new Uint8Array(width * height);
  const u = new Uint8Array(y.length / 4);
  const v = new Uint8Array(y.length / 4);
  for (let row = 0, at = 0, pixel = 0, half = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += channels, pixel++) {
      const red = rgb[at] ?? 0;
      const green = rgb[at + Math.min(1, channels - 1)] ?? 0;
      const blue = rgb[at + Math.min(2, channels - 1)] ?? 0;
      y[pixel] = 16.5 + 0.257 * red + 0.504 * green + 0.098 * blue;
      if ((row | column) % 2 !== 0) continue;
      u[half] = 128.5 - 0.148 * red - 0.291 * green + 0.439 * blue;
      v[half++] = 128.5 + 0.439 * red - 0.368 * green - 0.071 * blue;
    }
  }
  return { width, height, y, u, v };
}
